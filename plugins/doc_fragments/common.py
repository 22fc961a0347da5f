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
    description: In check mode it says what it would change, and changes nothing.
    support: full
  diff_mode:
    description: In diff mode it shows the changed objects before and after.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: In check mode it does the same, because reading is all it does.
    support: full
  diff_mode:
    description: There is nothing to show, because it changes nothing.
    support: N/A
  idempotent:
    description: It changes nothing.
    support: full
"""
