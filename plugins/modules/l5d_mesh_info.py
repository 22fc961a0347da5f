#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_mesh_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_mesh_info
short_description: What is in the cluster - Kubernetes, Linkerd, how long its certificates live, and who is in the mesh
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Reads facts that a play decides by, in one call instead of a dozen C(k8s_info) tasks.
  - Works without Linkerd, and with one that is broken.
  - Whether the certificates fit each other, and for how long, is said by RV(findings).
  - Whether the certificates fit each other, and for how long, is said by RV(findings).
  - Certificates are judged by the part of their lifetime that remains. Twenty days are plenty for one that lives for thirty,
    and little for one that lives for ten years.
options:
  parts:
    description:
      - What to read. A play that needs little pays little.
      - V(cluster) - version, nodes and API groups. V(linkerd) - the control plane. V(certificates) - what identity stands on, and findings
        about it. V(viz) - what there is of viz and who can reach it, and findings about it. V(workloads) - the injector, who has a
        proxy and who has none, proxies that lag, and Linkerd's extensions.
    type: list
    elements: str
    choices: [cluster, linkerd, certificates, viz, workloads]
    default: [cluster, linkerd, certificates, viz, workloads]
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.common.info
notes:
  - Needs the rights to list Nodes, ConfigMaps and Deployments, and to read Secrets in Linkerd's namespace.
    Of a Secret only certificates and the record of a Helm release are looked at.
  - V(workloads) among O(parts) needs the rights of M(pimesh.linkerd.l5d_rollout) to read. The injector is not asked, so of the
    settings that lag only the mode is compared; that module compares them all.
seealso:
  - module: pimesh.linkerd.l5d_apply
  - module: pimesh.linkerd.l5d_ingress_mesh
"""

EXAMPLES = r"""
- name: Look at the mesh
  pimesh.linkerd.l5d_mesh_info:
  register: mesh

- name: Stop where a node's architecture has no proxy image
  ansible.builtin.assert:
    that: mesh.nodes | map(attribute='architecture') | difference(['amd64', 'arm64']) | length == 0

- name: Show who is not in the mesh, and why
  ansible.builtin.debug:
    msg: "{{ item.object.kind }} {{ item.object.namespace }}/{{ item.object.name }}: {{ item.reason }}"
  loop: "{{ mesh.unmeshed }}"

- name: Warn when a certificate has used up nine tenths of its life
  ansible.builtin.debug:
    msg: "{{ item.subject }} ends on {{ item.not_after }}"
  loop: "{{ mesh.certificates.trust_anchors + [mesh.certificates.issuer] }}"
  when:
    - mesh.linkerd.installed
    - item.remaining < 0.1
"""

RETURN = r"""
kubernetes:
  description: The API server.
  returned: with V(cluster) among O(parts)
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
nodes:
  description: The nodes.
  returned: with V(cluster) among O(parts)
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
    os:
      description: Its operating system.
      type: str
      sample: linux
    kubelet:
      description: The version of its kubelet.
      type: str
    ready:
      description: Whether it is C(Ready).
      type: bool
api_groups:
  description: Versions of the API groups that matter here, as far as they are served.
  returned: with V(cluster) among O(parts)
  type: dict
  sample:
    cert-manager.io: [v1]
    traefik.io: [v1alpha1]
linkerd:
  description: The control plane. Only RV(linkerd.installed) when there is none.
  returned: with V(linkerd) among O(parts)
  type: dict
  contains:
    installed:
      description: Whether there is a control plane.
      type: bool
    namespace:
      description: Its namespace.
      type: str
    version:
      description: The version of Linkerd.
      type: str
      sample: edge-26.6.3
    chart_version:
      description: The version of the C(linkerd-control-plane) chart.
      type: str
      sample: 2026.6.3
    release:
      description: The Helm release, with C(name), C(namespace), C(status) and C(revision). V(none) when Helm did not install it.
      type: dict
    cluster_domain:
      description: The domain of Service names.
      type: str
      sample: cluster.local
    behaviours:
      description: What this release needs and does, by name, as the filter P(pimesh.linkerd.release_facts#filter) tells it.
      type: dict
      sample: {name: "2.20", min_kubernetes: "1.31", native_sidecar_default: true, has_jaeger_extension: false}
    native_sidecar:
      description: Whether proxies are native sidecars unless a pod says otherwise.
      type: bool
    ready:
      description: Whether all of its Deployments are rolled out.
      type: bool
    components:
      description: Its Deployments, with C(name), C(ready) and C(status), which says why not.
      type: list
      elements: dict
certificates:
  description: The certificates that the mesh's identity stands on. Of a Secret only certificates are looked at.
  returned: with V(certificates) among O(parts)
  type: dict
  contains:
    trust_anchors:
      description: What every proxy trusts. More than one during a rotation.
      type: list
      elements: dict
      contains: &certificate
        subject:
          description: Whose it is.
          type: str
          sample: CN=root.linkerd.cluster.local
        issuer:
          description: Who issued it.
          type: str
        not_before:
          description: Since when it is valid.
          type: str
          sample: "2026-11-21T11:30:00Z"
        not_after:
          description: Until when it is valid.
          type: str
        remaining:
          description: Which part of its whole lifetime is left, from 1.0 (new) to 0.0 (over).
          type: float
          sample: 0.72
        expired:
          description: Whether its lifetime is over.
          type: bool
        key_type:
          description: The kind of key; Linkerd needs ECDSA P-256.
          type: str
          sample: ECDSA P-256
        authority:
          description: Whether it may sign others.
          type: bool
        fingerprint_sha256:
          description: Its fingerprint.
          type: str
    previous_anchors:
      description: Anchors that are kept in force for a while after a rotation, from ConfigMaps with the label C(pimesh.linkerd/trust-anchor=previous).
      type: list
      elements: dict
      contains: *certificate
    anchor:
      description: The authority that signs the identity issuer, where it is in the cluster. V(none) when it is not.
      type: dict
      contains: &kept
        <<: *certificate
        secret:
          description: C(namespace) and C(name) of the Secret that it is in.
          type: dict
        has_key:
          description: Whether its private key is there too.
          type: bool
        renewal:
          description:
            - How cert-manager renews it. V(none) when nobody does.
            - C(certificate) with C(namespace) and C(name), C(duration) and C(renew_before) as cert-manager has them, C(time) of the next
              renewal, C(after) which part of its lifetime that is, and C(new_key), whether the key changes with it.
          type: dict
          sample:
            certificate: {name: linkerd-identity-issuer, namespace: linkerd}
            duration: 1440h0m0s
            renew_before: 960h0m0s
            time: "2026-12-11T11:30:00Z"
            after: 0.3333
            new_key: true
    issuer:
      description: The identity issuer, which signs the proxies' certificates. V(none) when there is none.
      type: dict
      contains: *kept
    webhooks:
      description: The certificates of Linkerd's webhooks and of its tap, as far as their Secrets have the usual names.
      type: list
      elements: dict
      contains: *kept
cert_manager:
  description: cert-manager. Only RV(cert_manager.installed) when there is none.
  returned: with V(certificates) among O(parts)
  type: dict
  contains: &workload
    installed:
      description: Whether it is installed.
      type: bool
    namespace:
      description: Its namespace.
      type: str
    version:
      description: Its version, from its label.
      type: str
    ready:
      description: Whether its Deployment is rolled out.
      type: bool
    status:
      description: Why not.
      type: str
    cluster_resource_namespace:
      description: Of cert-manager, the namespace in which ClusterIssuers find their Secrets.
      type: str
    cainjector:
      description: Of cert-manager, its CA injector, with C(installed), C(namespace), C(version), C(ready) and C(status).
      type: dict
    trust_namespace:
      description: Of trust-manager, the namespace in which Bundles find their sources.
      type: str
trust_manager:
  description: trust-manager. Only RV(trust_manager.installed) when there is none.
  returned: with V(certificates) among O(parts)
  type: dict
  contains: *workload
injector:
  description: Every webhook that ends at Linkerd's injector. What none of them selects is never meshed, silently.
  returned: with V(workloads) among O(parts)
  type: list
  elements: dict
  contains:
    configuration:
      description: The MutatingWebhookConfiguration that it is in.
      type: str
    failure_policy:
      description: Whether pods are made without a proxy (V(Ignore)) or not at all (V(Fail)) while the injector is away.
      type: str
    namespace_selector:
      description: Which namespaces it sees.
      type: dict
    object_selector:
      description: Which pods it sees there.
      type: dict
pods:
  description: How many pods there are beside the control plane's, with a proxy and without.
  returned: with V(workloads) among O(parts)
  type: dict
  sample: {total: 41, meshed: 12, unmeshed: 29}
unmeshed:
  description: Workloads with pods that have no proxy, and why, at most 500 of them.
  returned: with V(workloads) among O(parts)
  type: list
  elements: dict
  contains:
    object:
      description: The workload, or the pod that nothing owns.
      type: dict
    pods:
      description: How many of its pods have no proxy.
      type: int
    reason:
      description: Why.
      type: str
unmeshed_left_out:
  description: How many more there are.
  returned: with V(workloads) among O(parts)
  type: int
lagging:
  description: Workloads whose pods lack the proxy or lag behind, in the form of M(pimesh.linkerd.l5d_rollout).
  returned: with V(workloads) among O(parts)
  type: list
  elements: dict
extensions:
  description: Linkerd's extensions, such as C(viz), C(jaeger) and C(cni).
  returned: with V(workloads) among O(parts)
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    namespace:
      description: Its namespace.
      type: str
    version:
      description: Its version, as its objects tell it.
      type: str
    ready:
      description: Whether all of its workloads are rolled out.
      type: bool
    components:
      description: Those workloads, with C(name), C(ready) and C(status), which says why not.
      type: list
      elements: dict
viz:
  description: Each viz there is, by the label of its namespace. More than one is a mistake.
  returned: with V(viz) among O(parts)
  type: list
  elements: dict
  contains:
    namespace:
      description: Its namespace.
      type: str
    version:
      description: Of the dashboard, as Linkerd names its releases; empty where that does not run.
      type: str
      sample: edge-26.6.3
    prometheus_url:
      description: Which Prometheus it asks.
      type: str
    host_regexp:
      description: Which host names the dashboard answers to.
      type: str
    exposed_by:
      description: The Ingresses and IngressRoutes of its namespace that lead to the dashboard.
      type: list
      elements: dict
    unread:
      description: Kinds that could not be looked at, for want of rights.
      type: list
      elements: str
findings:
  description: What a person should know about the certificates and about viz, each with a stable code. The worst come first.
  returned: with V(certificates) or V(viz) among O(parts)
  type: list
  elements: dict
  contains:
    code:
      description: The stable code.
      type: str
      sample: L5D406
    severity:
      description: C(info), C(warning), C(error) or C(critical).
      type: str
    object:
      description: The object, with C(apiVersion), C(kind), C(namespace) and C(name).
      type: dict
    reason:
      description: What was found.
      type: str
    remedy:
      description: What to do.
      type: str
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.mesh_info import PARTS, gather
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    """Read the facts."""
    run(gather, {"parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)}})


if __name__ == "__main__":
    main()
