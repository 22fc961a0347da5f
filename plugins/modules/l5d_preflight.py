#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_preflight."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_preflight
short_description: What would keep Linkerd from working in this cluster, before it is installed
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Looks at versions, nodes, clocks, the Gateway API, namespaces, networks, free memory and at what is left of other
    installations, and answers with facts and findings. Changes nothing, and does not fail because of what it finds.
  - A finding of severity C(critical) names something that would fail or break. The role P(pimesh.linkerd.linkerd_preflight#role)
    stops there; a play of your own may look at RV(critical).
  - Every code is explained in R(the page on findings,ansible_collections.pimesh.linkerd.docsite.findings).
options:
  chart_version:
    description: Version of Linkerd's charts that is going to be installed.
    type: str
    default: 2026.6.3
  linkerd_namespace:
    description: Namespace of the control plane.
    type: str
    default: linkerd
  namespaces:
    description: Other namespaces that the play is going to write to. One that is terminating is critical.
    type: list
    elements: str
    default: [cert-manager, linkerd-viz, linkerd-jaeger, jaeger-system, linkerd-cni]
  gateway_api:
    description: Whether the Gateway API has to be there already.
    type: bool
    default: true
  architectures:
    description: Architectures that nodes may have. Empty for those that the release has images for.
    type: list
    elements: str
    default: []
  native_sidecar:
    description: Whether proxies are going to be native sidecars. Without it, what the release does by itself.
    type: bool
  jaeger_chart:
    description: Whether the chart linkerd-jaeger is going to be installed.
    type: bool
    default: false
  high_availability:
    description: Whether the control plane is going to have three replicas, each on a node of its own.
    type: bool
    default: false
  cni:
    description: Whether Linkerd's CNI plugin takes the place of linkerd-init.
    type: bool
    default: false
  iptables_mode:
    description: What linkerd-init is going to use. Without it, what the release does by itself.
    type: str
    choices: [nft, legacy]
  cluster_networks:
    description:
      - Linkerd's C(clusterNetworks), which have to hold the addresses of pods and Services.
      - Empty for those of the published chart, which are 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 and fd00::/8.
    type: list
    elements: str
    default: []
  proxy_cpu_request:
    description: What each proxy is going to ask for.
    type: str
    default: ""
  proxy_memory_request:
    description: What each proxy is going to ask for.
    type: str
    default: ""
  hosts:
    description:
      - What hosts answered to the questions of the role, by their names; an empty text for one that did not answer.
      - Lines of the form C(name=value), as the script of the role P(pimesh.linkerd.linkerd_preflight#role) prints them.
    type: dict
    default: {}
  helm_binary:
    description: Name or path of the C(helm) that the play is going to run, which is asked for its version. Empty not to ask.
    type: str
    default: ""
  ignore:
    description: Codes of findings to go on with. They stay in RV(findings) and are left out of RV(critical).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.common.info
notes:
  - What the account may not list is left out and named by a finding L5D113. Namespaces have to be listable.
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
  - ref: RBAC <ansible_collections.pimesh.linkerd.docsite.rbac>
    description: The rights it needs.
"""

EXAMPLES = r"""
- name: Look at the cluster
  pimesh.linkerd.l5d_preflight:
    proxy_memory_request: 20Mi
  register: preflight

- name: Stop where something would break
  ansible.builtin.assert:
    that: preflight.critical | length == 0
    fail_msg: "{{ preflight.critical | join(' ') }}"

- name: Look again, and go on with a Kubernetes that has only been announced
  pimesh.linkerd.l5d_preflight:
    chart_version: 2026.6.3
    ignore: [L5D120]

- name: Tell which nodes have little memory left
  ansible.builtin.debug:
    msg: "{{ preflight.findings | selectattr('code', 'equalto', 'L5D137') | map(attribute='object.name') | list }}"
"""

RETURN = r"""
kubernetes:
  description: The API server.
  returned: success
  type: dict
  contains:
    version:
      description: Its version.
      type: str
      sample: v1.36.3+k3s1
    distribution:
      description: C(k3s), C(rke2) and others by the version's suffix; C(kubernetes) when there is none.
      type: str
      sample: k3s
cluster_id:
  description: What tells this cluster from any other, the identity of its namespace kube-system.
  returned: success
  type: str
nodes:
  description: The nodes.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The node's name.
      type: str
    architecture:
      description: Its processor architecture.
      type: str
      sample: arm64
    system:
      description: What its operating system calls itself.
      type: str
      sample: Debian GNU/Linux 13 (trixie)
    kernel:
      description: The version of its kernel.
      type: str
      sample: 6.12.47+rpt-rpi-2712
    kubelet:
      description: The version of its kubelet.
      type: str
    ready:
      description: Whether it is C(Ready).
      type: bool
    schedulable:
      description: Whether an ordinary pod may run there.
      type: bool
gateway_api:
  description: The Gateway API.
  returned: success
  type: dict
  contains:
    versions:
      description: Its versions that are served.
      type: list
      elements: str
      sample: [v1, v1beta1]
    bundle:
      description: Version of its CRDs, as far as they tell.
      type: str
      sample: v1.4.0
    channel:
      description: Their channel, C(standard) or C(experimental).
      type: str
    owner:
      description: Who brought them.
      type: str
      sample: k3s' chart traefik-crd
linkerd:
  description: The control plane that is there already.
  returned: success
  type: dict
  contains:
    installed:
      description: Whether there is one.
      type: bool
    leftovers:
      description: Objects of one that is gone, with C(apiVersion), C(kind), C(namespace) and C(name).
      type: list
      elements: dict
    namespace:
      description: Its namespace. Only where there is one.
      type: str
    version:
      description: Its version. Only where there is one.
      type: str
      sample: edge-26.6.3
    installed_by:
      description: The Helm release, or what the command line tool calls itself. Only where there is one.
      type: str
      sample: Helm release linkerd/linkerd-control-plane
bundled_traefik:
  description: Whether k3s brings Traefik.
  returned: success
  type: bool
terminating:
  description: Namespaces that are on their way out.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The namespace.
      type: str
    since:
      description: When its end began.
      type: str
    held_by:
      description: What holds it.
      type: list
      elements: str
room:
  description: What the nodes have left, beside the requests of what runs there.
  returned: success
  type: dict
  contains:
    proxies:
      description: How many pods would get a proxy when they restart.
      type: int
    proxy_cpu:
      description: What each of them is going to ask for.
      type: str
    proxy_memory:
      description: What each of them is going to ask for.
      type: str
    nodes:
      description: The nodes, with C(name), free C(cpu) and C(memory), and the number of C(proxies) to come.
      type: list
      elements: dict
hosts:
  description: What hosts said of themselves.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The host's name in the inventory.
      type: str
    answered:
      description: Whether it answered. Everything below is there only if it did.
      type: bool
    machine:
      description: Architecture of its kernel.
      type: str
      sample: aarch64
    kernel:
      description: Version of its kernel.
      type: str
    bits:
      description: Size of a word in its programs.
      type: str
      sample: "64"
    page_size:
      description: Size of a page of memory.
      type: str
      sample: "16384"
    synchronised:
      description: Whether its clock follows a time server, as systemd says; empty without systemd.
      type: str
      sample: "yes"
    cgroups:
      description: C(v1) or C(v2).
      type: str
    controllers:
      description: The control groups' controllers.
      type: list
      elements: str
    iptables:
      description: Version and flavour of its iptables; empty when there is none.
      type: str
      sample: iptables v1.8.11 (nf_tables)
    watchers:
      description: How many inotify instances a user may have.
      type: str
      sample: "128"
    modules:
      description: Kernel modules for the rules of linkerd-init that are there.
      type: list
      elements: str
    modules_known:
      description: Whether the list of modules could be read.
      type: bool
helm:
  description: The C(helm) that was asked. Empty without O(helm_binary).
  returned: success
  type: dict
  contains:
    version:
      description: Its version; empty when it did not tell.
      type: str
      sample: v3.19.0
findings:
  description: What a person should know, the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: The stable code.
      type: str
      sample: L5D120
    severity:
      description: C(info), C(warning), C(error) or C(critical).
      type: str
    object:
      description: What it is about, with C(apiVersion), C(kind), C(namespace) and C(name).
      type: dict
    reason:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do.
      type: str
critical:
  description: The findings of severity C(critical) as sentences, without those to ignore.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.run import OPTIONS, preflight


def main() -> None:
    """Look, and judge."""
    run(preflight, OPTIONS)


if __name__ == "__main__":
    main()
