# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our objects, and the references to them inside routes and Services.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..controllers.base import Edits, Part
from ..errors import PlanningError
from ..findings import finding
from ..linkerd import injection
from ..managers import Manager, manager_of
from ..model import Finding, Object, Phase, Ref, Step
from ..ownership import Edit, RemoveItem, fitting, held, holds, identity, is_recorded, owned, place, replaces, restore, rewrite
from ..persistence.base import Wanted
from ..places import Path, show
from . import managed, pods
from .context import Context, foreign_step, is_ours, own_step
from .managed import Handover
from .matching import contains
from .snapshot import Snapshot

ADDED = "our references, after everybody else's"
REMOVED = "our references are no longer needed"


@dataclass(slots=True)
class References:
    """Objects, references to them, the removal of both where they are stale; and what is left to whoever owns the routes."""

    steps: list[Step] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Timing(t.NamedTuple):
    """When somebody's header is taken over or given back: it must not be missed, and a wrong one must not begin to count.

    C(takes_late): pods that run read the header. C(gives_early): the pods to come will.
    """

    takes_late: bool
    gives_early: bool

    @classmethod
    def of(cls, context: Context, wanted: Wanted, planned: Snapshot) -> Timing:
        """C(planned) is the cluster with the webhooks that there will be."""
        running = any(variant.mode == "ingress" for variant in pods.running_now(context))
        coming = pods.template_after(context, wanted)
        return cls(running or _reads(context.template, context.snapshot), _reads(coming, planned))


def _reads(template: Object, snapshot: Snapshot) -> bool:
    hooks = injection.injector_webhooks(snapshot.webhooks, snapshot.linkerd_namespace)
    return injection.predict(template, snapshot.namespace, hooks).mode == "ingress"


def plan(context: Context, part: Part, timing: Timing) -> References:
    found = References(_objects(context, part))

    def edits(obj: Object) -> list[Edit]:
        return managed.allowed(obj, fitting(obj, part.edits(obj)), context.intent)

    for obj in _editable(context):
        every = part.edits(obj)
        wanted = fitting(obj, every)
        if len(wanted) < len(every):
            places = dict.fromkeys(show(edit.path) for edit in every if edit not in wanted)
            found.findings += [finding("L5D214", Ref.of(obj), f"{place} is not what it should be, and was left alone") for place in places]
        if wanted or is_recorded(obj):
            found.steps += _references(obj, managed.allowed(obj, wanted, context.intent), edits, timing)
        if wanted and (manager := manager_of(obj)) is not None:
            _tell(found, context, obj, wanted, manager)
    return found


def _tell(found: References, context: Context, obj: Object, wanted: list[Edit], manager: Manager) -> None:
    """What somebody else's object does not get, or may lose again."""
    after = rewrite(obj, wanted)
    may = managed.allowed(obj, wanted, context.intent)
    if after != rewrite(obj, may):
        handover = managed.of_route(obj, after, [edit for edit in wanted if edit not in may], context.intent)
        found.handovers.append(handover)
        found.findings.append(handover.finding("L5D240"))
    elif not manager.fights_back and any(_rendered(rewrite(obj, []), edit.path) for edit in wanted):
        found.findings.append(finding("L5D248", Ref.of(obj), str(manager)))


def _rendered(obj: Object, path: Path) -> bool:
    """Whether a chart that made this object writes that leaf, or a list around it, itself."""
    return holds(obj, path) or any(not isinstance(part, str) for part in path)


def lost(context: Context) -> list[Finding]:
    """What cannot be taken back because somebody has changed it since."""
    recorded = [obj for obj in _editable(context) if is_recorded(obj)]
    return [finding("L5D503", Ref.of(obj), f"{show(leaf.path)} is now {leaf.now!r}") for obj in recorded for leaf in restore(obj)[1]]


def _editable(context: Context) -> t.Iterator[Object]:
    listed = [kind.kind for kind in (*context.controller.route_kinds, *context.controller.other_kinds)]
    for kind in dict.fromkeys((*listed, *context.controller.single_kinds)):
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
    stale = [obj for ref, obj in live.items() if ref not in wanted and context.controller.made(obj)]
    return made + [own_step(Phase.PRUNE, obj, None, "nothing refers to it any more") for obj in stale]


def _stale(obj: Object, wanted: t.Sequence[Edit]) -> list[Edit]:
    """What has to stay until no running pod needs it; not what a wanted edit puts in its own place."""
    known = {identity(edit) for edit in wanted}
    if all(identity(edit) in known for edit in owned(obj)):
        return []
    by_place: dict[str, list[Edit]] = {}
    for new in wanted:
        by_place.setdefault(place(new), []).append(new)
    return [
        edit for edit in held(obj) if identity(edit) not in known and not any(replaces(new, edit) for new in by_place.get(place(edit), []))
    ]


def _references(obj: Object, wanted: list[Edit], edits: Edits, timing: Timing) -> list[Step]:
    """First what is wanted beside what is stale; the stale, and what is taken over, goes when no running pod needs it any more."""
    ours = owned(obj)
    stale = _stale(obj, wanted)
    waiting = [edit for edit in stale if not (timing.gives_early and isinstance(edit, RemoveItem))]

    def beside(live: Object) -> Object:
        recorded = owned(live)
        now = [edit for edit in edits(live) if not (timing.takes_late and isinstance(edit, RemoveItem)) or edit in recorded]
        return rewrite(live, [*waiting, *now])

    def alone(live: Object) -> Object:
        return rewrite(live, edits(live))

    late = timing.takes_late and any(isinstance(edit, RemoveItem) and edit not in ours for edit in wanted)
    if not waiting and not late:
        final = rewrite(obj, wanted)
        return [foreign_step(Phase.REFERENCES, obj, final, alone, ADDED)] if final != obj else []
    between = beside(obj)
    final = rewrite(between, wanted)
    first = [foreign_step(Phase.REFERENCES, obj, between, beside, ADDED)] if between != obj else []
    return first + ([foreign_step(Phase.UNREFERENCE, between, final, alone, REMOVED)] if final != between else [])
