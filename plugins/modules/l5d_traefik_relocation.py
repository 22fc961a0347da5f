#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_traefik_relocation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_traefik_relocation
short_description: Move k3s' bundled Traefik into a namespace and a Helm release of its own
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Linkerd injects nothing in C(kube-system), where k3s runs its Traefik. This moves it, without losing a route and without
    a gap longer than k3s needs to hand over the ports.
  - The move has three parts, and a person or the role P(pimesh.linkerd.linkerd_ingress#role) disables Traefik on every server of k3s
    between the second and the third. Each part can be repeated, and a play that was killed goes on where it stopped.
  - A server that starts with Traefik disabled deletes the HelmCharts C(traefik) and C(traefik-crd), and k3s uninstalls both.
    With the CRDs every IngressRoute and Middleware of the cluster would go. So this module first makes both HelmCharts
    unmanaged, so that k3s waits, and then has both releases keep what must outlive them.
options:
  state:
    description:
      - V(examined) changes nothing. It says how far the move is, and what stands in its way.
      - V(prepared) protects what must stay, and brings up the new Traefik beside the bundled one, which serves on.
      - V(switched) lets k3s uninstall the bundled Traefik, once k3s has deleted it on account of C(disable), and the new one takes the ports.
    type: str
    choices: [examined, prepared, switched]
    required: true
  namespace:
    description: The new namespace.
    type: str
    default: traefik
  chart_repo_url:
    description: Where k3s gets the published chart from.
    type: str
    default: https://traefik.github.io/charts
  chart_version:
    description: The published chart's version. Empty for the one that k3s bundles.
    type: str
    default: ""
  wait_timeout:
    description: How many seconds to wait for each thing that has to follow.
    type: int
    default: 300
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
notes:
  - In check mode the API is asked to pretend. Nothing is waited for.
  - Values of Secrets are never shown. Those that Traefik's pods refer to are copied into the new namespace.
  - Needs the rights of the page on RBAC, section "Moving k3s' bundled Traefik".
seealso:
  - module: pimesh.linkerd.l5d_ingress_mesh
"""

EXAMPLES = r"""
- name: How far is it?
  pimesh.linkerd.l5d_traefik_relocation:
    state: examined
  register: relocation

- name: Protect what must stay, and bring up the new Traefik
  pimesh.linkerd.l5d_traefik_relocation:
    state: prepared

- name: Switch over, after every server was restarted with Traefik disabled
  pimesh.linkerd.l5d_traefik_relocation:
    state: switched
"""

RETURN = r"""
phase:
  description:
    - V(absent), where k3s bundles no Traefik and none was moved. V(bundled), while k3s keeps its own.
      V(disabled), once k3s has deleted both HelmCharts. V(moved) at the end.
  returned: success
  type: str
  sample: bundled
servers:
  description: For each server of k3s that is a node, whether it was last started with Traefik disabled.
  returned: success
  type: dict
  sample: {pi-1: false}
chart_version:
  description: The published version of the chart that k3s bundles. Empty where it bundles none.
  returned: success
  type: str
  sample: 40.3.0
custom_resources:
  description:
    - For each CRD of the bundled release C(traefik-crd), how many objects there are. The bundled Traefik's own are not counted.
      Empty once it has moved.
  returned: success
  type: dict
  sample: {ingressroutes.traefik.io: 12, middlewares.traefik.io: 7}
unprotected:
  description: What an uninstall would delete now although others depend on it.
  returned: success
  type: list
  elements: dict
unserved_seconds:
  description: For how long neither Traefik had an address, as far as looking twice a second shows it.
  returned: when O(state=switched) let k3s uninstall the bundled Traefik
  type: float
  sample: 2.5
steps:
  description: What was done, or in check mode would be done, in that order.
  returned: success
  type: list
  elements: dict
findings:
  description: What stands in the way, and what to know. Each has a code, a severity, the object, the reason and the remedy.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.k3s.relocate import OPTIONS, run_relocation
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    """Move the bundled Traefik."""
    run(run_relocation, OPTIONS)


if __name__ == "__main__":
    main()
