# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restart as C(kubectl rollout restart) does it, and what a run of restarts comes to.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ..apply_plan import IncompleteError, execute
from ..diff import plan_diff
from ..errors import L5dError
from ..linkerd.annotations import INJECT
from ..model import Object, Phase, Ref, Step
from .waiting import RESTARTED_AT, wait_all

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from .plan import RolloutPlan


def restarting(live: Object, *, strip: bool = False) -> Step:
    """C(strip) takes the annotation that asks for a proxy away in the same write."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def desire(now: Object | None) -> Object | None:
        return now and _stamped(now, stamp, strip=strip)

    return Step(Phase.RESTART, Ref.of(live), desire, "its pods lag", before=live, after=desire(live))


def _stamped(live: Object, stamp: str, *, strip: bool) -> Object:
    template = live["spec"]["template"]
    meta = template.get("metadata") or {}
    annotations = {**(meta.get("annotations") or {}), RESTARTED_AT: stamp}
    if strip:
        annotations.pop(INJECT, None)
    return {**live, "spec": {**live["spec"], "template": {**template, "metadata": {**meta, "annotations": annotations}}}}


def restart(cluster: Cluster, steps: t.Sequence[Step], timeout: float) -> list[Step]:
    """Write them and wait for all of them; those that were really written."""
    done = execute(cluster, steps, check_mode=False)
    stamps = {step.object: step.after["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT] for step in steps if step.after}
    try:
        wait_all(cluster, stamps, timeout)
    except L5dError as error:
        raise IncompleteError(error, done) from error
    return done


def result_of(found: RolloutPlan, steps: t.Sequence[Step], *, mended: bool = True) -> Object:
    """What the module returns; findings about what was mended are left out."""
    settled = {step.object for step in steps} if mended else set()
    return {
        "changed": bool(steps),
        "restarted": [step.object.to_dict() for step in steps if step.phase is Phase.RESTART],
        "lagging": [entry.to_dict() for entry in found.lagging],
        "not_restarted": [{"object": ref.to_dict(), "reason": reason} for ref, reason in found.skipped],
        "findings": [one.to_dict() for one in found.findings if one.object not in settled],
        "diff": plan_diff(steps),
    }
