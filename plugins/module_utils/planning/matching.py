# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a live object already says what we want of it, and what it will say.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t


def contains(live: t.Any, wanted: t.Any) -> bool:
    """Everything in O(wanted) is in O(live); what the API defaulted or others added beside it does not matter."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(key in live and contains(live[key], value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(live, list) and len(live) == len(wanted) and all(contains(a, b) for a, b in zip(live, wanted, strict=True))
    return bool(live == wanted)


def overlaid(live: t.Any, wanted: t.Any) -> t.Any:
    """The live value once an apply has put O(wanted) into it: C(contains) holds, and the rest is as it was."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        return {**live, **{key: overlaid(live.get(key), value) for key, value in wanted.items()}}
    if isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        return [overlaid(one, other) for one, other in zip(live, wanted, strict=True)]
    return wanted
