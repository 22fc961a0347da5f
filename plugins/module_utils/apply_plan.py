# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a plan: phases one after the other, the steps of one phase in parallel.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from itertools import groupby

from .errors import ClusterError, ConflictError, L5dError, NotFoundError
from .merge import merge_patch, strip_server_fields

if t.TYPE_CHECKING:
    from .cluster import Cluster
    from .model import Object, Phase, Ref, Step

TRIES = 5
"""How often one object may change under our hands before we give up."""


class IncompleteError(L5dError):
    """A step failed after others were done; C(done) are those."""

    def __init__(self, cause: L5dError, done: list[Step]) -> None:
        super().__init__(cause.subject, cause.reason, cause.remedy, code=cause.code)
        self.done = done


def execute(
    cluster: Cluster, steps: t.Iterable[Step], *, check_mode: bool, on_phase: t.Callable[[Phase], None] | None = None
) -> list[Step]:
    """Write the steps, or in check mode ask the API to pretend it did (admission and validation speak up).

    Returns the steps that were written: one that somebody else did meanwhile is not among them. C(on_phase) is called
    after every phase that really wrote something, to wait for what has to follow first.
    """
    done: list[Step] = []

    def carry_out(step: Step) -> None:
        if _carry_out(cluster, step, dry_run=check_mode):
            done.append(step)  # atomic, so the threads need no lock

    try:
        for phase, members in groupby(sorted(steps, key=_order), key=lambda step: step.phase):
            before = len(done)
            cluster.map(carry_out, members)
            if on_phase and not check_mode and len(done) > before:
                on_phase(phase)
    except L5dError as error:
        raise IncompleteError(error, sorted(done, key=_order)) from error
    return sorted(done, key=_order)


def _order(step: Step) -> tuple[Phase, Ref]:
    return step.phase, step.object


def _carry_out(cluster: Cluster, step: Step, *, dry_run: bool) -> bool:
    """Whether something was written."""
    if step.own:
        return _write_own(cluster, step, dry_run=dry_run)
    live, wanted = step.before, step.after
    for _try in range(TRIES):
        try:
            return _write_foreign(cluster, step, live, wanted, dry_run=dry_run)
        except (ConflictError, NotFoundError) as error:
            if live is None and isinstance(error, NotFoundError):
                raise  # nothing vanished: the namespace or the kind is missing
            live = cluster.get(step.object)
            wanted = step.desire(live)
    raise ConflictError(
        str(step.object),
        f"was changed by somebody else {TRIES} times while this play tried to change it ({step.why})",
        "Find the controller that keeps rewriting it (metadata.managedFields names it), then run the play again.",
        code="contended",
    )


def _write_own(cluster: Cluster, step: Step, *, dry_run: bool) -> bool:
    wanted = step.desire(step.before)
    if wanted is None:
        cluster.delete(step.object, uid=_meta(step.before, "uid"), dry_run=dry_run)
    else:
        cluster.apply(wanted, dry_run=dry_run)
    return True


def _write_foreign(cluster: Cluster, step: Step, live: Object | None, wanted: Object | None, *, dry_run: bool) -> bool:
    if live is None:
        if wanted is None:
            return False
        cluster.create(wanted, dry_run=dry_run)
        return True
    version = _meta(live, "resourceVersion")
    if not version:
        raise ClusterError(str(step.object), "was planned without its resourceVersion, so a patch could not be bound to it")
    if wanted is None:
        cluster.delete(step.object, resource_version=version, dry_run=dry_run)
        return True
    patch = merge_patch(strip_server_fields(live), strip_server_fields(wanted))
    if not patch:
        return False
    cluster.patch(step.object, patch, resource_version=version, dry_run=dry_run)
    return True


def _meta(obj: Object | None, name: str) -> str | None:
    value = ((obj or {}).get("metadata") or {}).get(name)
    return str(value) if value else None
