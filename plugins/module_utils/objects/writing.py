# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing and removing a whole list of our own objects.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from ..apply_plan import IncompleteError, execute
from ..errors import L5dError
from ..merge import same_content
from ..model import Phase, Ref, Step
from .expecting import Expectation, Placed, placed, sort_out
from .located import located
from .owners import is_ours, labelled, refuse_managed
from .reading import rank
from .waiting import Target, wait_gone, wait_ready

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object

ESTABLISH_TIMEOUT = 60.0
"""For CRDs, whose objects come right after them; nothing but a struggling API takes longer."""


@dataclass(slots=True)
class Outcome:
    """Steps in the order in which they are, or would be, done; C(kept) is what was not ours to remove."""

    steps: list[Step] = field(default_factory=list)
    pending: list[Placed] = field(default_factory=list)
    kept: list[Ref] = field(default_factory=list)


class Planned(t.NamedTuple):
    """An object, and the step it needs if any."""

    obj: Object
    pending: str
    step: Step | None


def _plan(cluster: Cluster, objects: t.Sequence[Object], expectation: Expectation) -> list[Planned]:
    """What has to be written, found by asking the API to pretend. Everything that can fail does so here, before any write."""

    def plan(entry: Placed) -> Planned:
        if entry.pending:
            return Planned(*entry, _create(labelled(entry.obj, None), f"not there yet; {entry.pending}"))
        return Planned(*entry, _compare(cluster, entry.obj))

    planned = cluster.map(plan, sort_out(cluster, objects, expectation))
    return sorted(planned, key=lambda entry: rank(entry.obj))


def _compare(cluster: Cluster, obj: Object) -> Step | None:
    ref = Ref.of(obj)
    live = cluster.get(ref)
    if live is not None:
        refuse_managed(ref, live)
    wanted = labelled(obj, live)
    result = cluster.apply(wanted, dry_run=True)
    if live is None:
        return _create(wanted, "not there yet")
    if same_content(live, result):
        return None
    return Step(Phase.OBJECTS, ref, lambda _live: wanted, "differs from what is wanted", own=True, before=live, after=result)


def _create(wanted: Object, why: str) -> Step:
    return Step(Phase.OBJECTS, Ref.of(wanted), lambda _live: wanted, why, own=True, before=None, after=wanted)


def check_present(cluster: Cluster, objects: t.Sequence[Object], expectation: Expectation) -> Outcome:
    """What a real run would write, in its order."""
    planned = _plan(cluster, objects, expectation)
    return Outcome(
        steps=[entry.step for entry in planned if entry.step],
        pending=[Placed(entry.obj, entry.pending) for entry in planned if entry.pending],
    )


def make_present(cluster: Cluster, objects: t.Sequence[Object]) -> Outcome:
    """Write what differs: first what others need, then the rest, objects of one rank in parallel."""
    outcome = Outcome()
    planned = _plan(cluster, objects, Expectation())
    with reporting(outcome):
        for _rank, group in groupby(planned, key=lambda entry: rank(entry.obj)):
            members = list(group)
            steps = [entry.step for entry in members if entry.step and not entry.pending]
            # What these needed was written with the ranks before, so they can be asked about like all the others.
            late = _plan(cluster, [entry.obj for entry in members if entry.pending], Expectation())
            steps += [entry.step for entry in late if entry.step]
            outcome.steps += execute(cluster, steps, check_mode=False)
            definitions = [Target(step.object) for step in steps if step.object.kind == "CustomResourceDefinition"]
            wait_ready(cluster, definitions, ESTABLISH_TIMEOUT)
    return outcome


def remove(
    cluster: Cluster, objects: t.Sequence[Object], *, force: bool, check_mode: bool, wait_timeout: float, wanted: t.Sequence[Object] = ()
) -> Outcome:
    """Delete in the opposite order. What we did not make stays, unless C(force). C(wanted) is not looked for in other namespaces."""
    outcome = Outcome()
    served = [obj for obj in objects if cluster.serves(obj["apiVersion"], obj["kind"])]  # what is not served is absent
    ordered = sorted((placed(cluster, obj) for obj in located(cluster, served, wanted)), key=rank, reverse=True)
    with reporting(outcome):
        for _rank, group in groupby(ordered, key=rank):
            refs = [Ref.of(obj) for obj in group]
            steps: list[Step] = []
            for ref, live in zip(refs, cluster.get_many(refs), strict=True):
                if live is not None and (force or is_ours(live)):
                    steps.append(Step(Phase.PRUNE, ref, lambda _live: None, "is to be absent", own=True, before=live, after=None))
                elif live is not None:
                    outcome.kept.append(ref)
            outcome.steps += execute(cluster, steps, check_mode=check_mode)
            if wait_timeout and not check_mode:
                wait_gone(cluster, [step.object for step in steps], wait_timeout)
    return outcome


@contextmanager
def reporting(outcome: Outcome) -> t.Iterator[None]:
    """A failure says what was done before it."""
    try:
        yield
    except IncompleteError as error:
        raise IncompleteError(error, [*outcome.steps, *error.done]) from error
    except L5dError as error:
        raise IncompleteError(error, outcome.steps) from error
