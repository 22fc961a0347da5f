# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this user may not read: the plan does without it, and says so.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...model import Finding
from .view import View


def findings(view: View) -> list[Finding]:
    return [finding("L5D113", view.workload, f"this user may not list {what}") for what in view.around.refused]
