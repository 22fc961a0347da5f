# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests out of module results, as a list that other modules and filters take. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..errors import InputError
from ..model import OWNER_LABEL, OWNER_VALUE, Object, Ref

_REMEDY = "Give what a module returned with state: rendered, or its manifests."


def collect(given: t.Any, *, ours: bool = False, kinds: t.Sequence[str] = ()) -> list[Object]:
    """Every object once, in the order given. O(ours): only those that carry our label."""
    found: dict[Ref, Object] = {}
    for obj in _objects(given, "the input"):
        ref = Ref.of(obj)
        if found.setdefault(ref, obj) != obj:
            raise InputError(str(ref), "is given twice with different content", "Render from one task, or take one of the results.")
    return [obj for ref, obj in found.items() if (not ours or _is_ours(obj)) and (not kinds or ref.kind in kinds)]


def _objects(given: t.Any, where: str) -> t.Iterator[Object]:
    if isinstance(given, list):
        for index, item in enumerate(given):
            yield from _objects(item, f"{where}[{index}]")
    elif not isinstance(given, dict):
        raise InputError(where, f"{given!r} is neither a result nor an object", _REMEDY)
    elif given.get("failed"):
        raise InputError(where, f"is the result of a task that failed: {given.get('msg')}", "Mend that first.")
    elif "manifests" in given:
        yield from _objects(given["manifests"], f"{where}.manifests")
    elif isinstance(given.get("results"), list):
        yield from _objects(given["results"], f"{where}.results")
    elif not Ref.of(given).kind or not Ref.of(given).name:
        raise InputError(where, f"is a mapping with {', '.join(sorted(map(str, given))[:5])} and has no manifests", _REMEDY)
    else:
        yield given


def _is_ours(obj: Object) -> bool:
    return ((obj["metadata"] or {}).get("labels") or {}).get(OWNER_LABEL) == OWNER_VALUE
