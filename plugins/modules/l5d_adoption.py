#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_adoption."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_adoption
short_description: Take over a Linkerd that somebody installed with Helm or with its command line, without losing its trust
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - The roles of this collection take the mesh's identity out of Helm's hands (C(identity.externalCA)). The upgrade that does so makes Helm
    delete the ConfigMap with the trust anchors and the Secret with the issuer, because the chart no longer renders them.
  - This module has Helm keep them first, and the webhooks' certificates too. Each object gets C(helm.sh/resource-policy=keep), which an
    upgrade looks at, and so does the manifest that is stored with the release, which an uninstall looks at.
  - An issuer that came with the chart is also put under the names at which Linkerd looks for it afterwards. It stays the same issuer.
  - It says under which names Helm has to go on, and what of the installed values is not among the new ones.
  - A cluster without Linkerd, and one whose Linkerd the roles installed, is left as it is.
options:
  state:
    description: V(present) protects what would be lost. V(audit) only reports it.
    type: str
    choices: [present, audit]
    default: present
  namespace:
    description: Namespace of the control plane.
    type: str
    default: linkerd
  chart_version:
    description:
      - The chart version that is about to be installed. An older one than what is there is refused, and so is one that is more than one
        Linkerd version ahead. Empty not to look at it.
    type: str
    default: ""
  values:
    description: The values that linkerd-control-plane is about to be upgraded with.
    type: dict
    default: {}
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - pimesh.linkerd.common
notes:
  - Nothing that anybody trusts is changed, so it may be run at any time and again.
  - Values of Secrets, and those that the release was installed with, are never shown; their names are.
seealso:
  - module: pimesh.linkerd.l5d_identity_info
  - module: pimesh.linkerd.l5d_trust_anchor
"""

EXAMPLES = r"""
- name: Look whose Linkerd it is
  pimesh.linkerd.l5d_adoption:
    state: audit
  register: linkerd

- name: Keep what the next upgrade would take away
  pimesh.linkerd.l5d_adoption:
    values:
      identity:
        externalCA: true
        issuer:
          scheme: kubernetes.io/tls
"""

RETURN = r"""
method:
  description: How Linkerd was installed; V(none) where it is not.
  returned: success
  type: str
  sample: helm
chart_version:
  description: Version of the installed chart, by what C(linkerd-config) says; empty where there is none.
  returned: success
  type: str
  sample: 2025.9.4
releases:
  description: The Helm releases to go on with, or of which an uninstall that was killed has left the record. The usual ones where there are none.
  returned: success
  type: dict
  contains:
    control_plane: &release
      description: The one of the control plane, or of its CRDs.
      type: dict
      contains:
        name:
          description: Its name.
          type: str
          sample: linkerd-control-plane
        namespace:
          description: Its namespace.
          type: str
          sample: linkerd
    crds: *release
take_ownership:
  description: Whether Helm has to be told to take objects that belong to no release.
  returned: success
  type: bool
steps:
  description: What was written, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    phase:
      description: When in the order of things.
      type: str
      sample: objects
    verb:
      description: What happens to the object.
      type: str
      sample: patch
    apiVersion:
      description: The object's apiVersion.
      type: str
    kind:
      description: The object's kind.
      type: str
    namespace:
      description: The object's namespace.
      type: str
    name:
      description: The object's name.
      type: str
    why:
      description: Why.
      type: str
findings:
  description: What a person should know before it goes on.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: The finding's code, such as L5D154.
      type: str
    severity:
      description: C(info), C(warning), C(error) or C(critical).
      type: str
    object:
      description: The object it is about.
      type: dict
    reason:
      description: What was found.
      type: str
    remedy:
      description: What to do about it.
      type: str
failure:
  description: What went wrong, in parts that a play can test.
  returned: failure
  type: dict
  contains:
    code:
      description: A stable word for the reason, such as C(downgrade), C(leap) or C(conflict).
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
      description: The writes before the failure. Only when there was something to write.
      type: list
      elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.adoption.run import main as adopt
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run

OPTIONS = {
    "state": {"type": "str", "choices": ["present", "audit"], "default": "present"},
    "namespace": {"type": "str", "default": "linkerd"},
    "chart_version": {"type": "str", "default": ""},
    "values": {"type": "dict", "default": {}},
}


def main() -> None:
    """Keep what Helm would delete."""
    run(adopt, OPTIONS)


if __name__ == "__main__":
    main()
