# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for rollouts: the template stays what was written, its pods are there and ready, the old ones are gone.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import time
import typing as t

from ..cluster import Seen
from ..errors import RolloutError
from ..model import Object, Ref
from ..objects.readiness import ready
from ..workload_pods import pods_of

if t.TYPE_CHECKING:
    from ..cluster import Cluster

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
STARTING = ("ContainerCreating", "PodInitializing")


def wait_all(cluster: Cluster, stamps: t.Mapping[Ref, str], timeout: float) -> None:
    """Wait for all of them, with one deadline; the error is about the first that does not get there."""
    end = time.monotonic() + timeout

    def wait(item: tuple[Ref, str]) -> None:
        ref, stamp = item
        left = max(0.0, end - time.monotonic())
        cluster.wait(str(ref), lambda: _look(cluster, ref, stamp), timeout=left, remedy=remedy(ref))

    cluster.map(wait, stamps.items())


def remedy(ref: Ref) -> str:
    """The commands that show more."""
    where, kind = f"kubectl -n {ref.namespace}", ref.kind.lower()
    return f"See `{where} describe {kind} {ref.name}` and `{where} get pods`; `{where} rollout undo {kind} {ref.name}` goes back."


def _look(cluster: Cluster, ref: Ref, stamp: str) -> Seen:
    live = cluster.get(ref)
    if live is None:
        return Seen(done=True, words="somebody removed it")
    written = ((live["spec"]["template"].get("metadata") or {}).get("annotations") or {}).get(RESTARTED_AT, "")
    if stamp and written < stamp:
        reason = f"somebody took the restart back: its pod template no longer has {RESTARTED_AT}"
        raise RolloutError(str(ref), reason, "Restart it with what manages it (metadata.managedFields names that).", code="undone")
    if (live["spec"] or {}).get("paused"):
        return Seen(done=False, words="it is paused")
    seen = ready(live)
    if seen.done:
        return _ended(cluster, live)
    why = why_not_ready(cluster.list(pods_of(live)))
    words = f"{seen.words}; {why}" if why else seen.words
    if _gave_up(live):
        raise RolloutError(str(ref), f"its rollout failed: {words}", remedy(ref), code="rollout")
    return Seen(done=False, words=words)


def _ended(cluster: Cluster, live: Object) -> Seen:
    """A pod that ends still answers, with the proxy it has."""
    pods = cluster.list(pods_of(live))
    ending = [pod["metadata"]["name"] for pod in pods if pod["metadata"].get("deletionTimestamp")]
    return Seen(done=not ending, words=f"{len(ending)} old pod(s) still end, {ending[0]} is one" if ending else "rolled out")


def _gave_up(live: Object) -> bool:
    conditions = (live.get("status") or {}).get("conditions") or []
    return any(one.get("reason") == "ProgressDeadlineExceeded" for one in conditions)


def why_not_ready(pods: t.Iterable[Object]) -> str:
    """Of the first pod that has something to say."""
    for pod in sorted(pods, key=lambda pod: pod["metadata"]["name"]):
        reason = "" if pod["metadata"].get("deletionTimestamp") else _reason(pod.get("status") or {})
        if reason:
            return f"pod {pod['metadata']['name']}: {reason}"
    return ""


def _reason(status: Object) -> str:
    for one in status.get("conditions") or []:
        if one.get("type") == "PodScheduled" and one.get("status") == "False":
            return f"{one.get('reason')}: {one.get('message')}"
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in STARTING:
            return ": ".join(part for part in (f"container {container['name']}", waiting["reason"], waiting.get("message")) if part)
    unready = [one["name"] for one in status.get("containerStatuses") or [] if not one.get("ready")]
    return f"not ready: {', '.join(unready)}" if unready else ""
