# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of every module of the collection has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Used together with C(kubernetes.core.k8s_auth_options)."""

    DOCUMENTATION = r"""
requirements:
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
attributes:
  action_group:
    description: Use C(group/pimesh.linkerd.k8s) in C(module_defaults) to set the connection options once for these modules
      and for the ones of C(kubernetes.core).
    support: full
    membership:
      - pimesh.linkerd.k8s
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)) when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second invocation indicates no change.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode); reading is all it does.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)) when in diff mode.
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - This module changes nothing.
"""
