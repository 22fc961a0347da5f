# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our objects, and the references to them inside routes and Services.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Part
from ..errors import PlanningError
from ..findings import finding
from ..model import Finding, Object, Phase, Ref, Step
from ..ownership import is_recorded, owned, restore, rewrite, show
from .context import Context, foreign_step, is_ours, own_step
from .matching import contains

ADDED = "our references, after everybody else's"
REMOVED = "our references are no longer needed"


def steps(context: Context, part: Part) -> list[Step]:
    """Objects, references to them, and the removal of both where they are stale."""
    return [*_objects(context, part), *(step for obj in _editable(context) for step in _references(obj, part))]


def lost(context: Context) -> list[Finding]:
    """What cannot be taken back because somebody has changed it since."""
    recorded = [obj for obj in _editable(context) if is_recorded(obj)]
    return [finding("L5D503", Ref.of(obj), f"{show(leaf.path)} is now {leaf.now!r}") for obj in recorded for leaf in restore(obj)[1]]


def _editable(context: Context) -> t.Iterator[Object]:
    kinds = (*context.controller.route_kinds, *context.controller.other_kinds)
    for kind in dict.fromkeys(kind.kind for kind in kinds):
        yield from context.snapshot.of(kind)


def _objects(context: Context, part: Part) -> list[Step]:
    live = {Ref.of(obj): obj for kind in context.controller.owned_kinds for obj in context.snapshot.of(kind.kind)}
    wanted = {Ref.of(obj): obj for obj in part.objects}
    for ref in wanted.keys() & live.keys():
        if not is_ours(live[ref]):
            raise PlanningError(str(ref), "an object of that name exists and is not ours", "Rename it, or remove it if nothing uses it.")
    made = [
        own_step(Phase.OBJECTS, live.get(ref), obj, "routes refer to it")
        for ref, obj in wanted.items()
        if ref not in live or not contains(live[ref], obj)
    ]
    stale = [obj for ref, obj in live.items() if ref not in wanted and is_ours(obj)]
    return made + [own_step(Phase.PRUNE, obj, None, "nothing refers to it any more") for obj in stale]


def _references(obj: Object, part: Part) -> list[Step]:
    """First what is wanted beside what is stale; the stale goes when no running pod needs it any more."""
    wanted = part.edits(obj)
    if not wanted and not is_recorded(obj):
        return []
    stale = [edit for edit in owned(obj) if edit not in wanted]
    if not stale:
        final = rewrite(obj, wanted)
        return [foreign_step(Phase.REFERENCES, obj, final, lambda live: rewrite(live, part.edits(live)), ADDED)] if final != obj else []
    between = rewrite(obj, [*stale, *wanted])
    result = []
    if between != obj:
        result.append(foreign_step(Phase.REFERENCES, obj, between, lambda live: rewrite(live, [*stale, *part.edits(live)]), ADDED))
    final = rewrite(between, wanted)
    return [*result, foreign_step(Phase.UNREFERENCE, between, final, lambda live: rewrite(live, part.edits(live)), REMOVED)]
