# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every workload of the cluster whose pods run in ingress mode, and what keeps its routes safe.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..findings import finding
from ..linkerd.annotations import INJECT
from ..model import Finding, Object, Ref, Verdict
from .around import IngressModePods
from .snapshot import Snapshot

POLICIES = ("covered", "open", "not_judged", "none")


@dataclass(frozen=True, slots=True)
class Entry:
    """C(policy) is covered or open for the controller that is audited, not_judged for another one, none for an app."""

    workload: Ref
    pods: int
    source: str
    controller: str
    policy: str

    def to_dict(self) -> Object:
        return {
            "namespace": self.workload.namespace,
            "workload": f"{self.workload.kind} {self.workload.namespace}/{self.workload.name}",
            "pods": self.pods,
            "source": self.source,
            "controller": self.controller,
            "policy": self.policy,
        }


def entries(snapshot: Snapshot, verdicts: t.Sequence[Verdict]) -> list[Entry]:
    safe = all(verdict.safe for verdict in verdicts)
    counted: dict[tuple[Ref, str, str, str], int] = {}
    for pods, count in snapshot.around.ingress_mode.items():
        key = (pods.workload, _source(snapshot, pods), pods.controller, _policy(snapshot, pods, safe=safe))
        counted[key] = counted.get(key, 0) + count
    return [Entry(workload, count, *rest) for (workload, *rest), count in sorted(counted.items())]


def findings(found: t.Iterable[Entry]) -> list[Finding]:
    return [
        finding("L5D320" if entry.policy == "none" else "L5D321", entry.workload, f"{entry.pods} pod(s), by {entry.source}")
        for entry in found
        if entry.policy in ("none", "not_judged")
    ]


def _source(snapshot: Snapshot, pods: IngressModePods) -> str:
    """The injector copies the namespace's annotation onto pods that have none, so the namespace is asked first."""
    namespace = snapshot.around.namespaces.get(pods.workload.namespace) or {}
    annotations = (namespace.get("metadata") or {}).get("annotations") or {}
    if annotations.get(INJECT) == "ingress":
        return "namespace annotation"
    return "pod annotation" if pods.annotation == "ingress" else "unknown"


def _policy(snapshot: Snapshot, pods: IngressModePods, *, safe: bool) -> str:
    if pods.workload == Ref.of(snapshot.workload):
        return "covered" if safe else "open"
    return "not_judged" if pods.controller else "none"
