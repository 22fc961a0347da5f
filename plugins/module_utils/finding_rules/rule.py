# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a finding's code stands for.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Severity


class Rule(t.NamedTuple):
    severity: Severity
    title: str
    remedy: str
