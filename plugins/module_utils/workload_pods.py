# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to ask for the pods of a workload.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from .cluster import Query
from .model import Object, Ref


def pods_of(workload: Object) -> Query:
    """The pods of a workload, old ReplicaSets' too, as long as they may answer requests."""
    selector = (workload["spec"].get("selector") or {}).get("matchLabels") or {}
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return Query("v1", "Pod", Ref.of(workload).namespace, labels, project=_living)


def _living(pod: Object) -> Object | None:
    phase = (pod.get("status") or {}).get("phase")
    pod["metadata"].pop("managedFields", None)
    return None if phase in ("Succeeded", "Failed") else pod
