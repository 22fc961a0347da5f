#!/usr/bin/python
# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module l5d_gitops."""

from __future__ import annotations

DOCUMENTATION = r"""
module: l5d_gitops
short_description: Lay rendered files out for Argo CD or Flux, in the right order
version_added: 0.1.0
author:
  - The pimesh.linkerd contributors (@pimesh)
description:
  - Looks at what roles of this collection rendered below one directory, and writes beside it what makes Argo CD or Flux bring all
    of it - an Application for each directory of objects and for each chart, in sync waves; or Kustomizations that wait for one
    another, with a HelmRelease for each chart.
  - Talks to no cluster. Nothing is pruned by what it writes.
options:
  tool:
    description: For which tool.
    type: str
    choices: [argocd, flux]
    required: true
  root:
    description: The directory that holds one directory for each role. The layout goes into a directory in it that is named like O(tool).
    type: path
    required: true
  parts:
    description: The directories of the roles, in the order in which they have to be brought. One that is not there is left out.
    type: list
    elements: str
    required: true
  cluster:
    description: What names begin with, so that several clusters may share one Argo CD.
    type: str
    required: true
  repository:
    description: Address of the Git repository that O(root) is kept in, without a password. Needed for V(argocd).
    type: str
  source:
    description: Name of the GitRepository, for V(flux).
    type: str
    default: flux-system
  revision:
    description: Branch, tag or commit, for V(argocd).
    type: str
    default: HEAD
  path:
    description: Where O(root) is in the repository. Empty for its top.
    type: str
    default: ""
  namespace:
    description: Namespace of what is written. Without it V(argocd) or V(flux-system), by the tool.
    type: str
  server:
    description: Address of the cluster as Argo CD knows it.
    type: str
    default: https://kubernetes.default.svc
attributes:
  check_mode:
    description: In check mode it says what it would write, as far as the roles' files are there already.
    support: full
  diff_mode:
    description: In diff mode it shows the files before and after.
    support: full
  idempotent:
    description: The same files give the same layout.
    support: full
seealso:
  - ref: GitOps <ansible_collections.pimesh.linkerd.docsite.gitops>
    description: What the tools make of it.
"""

EXAMPLES = r"""
- name: Let Argo CD bring what the roles rendered
  pimesh.linkerd.l5d_gitops:
    tool: argocd
    root: /srv/gitops/clusters/pi
    parts: [cert_manager, linkerd_identity, linkerd_control_plane]
    cluster: pi
    repository: https://git.example.com/homelab.git
    revision: main
    path: clusters/pi

- name: The same for Flux, whose GitRepository is called homelab
  pimesh.linkerd.l5d_gitops:
    tool: flux
    root: /srv/gitops/clusters/pi
    parts: [cert_manager, linkerd_identity, linkerd_control_plane]
    cluster: pi
    source: homelab
    path: clusters/pi
"""

RETURN = r"""
order:
  description: What is brought, first to last.
  returned: success
  type: list
  elements: str
  sample: [cert-manager-objects, cert-manager, trust-manager, linkerd-identity-objects, linkerd-crds, linkerd-control-plane]
files:
  description: The files of the layout.
  returned: success
  type: list
  elements: str
manifests:
  description: The objects in them.
  returned: success
  type: list
  elements: dict
withheld:
  description: Charts that are paths on this machine, so that no tool could fetch them, with C(name), C(namespace) and C(reason).
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.pimesh.linkerd.plugins.module_utils.gitops.run import CONSTRAINTS, OPTIONS, lay_out
from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import run_offline


def main() -> None:
    """Look at the files, and write others."""
    run_offline(lay_out, OPTIONS, **CONSTRAINTS)


if __name__ == "__main__":
    main()
