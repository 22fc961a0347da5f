# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an object is ready, and in which words it says why not. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..cluster import Seen

if t.TYPE_CHECKING:
    from ..model import Object, Ref

_CONDITIONS = {
    ("cert-manager.io", "Certificate"): "Ready",
    ("cert-manager.io", "Issuer"): "Ready",
    ("cert-manager.io", "ClusterIssuer"): "Ready",
    ("trust.cert-manager.io", "Bundle"): "Synced",
    ("trust.cert-manager.io", "ClusterBundle"): "Synced",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "Established",
}
ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")
_OUT = Seen(done=True, words="rolled out")


def can_tell(api_version: str, kind: str) -> bool:
    """Whether anything is known about when such an object is ready."""
    group = api_version.rpartition("/")[0]
    return (group, kind) in _CONDITIONS or (group == "apps" and kind in ROLLED_OUT)


def ready(live: Object | None, condition: str = "") -> Seen:
    """Whether the object is ready: by its kind, or by the condition that is named."""
    if live is None:
        return Seen(done=False, words="it does not exist")
    group = live["apiVersion"].rpartition("/")[0]
    condition = condition or _CONDITIONS.get((group, live["kind"]), "")
    if condition:
        return _by_condition(live, condition)
    if group == "apps" and live["kind"] in ROLLED_OUT:
        return _rollout(live)
    return Seen(done=True, words="it exists")


def condition_of(live: Object, name: str) -> Object:
    """What its status says under that name; empty where it says nothing."""
    conditions = (live.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == name), {})


def _by_condition(live: Object, name: str) -> Seen:
    generation = live["metadata"].get("generation", 0)
    found = condition_of(live, name)
    if not found:
        return Seen(done=False, words=f"no condition {name} yet")
    if found.get("observedGeneration", generation) < generation:
        return Seen(done=False, words=f"{name} still speaks of an older generation")
    words = f"{name}={found.get('status')}"
    if found.get("reason") or found.get("message"):
        words += f" ({': '.join(str(found[key]) for key in ('reason', 'message') if found.get(key))})"
    return Seen(done=found.get("status") == "True", words=words)


def _rollout(live: Object) -> Seen:
    status = live.get("status") or {}
    if status.get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return Seen(done=False, words="its controller has not seen the change yet")
    if live["kind"] == "DaemonSet":
        wanted, updated, available = (
            int(status.get(key) or 0) for key in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
        )
        old = 0
    else:
        wanted = int(live["spec"].get("replicas", 1))
        updated, available = (int(status.get(key) or 0) for key in ("updatedReplicas", "availableReplicas"))
        old = int(status.get("replicas") or 0) - updated
    if updated >= wanted and available >= wanted and old <= 0:
        return _OUT
    words = f"{updated} of {wanted} updated, {available} available" + (f", {old} old ones left" if old > 0 else "")
    stuck = next((entry for entry in status.get("conditions") or [] if entry.get("status") == "False" and entry.get("message")), None)
    return Seen(done=False, words=f"{words} ({stuck['message']})" if stuck else words)


def remedy(ref: Ref) -> str:
    """The command that shows more."""
    where = f"-n {ref.namespace} " if ref.namespace else ""
    group = ref.api_version.rpartition("/")[0]
    kind = f"{ref.kind.lower()}.{group}" if group else ref.kind.lower()
    more = f" and `kubectl {where}get certificaterequests`" if ref.kind == "Certificate" else ""
    more = f" and `kubectl {where}get pods`" if ref.kind in ROLLED_OUT else more
    return f"See `kubectl {where}describe {kind} {ref.name}`{more}."
