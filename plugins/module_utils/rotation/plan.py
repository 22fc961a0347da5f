# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The next step of a rotation. At every moment each proxy's bundle verifies what the issuer hands out:

the old anchor goes on signing from a copy of its Secret until every proxy trusts both, and it leaves the bundle only when no
certificate that leads to it can be in use. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ..linkerd.trust import ANCHOR
from ..model import Ref
from .snapshot import KEPT, SKEW, Proxy, Snapshot

STEPS = (
    "keep",
    "hold",
    "renew",
    "restart_control_plane",
    "restart_data_plane",
    "switch",
    "reissue",
    "restart_identity",
    "confirm",
    "renew_leaves",
    "retire",
)
"""In their order; a step that is done already is passed over."""

WAITING = {
    "bundle": "trust-manager to write the bundle",
    "issuer": "cert-manager to take notice of the ClusterIssuer",
    "anchor": "cert-manager to issue the new anchor",
    "identity": "cert-manager to issue the new identity issuer",
    "control_plane": "the control plane to be ready",
    "ending": "pods to end",
    "leaves": "certificates of the old anchor to expire",
    "outside": "proxies outside of this cluster to trust the new anchor",
    "by_hand": "pods that nobody can restart from here",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """O(begin) and O(remaining_below) begin a rotation; one that is under way goes on in any case."""

    begin: bool = False
    remaining_below: float = 0.0
    leaves: str = "restart"
    outside_ready: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One step. With O(wait), a key of WAITING, nothing is to be written; with O(restart) somebody has to restart those first."""

    step: str
    why: str
    wait: str = ""
    restart: tuple[Proxy, ...] = ()
    until: dt.datetime | None = None
    objects: tuple[Ref, ...] = ()
    older_than: dt.datetime | None = None
    """What is restarted has to be made after this; None where that is not the point."""

    @property
    def waiting_for(self) -> str:
        return WAITING.get(self.wait, "")

    @property
    def comes_by_itself(self) -> bool:
        """Within moments, without a person."""
        return self.wait in ("bundle", "issuer", "anchor", "identity", "control_plane", "ending")

    @property
    def to_come(self) -> list[str]:
        return list(STEPS[STEPS.index(self.step) :])


def next_move(seen: Snapshot, wish: Wish) -> Move | None:
    """None when there is nothing to do."""
    if not seen.under_way and not (wish.begin or seen.remaining < wish.remaining_below):
        return Move("retire", "the Bundle names what is no longer there") if seen.named else None
    stages = _HANDING_OVER if seen.used else _PREPARING
    return next(filter(None, (stage(seen, wish) for stage in stages)), None)


def _wait(step: str, what: str, why: str, **more: t.Any) -> Move:
    return Move(step, why, wait=what, **more)


# ---------------------------------------------------------------- before there is a new anchor


def _control_plane(seen: Snapshot, _wish: Wish) -> Move | None:
    step = "switch" if seen.used else "keep"
    return None if seen.control_plane_ready else _wait(step, "control_plane", seen.control_plane_words or "a restart would make it worse")


def _keep_current(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.current in seen.noted and seen.kept == seen.current and seen.named:
        return None
    return Move("keep", "the old anchor has to stay in the bundle, and its key to sign until every proxy trusts the new one")


def _synced(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.synced and seen.needed <= seen.bundle:
        return None
    step = "restart_control_plane" if seen.used else "hold"
    return _wait(step, "bundle", "the bundle has to hold both anchors before anything depends on it")


def _hold(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.signing != KEPT:
        return Move("hold", "a renewal of the identity issuer has to be signed by the old anchor until every proxy trusts the new one")
    return None if seen.signing_ready else _wait("renew", "issuer", "the new anchor must not come while it could sign")


def _renew(seen: Snapshot, _wish: Wish) -> Move:
    if seen.anchor_issuing:
        return _wait("renew", "anchor", "it was asked for")
    return Move("renew", "the old anchor is in the bundle by itself, and signs by itself")


# ---------------------------------------------------------------- from the old anchor to the new one


def _keep_used(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.used <= seen.noted and (seen.named or seen.in_force == seen.current):
        return None
    return Move("keep", "certificates in use lead to an anchor that is no longer the current one")


def _hold_again(seen: Snapshot, _wish: Wish) -> Move | None:
    """Somebody pointed the ClusterIssuer at the new anchor too early."""
    if seen.kept in ("", seen.current) or seen.signing == KEPT or _all_trust(seen):
        return None
    return Move("hold", "not every proxy trusts the new anchor yet, and the identity issuer may be renewed at any time")


def _all_trust(seen: Snapshot) -> bool:
    return seen.current in seen.bundle and not seen.stale() and not seen.lacking()


def _control_plane_trusts(seen: Snapshot, _wish: Wish) -> Move | None:
    return _restarted("restart_control_plane", seen.stale(), "it reads the bundle when it starts", older_than=seen.bundle_changed)


def _data_plane_trusts(seen: Snapshot, _wish: Wish) -> Move | None:
    return _restarted("restart_data_plane", seen.lacking(), "a proxy keeps the bundle that its pod was born with")


def _outside(seen: Snapshot, wish: Wish) -> Move | None:
    if not seen.outside or wish.outside_ready or seen.signing == ANCHOR:
        return None
    why = "give them the bundle of this cluster, then say outside_ready"
    return _wait("switch", "outside", why, objects=seen.outside)


def _switch(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.signing != ANCHOR:
        return Move("switch", "every proxy trusts both anchors")
    return None if seen.signing_ready else _wait("reissue", "issuer", "the identity issuer would be signed by the old anchor again")


def _reissue(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.issuer_anchor == seen.current:
        return None
    if seen.issuer_issuing:
        return _wait("reissue", "identity", "it was asked for")
    return Move("reissue", "every proxy trusts the new anchor, which signs from now on")


def _identity_knows(seen: Snapshot, _wish: Wish) -> Move | None:
    if seen.in_force == seen.current:
        return None
    why = "it may have missed the new issuer, and only a new pod is sure to have it"
    return _restarted("restart_identity", seen.unaware(), why, older_than=seen.issuer_changed)


def _confirm(seen: Snapshot, _wish: Wish) -> Move | None:
    return None if seen.in_force == seen.current else Move("confirm", "from now on every certificate leads to the new anchor")


def _leaves(seen: Snapshot, wish: Wish) -> Move | None:
    older = seen.older_leaves()
    if not older or seen.in_force_since is None:
        return None
    until = seen.in_force_since + seen.leaf_lifetime + SKEW
    if wish.leaves == "wait":
        return _wait("renew_leaves", "leaves", f"{len(older)} proxies may still show one", until=until)
    why = "their certificates may still lead to the old anchor"
    return _restarted("renew_leaves", older, why, until=until, older_than=seen.in_force_since)


def _retire(_seen: Snapshot, _wish: Wish) -> Move:
    return Move("retire", "no certificate in use leads to the old anchor")


def _restarted(
    step: str, behind: list[Proxy], why: str, *, until: dt.datetime | None = None, older_than: dt.datetime | None = None
) -> Move | None:
    """Restart what lags; what ends by itself is waited for, and what nobody can restart is somebody else's."""
    if not behind:
        return None
    staying = [proxy for proxy in behind if not proxy.ending]
    owned = tuple(proxy for proxy in staying if proxy.owner is not None)
    if owned:
        return Move(step, why, restart=owned, until=until, older_than=older_than)
    if staying:
        return _wait(step, "by_hand", f"{why}; delete them, or let them end", objects=tuple(proxy.pod for proxy in staying), until=until)
    return _wait(step, "ending", why, objects=tuple(proxy.pod for proxy in behind))


Stage: t.TypeAlias = "t.Callable[[Snapshot, Wish], Move | None]"

_PREPARING: tuple[Stage, ...] = (_control_plane, _keep_current, _synced, _hold, _renew)
_HANDING_OVER: tuple[Stage, ...] = (
    _keep_used,
    _hold_again,
    _synced,
    _control_plane_trusts,
    _data_plane_trusts,
    _control_plane,
    _outside,
    _switch,
    _reissue,
    _identity_knows,
    _confirm,
    _leaves,
    _retire,
)
