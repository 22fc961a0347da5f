#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_identity_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_identity_info
short_description: Judge the certificates of a mesh, those that are there and those that are to be
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Reads trust anchors, identity issuer, webhook certificates, what renews them, and the cert-manager and trust-manager that are there.
    Says whether they fit each other, now and for long enough.
  - With O(source), also judges what somebody is about to set up, before anything is written. Certificates that are given as PEM texts
    are compared with their keys; lifetimes, key types and the trust domain are checked, and what is in force now is compared with it.
  - Changes nothing. Private keys are never shown, neither those that are given nor those in the cluster.
options:
  namespace:
    description: Namespace of Linkerd's control plane.
    type: str
    default: linkerd
  trust_namespace:
    description: Namespace of the trust anchor. By default where trust-manager reads its sources, or where cert-manager is.
    type: str
  source:
    description:
      - Where the trust anchor is to come from. Without it, nothing but what is there is judged.
      - V(own) is a Certificate C(linkerd-trust-anchor) that signs itself.
      - V(issuer) is the authority behind O(issuer_ref).
      - V(files) are PEM texts.
      - V(existing) is what the mesh has already; anchor and issuer stay as they are.
    type: str
    choices: [own, issuer, files, existing]
  issuer_ref:
    description: With O(source=issuer), the issuer that signs the identity issuer. An C(Issuer) is looked for in O(namespace).
    type: dict
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      kind:
        description: C(ClusterIssuer), C(Issuer), or what another group calls it.
        type: str
        default: ClusterIssuer
      group:
        description: Its API group. One of another group needs O(anchor_certificate).
        type: str
        default: cert-manager.io
  anchor_certificate:
    description: The trust anchor as PEM text. Needed with O(source=files), and with an issuer that does not say what it signs with.
    type: str
  anchor_key:
    description: With O(source=files), its private key, to have an issuer issued.
    type: str
  issuer_certificate:
    description: With O(source=files) and without O(anchor_key), the identity issuer, and the certificates between it and the anchor after it.
    type: str
  issuer_key:
    description: The private key of O(issuer_certificate).
    type: str
  trust_domain:
    description: The trust domain that is to be.
    type: str
    default: cluster.local
  distribution:
    description:
      - Whether a Bundle of trust-manager's hands out the trust anchors, or somebody writes the ConfigMap directly.
      - Says nothing with O(source=existing), where nobody writes it.
    type: str
    choices: [bundle, direct]
    default: bundle
  certificates:
    description: Certificates of cert-manager's that are to be written, as dictionaries or YAML texts; other objects among them are passed over.
    type: list
    elements: raw
    default: []
  live:
    description: Whether to look at the cluster. Without, only what is given is judged.
    type: bool
    default: true
  fail_on:
    description: Fail when there is a finding of this severity or a worse one.
    type: str
    choices: [never, info, warning, error, critical]
    default: never
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
  - pimesh.linkerd.common.info
notes:
  - Needs the rights that the page about RBAC lists.
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
  - module: pimesh.linkerd.l5d_apply
"""

EXAMPLES = r"""
- name: Judge the certificates of the mesh
  pimesh.linkerd.l5d_identity_info:
  register: identity

- name: Show what is wrong with them
  ansible.builtin.debug:
    msg: "{{ identity.findings | selectattr('severity', 'in', ['error', 'critical']) | map(attribute='reason') }}"

- name: Refuse an issuer that does not fit its key or its anchor, before Helm runs
  pimesh.linkerd.l5d_identity_info:
    source: files
    anchor_certificate: "{{ lookup('ansible.builtin.file', 'ca.crt') }}"
    issuer_certificate: "{{ lookup('ansible.builtin.file', 'issuer.crt') }}"
    issuer_key: "{{ lookup('ansible.builtin.file', 'issuer.key') }}"
    fail_on: critical
"""

RETURN = r"""
certificates:
  description:
    - The certificates that the mesh's identity stands on, as in RV(pimesh.linkerd.l5d_mesh_info#module:certificates), which says what
      is told of each. Of a Secret only certificates are looked at.
  returned: success
  type: dict
  contains:
    trust_anchors:
      description: What every proxy trusts. More than one during a rotation.
      type: list
      elements: dict
    previous_anchors:
      description: Anchors that are kept in force for a while after a rotation.
      type: list
      elements: dict
    anchor:
      description: The authority that signs the identity issuer, where it is in the cluster. V(none) when it is not.
      type: dict
    issuer:
      description: The identity issuer, which signs the proxies' certificates. V(none) when there is none.
      type: dict
    webhooks:
      description: The certificates of Linkerd's webhooks and of its tap, as far as their Secrets have the usual names.
      type: list
      elements: dict
cert_manager:
  description:
    - cert-manager, as in RV(pimesh.linkerd.l5d_mesh_info#module:cert_manager). Also C(brought_by), the Helm release that brought its CRDs,
      with C(name) and C(namespace), both empty when it was no Helm, and V(none) without CRDs.
  returned: success
  type: dict
  sample:
    installed: true
    namespace: cert-manager
    version: v1.21.2
    ready: true
    status: rolled out
    cluster_resource_namespace: cert-manager
    cainjector: {installed: true, namespace: cert-manager, version: v1.21.2, ready: true, status: rolled out}
    brought_by: {name: cert-manager, namespace: cert-manager}
trust_manager:
  description: trust-manager, as in RV(pimesh.linkerd.l5d_mesh_info#module:trust_manager), with C(brought_by) likewise.
  returned: success
  type: dict
findings:
  description: What a person should know about the certificates, cert-manager and trust-manager, each with a stable code. The worst come first.
  returned: success
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
signing_secret:
  description:
    - The Secret of the authority that issues the identity issuer. C(linkerd-trust-anchor-previous) in the middle of a rotation, until every
      proxy trusts the new anchor; then it has to stay as it is.
  returned: success
  type: str
  sample: linkerd-trust-anchor
bundle_source:
  description: What a Bundle has to name as its source to hand out that trust anchor.
  returned: O(source) is given
  type: dict
  sample: {secret: {name: linkerd-trust-anchor, key: tls.crt}}
anchor_certificate:
  description: The trust anchor as PEM text, where it is in no Secret that trust-manager could read; else empty.
  returned: O(source) is given
  type: str
bundle:
  description: What proxies are to trust, that anchor and previous ones, as PEM text. Empty as long as the anchor is not issued.
  returned: O(source) is given
  type: str
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.info import OPTIONS
from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.info import run as judge
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run


def main() -> None:
    """Read and judge."""
    run(judge, OPTIONS)


if __name__ == "__main__":
    main()
