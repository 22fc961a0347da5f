# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking over what somebody else wrote by hand: the plan is made as if it were not there, and it goes once ours is in force.

What was taken over stays so until absent gives it back: planning follows from what is recorded, not only from the option.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..controllers.base import Part, Reading
from ..model import Finding, Object, Ref
from ..ownership import Edit, RemoveItem, owned, removed, rewrite
from . import managed
from .context import Context
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Adoption:
    """C(snapshot) and C(reading) are without what is about to be taken over."""

    snapshot: Snapshot
    reading: Reading
    removals: t.Mapping[Ref, list[RemoveItem]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def part(self, part: Part) -> Part:
        """O(part), with the removals before its edits, so that ours come last."""

        def edits(obj: Object) -> list[Edit]:
            return [*_taken(obj, self.removals), *part.edits(obj)]

        return replace(part, edits=edits, findings=[*part.findings, *self.findings])


def of(context: Context) -> Adoption:
    if not context.intent.adopt:
        return Adoption(context.snapshot, context.reading)
    recipes = context.controller.recipes(context.reading)
    found = [obj for objects in context.snapshot.objects.values() for obj in objects if Ref.of(obj) in recipes.removals]
    free = [obj for obj in found if managed.keeper(obj, context.intent) is None]
    if not free:
        return Adoption(context.snapshot, context.reading, recipes.removals, recipes.kept)
    without = {Ref.of(obj): rewrite(obj, [*owned(obj), *recipes.removals[Ref.of(obj)]]) for obj in free}
    snapshot = replace(
        context.snapshot,
        objects={kind: tuple(without.get(Ref.of(obj), obj) for obj in objects) for kind, objects in context.snapshot.objects.items()},
    )
    reading = context.controller.read(snapshot)
    return Adoption(snapshot, reading, recipes.removals, [*recipes.kept, *reading.findings()])


def _taken(obj: Object, removals: t.Mapping[Ref, list[RemoveItem]]) -> list[Edit]:
    before = removed(obj)
    return [*before, *(edit for edit in removals.get(Ref.of(obj), ()) if edit not in before)]
