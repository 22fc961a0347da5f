# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking a Helm release out of the cluster by what Helm remembers of it: no chart, no helm.

What can stand in the way of others goes first: webhooks and aggregated APIs, before the pods that answer for them.
The record of the release goes last, so that a run that was killed in between is simply run again.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from itertools import groupby

from ..apply_plan import execute
from ..errors import PlanningError
from ..managers import release_of
from ..model import Object, Phase, Ref, Step
from . import helm, stored_release
from .compare import identity, rendered_by
from .reading import rank
from .waiting import wait_gone
from .writing import Outcome, reporting

if t.TYPE_CHECKING:
    from ..cluster import Cluster

IN_THE_WAY = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
ON_DELETE = ("pre-delete", "post-delete")


def uninstall(cluster: Cluster, found: helm.History, *, check_mode: bool, wait_timeout: float) -> Outcome:
    """Delete what the release made and still owns; what it is told to keep, or what another release took over, stays."""
    outcome = Outcome()
    if not found.revisions:
        return outcome
    objects = _objects(cluster, found)
    steps: list[Step] = []
    for obj, live in zip(objects, cluster.get_many(map(Ref.of, objects)), strict=True):
        if live is not None and _goes(found.release, obj, live):
            steps.append(_delete(live, f"{found.release} made it"))
        elif live is not None:
            outcome.kept.append(Ref.of(live))
    with reporting(outcome):
        for _order, group in groupby(sorted(steps, key=_order_of), key=_order_of):
            members = list(group)
            outcome.steps += execute(cluster, members, check_mode=check_mode)
            if wait_timeout and not check_mode:
                wait_gone(cluster, [step.object for step in members], wait_timeout)
        records = [_delete(revision.secret, f"record of {found.release}") for revision in found.revisions]
        outcome.steps += execute(cluster, records, check_mode=check_mode)
    return outcome


def _objects(cluster: Cluster, found: helm.History) -> list[Object]:
    """Of the last revision, and of the one that a killed upgrade started from."""
    revisions = {revision.number: revision for revision in (found.revisions[-1], found.current) if revision}
    objects: dict[tuple[str, ...], Object] = {}
    for revision in revisions.values():
        record = helm.record(cluster, revision)
        _refuse_hooks(found.release, record)
        for obj in rendered_by(cluster, helm.objects_of(record, revision), found.release.namespace):
            objects[identity(obj)] = obj
    return [obj for obj in objects.values() if cluster.serves(obj["apiVersion"], obj["kind"])]


def _refuse_hooks(release: helm.Release, record: Object) -> None:
    """None of the charts that this collection installs has them."""
    names = [hook.get("name", "?") for hook in record.get("hooks") or [] if set(hook.get("events") or []) & set(ON_DELETE)]
    if names:
        raise PlanningError(
            str(release),
            f"has hooks that have to run when it is removed ({', '.join(names)}), and only Helm runs hooks",
            f"Remove it with `helm uninstall -n {release.namespace} {release.name}`.",
            code="delete_hooks",
        )


def _goes(release: helm.Release, rendered: Object, live: Object) -> bool:
    return release_of(live) == tuple(release) and not any(map(stored_release.keeps, (rendered, live)))


def _delete(live: Object, why: str) -> Step:
    return Step(Phase.PRUNE, Ref.of(live), lambda _live: None, why, own=True, before=live, after=None)


def _order_of(step: Step) -> int:
    return -100 if step.object.kind in IN_THE_WAY else -rank({"kind": step.object.kind})
