#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_tracing_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_tracing_info
short_description: Whether spans of the mesh reach a trace collector, and what is left of the linkerd-jaeger extension
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Linkerd's proxies export to a collector in the mesh only, and only to the one whose identity they were told. Everything else is
    dropped without a word. This module looks for what would make them drop spans - a Service or port that is not there, pods without
    a proxy or with another ServiceAccount, a port that goes past the proxy, a control plane that names another collector.
  - It can look for a collector that somebody runs already, such as Tempo, Alloy or an OpenTelemetry collector.
  - It says what a removed linkerd-jaeger extension has left behind, whose injector still changes new pods.
options:
  collector:
    description:
      - The collector to judge. Empty for the one that the control plane names to its proxies, where there are neither O(detect) nor O(own).
    type: dict
    default: {}
    suboptions:
      endpoint:
        description: Its Service with namespace and port, such as V(tempo.tracing:4317).
        type: str
      service_account:
        description: The ServiceAccount of its pods. What its pods have, unless it is given.
        type: str
      namespace:
        description: The namespace of its pods. The Service's, unless it is given.
        type: str
  detect:
    description:
      - Without O(collector), look for a Service with port 4317 whose pods are meshed. One is chosen; among several, none is.
    type: bool
    default: false
  own:
    description:
      - The collector that a play brings itself, for when no other one is given or chosen. Where it is there already, no other one is chosen.
      - It need not be there yet. It is judged with O(verify) only.
    type: dict
    default: {}
    suboptions:
      endpoint:
        description: As in O(collector).
        type: str
      service_account:
        description: As in O(collector).
        type: str
      namespace:
        description: As in O(collector).
        type: str
  keep_extension:
    description: Take the collector of a linkerd-jaeger extension that is left over, where Linkerd has outgrown the extension.
    type: bool
    default: false
  verify:
    description: Also compare the collector with what the control plane that is there tells its proxies.
    type: bool
    default: true
  chart_version:
    description: The version of the control plane's chart, where a play is about to install it. The installed one, unless it is given.
    type: str
    default: ""
  cluster_domain:
    description: The cluster's DNS domain. The installed control plane's, unless it is given.
    type: str
    default: ""
  trust_domain:
    description: The mesh's trust domain. The installed control plane's, unless it is given.
    type: str
    default: ""
  linkerd_namespace:
    description: Namespace of Linkerd's control plane.
    type: str
    default: linkerd
  fail_on:
    description: Fail when there is a finding of this severity or a worse one. The result is the same, and in it are the findings.
    type: str
    choices: [never, info, warning, error, critical]
    default: never
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.common.info
notes:
  - Needs the rights of the page on RBAC, section "Looking at tracing". No Secret is read.
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
"""

EXAMPLES = r"""
- name: Do the spans of the mesh arrive?
  pimesh.linkerd.l5d_tracing_info:
    fail_on: error

- name: Would spans reach Tempo?
  pimesh.linkerd.l5d_tracing_info:
    collector:
      endpoint: tempo.tracing:4317
      service_account: tempo
      namespace: tracing
    fail_on: error

- name: Look for a collector that is there already
  pimesh.linkerd.l5d_tracing_info:
    detect: true
    verify: false
  register: tracing

- name: Say what is left of the extension
  ansible.builtin.debug:
    var: tracing.extension
"""

RETURN = r"""
has_jaeger_extension:
  description: Whether this Linkerd traces by the extension linkerd-jaeger, as it did before 2.19. V(false) where no Linkerd is known.
  returned: success
  type: bool
source:
  description: Where RV(collector) is from. V(given), V(extension), V(detected), V(own), V(control_plane), or V(none).
  returned: success
  type: str
  sample: detected
collector:
  description: The collector, with the identity of its pods. V(none) where there is none.
  returned: success
  type: dict
  sample: {endpoint: "tempo.tracing:4317", service_account: tempo, namespace: tracing}
tracing:
  description: The same for O(pimesh.linkerd.linkerd_control_plane#role:main:linkerd_control_plane_tracing). Empty where the extension tells the proxies.
  returned: success
  type: dict
  sample: {endpoint: "tempo.tracing:4317", service_account: tempo, namespace: tracing}
candidates:
  description: With O(detect), every collector that was found, with C(endpoint), C(service_account), C(namespace), C(object) and C(meshed).
  returned: success
  type: list
  elements: dict
own:
  description: Whether O(own) is there and this collection made it.
  returned: success
  type: bool
arrive:
  description:
    - Whether there is nothing to find, neither in RV(findings) nor in what O(verify=false) leaves out of it.
    - V(false) where there is no Linkerd or no collector.
  returned: success
  type: bool
extension:
  description: The linkerd-jaeger extension as it is in the cluster.
  returned: success
  type: dict
  contains:
    found:
      description: Whether anything of it is there.
      type: bool
    namespace:
      description: Its namespace.
      type: str
    webhook:
      description: Its MutatingWebhookConfiguration, which changes new pods.
      type: str
    release:
      description: The Helm release that brought it, with C(name) and C(namespace). V(none) when Helm did not.
      type: dict
    collector:
      description: Its collector, as RV(collector). V(none) where it has none.
      type: dict
    ours:
      description: Whether this collection made its namespace.
      type: bool
findings:
  description: What keeps spans from arriving, and what to know. Each has a code, a severity, the object, the reason and the remedy.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run
from ansible_collections.pimesh.linkerd.plugins.module_utils.tracing.run import OPTIONS, gather


def main() -> None:
    """Look at tracing."""
    run(gather, OPTIONS)


if __name__ == "__main__":
    main()
