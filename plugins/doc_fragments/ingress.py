# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that both views of the ingress plan share."""

from __future__ import annotations


class ModuleDocFragment:
    """Twin of OPTIONS in module_utils/ingress.py."""

    DOCUMENTATION = r"""
options:
  controller:
    description: Which controller, V(auto) or V(traefik) or V(ingress_nginx).
    type: str
    default: auto
  controller_ref:
    description: Namespace and name of its workload, V(namespace/name), where several fit.
    type: str
    default: ""
  strategy:
    description:
      - V(cluster_ip) has the controller dial Services by ClusterIP; the header is ignored, nothing can be relayed, and the
        number of writes does not grow with the number of routes. Headless and sticky Services are opted out first.
      - V(header) sets C(l5d-dst-override) per backend, last in its chain, and removes the client's at every entry point.
      - V(none) leaves routes and settings alone.
      - V(auto) is V(cluster_ip) wherever the controller can do it.
    type: str
    choices: [auto, cluster_ip, header, none]
    default: auto
  linkerd_namespace:
    description: Where Linkerd is installed.
    type: str
    default: linkerd
  expected_linkerd:
    description:
      - In check mode, what an earlier step of the same play will install. Used only where no Linkerd is found.
    type: dict
    suboptions:
      chart_version:
        description: Version of the chart C(linkerd-control-plane).
        type: str
      cluster_domain:
        description: The cluster's DNS domain.
        type: str
        default: cluster.local
  adopt:
    description:
      - Take over what somebody wrote by hand to set or remove C(l5d-dst-override), as recipes have it. References to a Middleware that
        does nothing else are taken out of the routes, and ours goes last in the chain, where the O(strategy) needs one.
      - Without it a right one is counted and not doubled, and a wrong one is a finding.
      - What was taken over stays so on later runs without O(adopt), and O(state=absent) puts it back in its place. The Middleware itself
        is never touched.
    type: bool
    default: false
  force:
    description:
      - Write into objects that somebody else keeps as they are as well, though that somebody will take it back sooner or later.
      - Such an owner is Argo CD, Flux, an operator (an owner reference with C(controller)) or a file in k3s' manifests directory.
        Without O(force) a route or Service of theirs is left alone, with a finding and an entry in RV(handover); settings of the
        controller in an object of theirs are refused with the same, and so is a plan that would break a route for want of an edit.
      - What plain Helm installed is written without being asked, because Helm does not look before its next upgrade and keeps
        annotations that it does not render.
      - O(state=absent) gives back what is ours whoever owns the object, and O(state=rendered) writes everything, for whoever owns it.
    type: bool
    default: false
  fail_on:
    description: Fail when there is a finding of this severity or worse; nothing is changed then.
    type: str
    choices: [never, info, warning, error, critical]
    default: never
  wait:
    description:
      - Wait until the controller's pods are what was asked for. Without it the proof at the end is left out; what must
        not happen before the rollout is over still waits.
    type: bool
    default: true
  wait_timeout:
    description: How long a rollout may take, in seconds.
    type: int
    default: 300
"""
