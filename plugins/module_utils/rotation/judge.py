# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person should know of the trust anchors. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ..findings import finding
from ..model import Finding, Ref

if t.TYPE_CHECKING:
    from .gather import Places
    from .plan import Move
    from .snapshot import Proxy, Snapshot

EVENTS_LAST = dt.timedelta(minutes=55)
"""The API server forgets events after an hour, and with them whether linkerd-identity has said anything."""
RELOADS_WITHIN = dt.timedelta(minutes=3)
"""A kubelet brings a changed Secret into a pod within about one and a half."""


def judge(seen: Snapshot, places: Places, move: Move | None) -> list[Finding]:
    """O(move) is the next step, if there is one."""
    found: list[Finding] = []
    if seen.under_way:
        found.append(finding("L5D420", places.anchor, _progress(move)))
        if not seen.kept and not seen.noted:
            found.append(finding("L5D422", places.anchor))
    found += [finding("L5D421", ref, f"{count} pod(s), such as {pod.name}") for ref, pod, count in _by_owner(_strangers(seen))]
    superfluous = seen.bundle - {seen.current} - seen.used
    if superfluous and not seen.under_way:
        found.append(finding("L5D423", places.bundle, f"{len(superfluous)} of its {len(seen.bundle)} certificates"))
    if not seen.under_way:
        left = [proxy for proxy in seen.proxies if proxy.anchors is not None and proxy.anchors - seen.bundle]
        found += [finding("L5D424", ref, f"{count} pod(s), such as {pod.name}") for ref, pod, count in _by_owner(left)]
    if _missed(seen):
        found.append(finding("L5D425", Ref("apps/v1", "Deployment", "linkerd-identity", places.linkerd)))
    if move is not None and move.wait in ("by_hand", "outside"):
        code = "L5D426" if move.wait == "by_hand" else "L5D427"
        found += [finding(code, ref, move.why) for ref in move.objects]
    return found


def _progress(move: Move | None) -> str:
    if move is None:
        return ""
    return f"next step: {move.step}" + (f", waiting for {move.waiting_for}" if move.wait else "")


def _strangers(seen: Snapshot) -> list[Proxy]:
    """Proxies that cannot verify what the issuer hands out now."""
    return [proxy for proxy in seen.proxies if proxy.anchors is not None and seen.issuer_anchor not in proxy.anchors]


def _missed(seen: Snapshot) -> bool:
    """linkerd-identity is older than the issuer, and has not said that it loaded it."""
    if not RELOADS_WITHIN < seen.now - seen.issuer_changed < EVENTS_LAST:
        return False
    return sum(moment >= seen.issuer_changed for moment in seen.loaded) < len(seen.unaware())


def _by_owner(proxies: t.Iterable[Proxy]) -> list[tuple[Ref, Ref, int]]:
    """(what to name, one of its pods, how many): one finding for a workload, not for each of its pods."""
    pods: dict[Ref, list[Ref]] = {}
    for proxy in proxies:
        pods.setdefault(proxy.owner or proxy.pod, []).append(proxy.pod)
    return [(ref, min(members), len(members)) for ref, members in sorted(pods.items())]
