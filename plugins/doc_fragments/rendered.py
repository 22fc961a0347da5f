# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the modules that can render write it."""

from __future__ import annotations


class ModuleDocFragment:
    """What module_utils/rendering does with a directory."""

    DOCUMENTATION = r"""
options:
  dest:
    description:
      - With O(state=rendered), the directory for the files, one per object, named C(<kind>-<namespace>-<name>.yaml), with a
        C(kustomization.yaml) that lists them in a safe order, and C(values-<release>.yaml) for what a Helm chart is given.
      - It is made where it is missing. Files of an earlier rendering that are no longer wanted are removed; files that this
        module did not write are never touched. Give each rendering a directory of its own.
      - R(GitOps,ansible_collections.pimesh.linkerd.docsite.gitops) explains what to do with them.
    type: path
"""
