# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What l5d_trust_anchor says.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from .. import certificates
from ..findings import worst_first
from ..linkerd.trust import ANCHOR, TRUST_ROOTS
from ..managers import controller_of
from ..model import Object, Ref
from .judge import judge

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..errors import PlanningError
    from .gather import Found, Places
    from .plan import Move
    from .snapshot import Proxy

Facts = dict[str, t.Any]


def refused(refusal: PlanningError) -> Facts:
    """The result of an audit where nothing can be rotated."""
    return {
        **of_move(None, []),
        "possible": False,
        "why": f"{refusal.subject} {refusal.reason}",
        "under_way": False,
        "signing_secret": ANCHOR,
        "anchors": {"current": None, "previous": []},
        "proxies": {"total": 0, "lacking": 0, "older": 0},
        "findings": [],
        "steps": [],
        "diff": {"before": "", "after": ""},
    }


def of_move(move: Move | None, workloads: list[tuple[Ref, bool]]) -> Facts:
    """The next step, and who has to do what for it."""
    return {
        "done": move is None,
        "again": False,
        "step": "",
        "next": move.step if move else "",
        "why": move.why if move else "",
        "waiting_for": move.waiting_for if move else "",
        "waits_until": _time(move.until) if move else "",
        "restart": [{"kind": ref.kind, "namespace": ref.namespace, "name": ref.name} for ref, _own in workloads],
        "older_than": _time(move.older_than) if move else "",
        "control_plane": any(own for _ref, own in workloads),
        "blocking": [ref.to_dict() for ref in move.objects] if move else [],
        "to_come": move.to_come if move else [],
    }


def _time(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def of_cluster(found: Found, move: Move | None) -> Facts:
    """What is there."""
    seen, at = found.snapshot, certificates.now()
    previous = sorted((seen.bundle | seen.used) - {seen.current})
    return {
        "possible": True,
        "under_way": seen.under_way,
        "signing_secret": seen.signing,
        "anchors": {
            "current": certificates.facts(found.known[seen.current], at),
            "previous": [certificates.facts(found.known[name], at) for name in previous],
        },
        "proxies": {"total": len(seen.proxies), "lacking": len(seen.lacking()), "older": len(seen.older_leaves())},
        "findings": [finding.to_dict() for finding in worst_first(judge(found.snapshot, found.places, move))],
    }


def owners(cluster: Cluster, proxies: t.Iterable[Proxy]) -> list[tuple[Ref, bool]]:
    """The workloads to restart, the control plane's first, and whether they are its own. Behind a ReplicaSet is a Deployment."""
    found: dict[Ref, bool] = {}
    for proxy in proxies:
        if proxy.owner is not None:
            found[proxy.owner] = found.get(proxy.owner, False) or proxy.control_plane
    upper = {ref: controller_of(live or {}) for ref, live in _sets(cluster, found)}
    workloads = {upper.get(ref) or ref: own for ref, own in found.items()}
    return sorted(workloads.items(), key=lambda entry: (not entry[1], entry[0]))


def _sets(cluster: Cluster, refs: t.Iterable[Ref]) -> list[tuple[Ref, Object | None]]:
    sets = [ref for ref in refs if ref.kind == "ReplicaSet"]
    return list(zip(sets, cluster.get_many(sets), strict=True))


def remedy(move: Move, places: Places) -> str:
    """The command that shows more of what is waited for. A rotation that stands still breaks nothing."""
    more = {
        "bundle": f"`kubectl describe bundle {TRUST_ROOTS}` and `kubectl -n {places.trust} logs deploy/trust-manager`",
        "issuer": f"`kubectl describe clusterissuer {places.signer.name}` and `kubectl -n {places.trust} logs deploy/cert-manager`",
        "anchor": f"`kubectl -n {places.trust} describe certificate {ANCHOR}` and `kubectl -n {places.trust} get certificaterequests`",
        "identity": f"`kubectl -n {places.linkerd} describe certificate {places.issuer.name}`",
        "control_plane": f"`kubectl -n {places.linkerd} get pods` and `kubectl -n {places.linkerd} get events`",
        "ending": "`kubectl get pods -A` for pods that are Terminating: " + ", ".join(map(str, move.objects[:3])),
    }[move.wait]
    return f"See {more}. The mesh works on as it is; run this again to go on."
