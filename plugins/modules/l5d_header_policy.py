#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_header_policy
short_description: Make every route of an ingress controller safe against l5d-dst-override
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - A view of the same plan that M(pimesh.linkerd.l5d_ingress_mesh) carries out, without the workload.
  - Routes are made to reach the Service's ClusterIP, or get C(l5d-dst-override) per backend plus a strip at every entry
    point, and each backend of each rule gets a verdict.
  - The settings of a controller that is not meshed yet are left to M(pimesh.linkerd.l5d_ingress_mesh), which writes them
    together with the pod annotations, so that both modules in one play need one write and one rollout.
options:
  state:
    description:
      - V(present) makes the routes safe.
      - V(absent) takes back what was done to routes and settings.
      - V(audit) changes nothing and reports what each route is worth.
    type: str
    choices: [present, absent, audit]
    default: present
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.ingress
seealso:
  - module: pimesh.linkerd.l5d_ingress_mesh
"""

EXAMPLES = r"""
- name: Which of my routes are open relays?
  pimesh.linkerd.l5d_header_policy:
    state: audit
  register: policy

- name: Print them
  ansible.builtin.debug:
    msg: "{{ policy | community.general.json_query('verdicts[?!safe].[object.namespace, object.name, verdict]') }}"

- name: Make them safe
  pimesh.linkerd.l5d_header_policy:
"""

RETURN = r"""
controller:
  description: The controller that was found, see M(pimesh.linkerd.l5d_ingress_mesh).
  returned: success
  type: dict
  sample: {name: traefik, version: 3.7.15, workload: Deployment kube-system/traefik, mode: enabled, pods: 1}
strategy:
  description: The strategy that was chosen.
  returned: when O(state) is not V(audit)
  type: str
  sample: cluster_ip
steps:
  description: What was written, or would be in check mode, in order.
  returned: success
  type: list
  elements: dict
  sample: []
findings:
  description: What a person should know, the most severe first.
  returned: success
  type: list
  elements: dict
  sample: []
verdicts:
  description: One for each backend of each rule of each route; after the change, or as it is with O(state=audit).
  returned: success
  type: list
  elements: dict
  sample: []
summary:
  description: Counts.
  returned: success
  type: dict
  sample: {routes: 12, backends: 17, verdicts: {safe_full: 17}}
failure:
  description: What went wrong, in parts that a play can test.
  returned: failure
  type: dict
  contains:
    code:
      description: A stable word for the reason, such as C(forbidden), C(unreachable) or C(timeout); C(error) where there is no other.
      type: str
    subject:
      description: What it is about.
      type: str
    reason:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
    done:
      description: The steps that were done before the failure, in the form of RV(steps). Only when steps were being done.
      type: list
      elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.ingress import OPTIONS, run_policy
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    run(run_policy, OPTIONS)


if __name__ == "__main__":
    main()
