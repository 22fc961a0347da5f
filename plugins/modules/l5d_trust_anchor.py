#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_trust_anchor."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_trust_anchor
short_description: The next step of a rotation of Linkerd's trust anchor
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Replaces the trust anchor that the role P(pimesh.linkerd.linkerd_identity#role) has cert-manager make, one safe step at a call.
    The playbook C(pimesh.linkerd.rotate_trust_anchor) calls it until it is done.
  - The step is computed from the cluster alone. A play may stop anywhere, be killed, and go on days later from another machine.
  - At every moment the bundle of each proxy verifies every certificate that the identity issuer hands out. Before cert-manager makes
    the new anchor, the old one gets a place of its own in the bundle, and the ClusterIssuer signs with a copy of its Secret. So a renewal
    of the identity issuer in the middle still leads to an anchor that everybody trusts. Only when every proxy trusts both anchors does
    the ClusterIssuer sign with the new one, and the old one leaves the bundle when no certificate in use can lead to it.
  - It restarts nothing. Where the next step takes a restart, RV(restart) says what is to be restarted, for example with
    M(pimesh.linkerd.l5d_rollout).
  - An anchor that cert-manager does not make here cannot be rotated from here. That is one from a ClusterIssuer of yours,
    or one whose certificate was given to the role. The guide on rotation says what to do then.
options:
  state:
    description:
      - V(audit) changes nothing. It says how far a rotation is, and what there is to know of the anchors. It also works where there is
        no Linkerd, and where the anchor comes from somebody else.
      - V(rotated) does the next step, and waits until it has come true.
    type: str
    choices: [audit, rotated]
    required: true
  begin:
    description:
      - Whether to begin a rotation where none is under way. One that is under way goes on in any case.
    type: bool
    default: false
  remaining_below:
    description:
      - Also begin one when less than this part of the anchor's lifetime is left, for example V(0.2).
    type: float
    default: 0.0
  leaves:
    description:
      - What comes before the old anchor leaves the bundle. Proxies renew their certificates by themselves within a day.
      - V(restart) has them restarted once more, so that the rotation ends now.
      - V(wait) leaves them alone. The last step then takes a call after RV(waits_until).
    type: str
    choices: [restart, wait]
    default: restart
  outside_ready:
    description:
      - Say that linked clusters and workloads outside of the cluster have the new bundle. Without it a rotation stops before the new anchor
        signs anything, where there are any.
    type: bool
    default: false
  linkerd_namespace:
    description: Namespace of Linkerd's control plane.
    type: str
    default: linkerd
  trust_namespace:
    description: Where the trust anchor's Secret is.
    type: str
    default: cert-manager
  wait_timeout:
    description: How many seconds to wait for cert-manager, trust-manager and the control plane in one call.
    type: int
    default: 300
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
notes:
  - In check mode the API is asked to pretend the next step. Nothing is waited for.
  - The key of the old anchor is copied from one Secret to another in O(trust_namespace) and deleted at the end. It is never shown.
  - Needs the rights of the page on RBAC, section "Rotating the trust anchor".
seealso:
  - module: pimesh.linkerd.l5d_mesh_info
  - module: pimesh.linkerd.l5d_rollout
"""

EXAMPLES = r"""
- name: How far is a rotation?
  pimesh.linkerd.l5d_trust_anchor:
    state: audit
  register: rotation

- name: Do what can be done without restarting anything
  pimesh.linkerd.l5d_trust_anchor:
    state: rotated
    begin: true
  register: rotation
  until: rotation is failed or not rotation.again
  retries: 10
  delay: 0

- name: Restart what the next step needs
  pimesh.linkerd.l5d_rollout:
    workloads: "{{ rotation.restart }}"
    control_plane: "{{ rotation.control_plane }}"
    reasons: [trust_bundle]
    older_than: "{{ rotation.older_than }}"
  when: rotation.restart | length > 0
"""

RETURN = r"""
done:
  description: Whether there is nothing to do.
  returned: success
  type: bool
again:
  description: Whether the next call can go on at once.
  returned: success
  type: bool
step:
  description: The step that this call did; empty for none, and in check mode.
  returned: success
  type: str
  sample: hold
next:
  description: The step that comes next; empty when there is none.
  returned: success
  type: str
  sample: renew
to_come:
  description: The steps from RV(next) to the end. What is done already when its turn comes is passed over.
  returned: success
  type: list
  elements: str
  sample: [confirm, renew_leaves, retire]
why:
  description: Why that step comes next. With O(state=audit), why there can be none where RV(possible) is V(false).
  returned: success
  type: str
waiting_for:
  description: What has to happen before RV(next); empty for nothing.
  returned: success
  type: str
  sample: trust-manager to write the bundle
waits_until:
  description: When the certificates of the old anchor have expired, where that is what the next step is about.
  returned: success
  type: str
  sample: "2026-11-22T18:05:00Z"
restart:
  description: What has to be restarted before the rotation can go on, the control plane first, each with C(kind), C(namespace) and C(name).
  returned: success
  type: list
  elements: dict
older_than:
  description: What is restarted has to be made after this; empty where it only has to trust the bundle. For O(pimesh.linkerd.l5d_rollout#module:older_than).
  returned: success
  type: str
  sample: "2026-11-21T18:05:00Z"
control_plane:
  description: Whether the control plane is among RV(restart).
  returned: success
  type: bool
blocking:
  description: Objects that RV(waiting_for) is about, and that somebody has to take care of.
  returned: success
  type: list
  elements: dict
possible:
  description: Whether the anchor can be rotated from here. Always V(true) unless O(state=audit).
  returned: success
  type: bool
under_way:
  description: Whether a rotation is under way.
  returned: success
  type: bool
signing_secret:
  description: The Secret that the ClusterIssuer signs with. During a rotation it has to stay as it is.
  returned: success
  type: str
  sample: linkerd-trust-anchor
anchors:
  description: The anchors, as in RV(pimesh.linkerd.l5d_mesh_info#module:certificates.trust_anchors).
  returned: success
  type: dict
  contains:
    current:
      description: The newest one. V(none) where the anchor comes from somebody else.
      type: dict
    previous:
      description: Others that are in the bundle or in use.
      type: list
      elements: dict
proxies:
  description:
    - How many proxies there are (C(total)), how many of them lack an anchor that they need (C(lacking)), and how many may still show a
      certificate of the issuer before this one (C(older)).
  returned: success
  type: dict
  sample: {total: 40, lacking: 12, older: 0}
steps:
  description: What was written, or in check mode would be, in that order.
  returned: success
  type: list
  elements: dict
findings:
  description: What there is to know. Each has a code, a severity, the object, the reason and the remedy.
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.run import OPTIONS, rotate


def main() -> None:
    """Do the next step."""
    run(rotate, OPTIONS)


if __name__ == "__main__":
    main()
