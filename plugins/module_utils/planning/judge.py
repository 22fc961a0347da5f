# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a route is worth, from what can be observed of it; never from which controller serves it.

Each row was seen on a real proxy and a real Traefik: in ingress mode a client's C(l5d-dst-override) header is
followed unless it is replaced or removed; whatever makes a request of its own before our middleware
(ForwardAuth, error pages, mirrors) carries the client's header, or ours, to the wrong place.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Observation:
    """C(header) is none, right, wrong or client (a value the client controls)."""

    mode: str
    to_cluster_ip: bool = False
    header: str = "none"
    stripped: bool = False
    leaks: bool = False
    set_before_asking: bool = False
    astray: bool = False
    skipped_port: int = 0
    problem: str = ""
    kind: str = "http"


class Judgement(t.NamedTuple):
    verdict: str
    safe: bool
    reason: str


FULL = "through the Service's ClusterIP: Service policy and per-request load balancing apply"
ENDPOINT = "to a pod that the controller picks: mutual TLS, but no Service policy and no load balancing by the proxy"

VERDICTS: dict[str, tuple[bool, str]] = {
    "not_meshed": (True, "the controller has no proxy; nothing reads the header"),
    "safe_full": (True, f"the proxy ignores the header; {FULL}"),
    "safe_endpoint_routed": (True, f"the proxy ignores the header; {ENDPOINT}"),
    "safe_by_header": (True, "the client's header is replaced by this backend's own authority"),
    "safe_by_strip_full": (True, f"the client's header is removed at the entry point; {FULL}"),
    "safe_by_strip_endpoint_routed": (True, f"the client's header is removed at the entry point; {ENDPOINT}"),
    "auth_bypassed": (
        False,
        "the header is set before a middleware that makes its own request: that request is answered by the app itself",
    ),
    "misrouted": (False, "a header is set that names another backend"),
    "relayable": (False, "a client can reach any Service of the cluster with the l5d-dst-override header"),
    "bypasses_mesh": (True, "the dialled port is in skip-outbound-ports: the request leaves without the proxy"),
    "internal": (True, "answered by the controller itself"),
    "not_http": (True, "not HTTP: the proxy forwards it to its original destination; no header is read"),
    "broken": (True, "the controller cannot serve it"),
}
"""Each verdict: whether it is safe, and why in general. Safe means that no client can choose the backend."""

WORST_FIRST = ("auth_bypassed", "relayable", "misrouted")


def judge(seen: Observation) -> Judgement:
    verdict = _verdict(seen)
    safe, reason = VERDICTS[verdict]
    if verdict == "broken":
        reason = seen.problem
    elif verdict == "bypasses_mesh":
        reason = f"port {seen.skipped_port} is in skip-outbound-ports: the request leaves without the proxy"
    elif verdict == "relayable" and seen.leaks:
        reason = "a middleware before ours makes its own request, with the client's l5d-dst-override header in it"
    elif verdict == "misrouted" and seen.astray:
        reason = "error pages are asked for with this backend's header, so that this backend answers instead of theirs"
    return Judgement(verdict, safe, reason)


def _verdict(seen: Observation) -> str:
    if seen.kind in ("internal", "not_http"):
        return seen.kind
    if seen.problem:
        return "broken"
    if not seen.mode:
        return "not_meshed"
    if seen.mode == "ingress":
        return _in_ingress_mode(seen)
    if seen.skipped_port:
        return "bypasses_mesh"
    return "safe_full" if seen.to_cluster_ip else "safe_endpoint_routed"


def _in_ingress_mode(seen: Observation) -> str:
    if seen.header in ("right", "wrong") and seen.set_before_asking:
        return "auth_bypassed"
    if seen.header == "client" or seen.leaks:
        return "relayable"
    if seen.skipped_port:
        return "bypasses_mesh"
    if seen.header != "none":
        return "safe_by_header" if seen.header == "right" and not seen.astray else "misrouted"
    routed = "full" if seen.to_cluster_ip else "endpoint_routed"
    return f"safe_by_strip_{routed}" if seen.stripped else "relayable"


def worst(judgements: t.Sequence[Judgement]) -> Judgement:
    """Over several running pods the worst one counts."""
    for name in WORST_FIRST:
        for judgement in judgements:
            if judgement.verdict == name:
                return judgement
    return judgements[0]
