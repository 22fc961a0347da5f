# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every part of the joint plan works from.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..controllers.base import Controller, Reading
from ..linkerd.releases import Version
from ..model import OWNER_LABEL, OWNER_VALUE, Desire, Object, Phase, Ref, Step
from ..persistence.base import Store
from ..tracing.collector import Tracing
from .matching import overlaid
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Intent:
    """What the user asked for. C(strategy) is auto, cluster_ip, header or none; C(mode) is auto, enabled or ingress."""

    strategy: str = "auto"
    mode: str = "auto"
    kube_system: str = "narrow_webhook"
    skip_inbound: t.Any = "auto"
    skip_outbound: t.Any = "auto"
    allow_relayable: bool = False
    writes: bool = True
    """False where the plan is only to be read, by whoever keeps the objects among others."""
    force: bool = False
    """Write into objects that somebody else keeps as they are."""
    adopt: bool = False
    """Take over what somebody else wrote to set or remove the header."""
    mesh: bool = True
    """False for l5d_header_policy: the routes, and the settings only of a controller that is meshed already."""
    now: str = ""
    tracing: Tracing | None = None
    """None leaves the controller's own as they are."""


@dataclass(frozen=True, slots=True)
class Context:
    snapshot: Snapshot
    intent: Intent
    controller: Controller
    reading: Reading
    store: Store
    version: Version

    @classmethod
    def of(cls, snapshot: Snapshot, intent: Intent, controller: Controller) -> Context:
        return cls(
            snapshot, intent, controller, controller.read(snapshot), controller.store(snapshot), controller.version(snapshot.workload)
        )

    @property
    def workload(self) -> Ref:
        return Ref.of(self.snapshot.workload)

    @property
    def template(self) -> Object:
        template: Object = self.snapshot.workload["spec"]["template"]
        return template


def own_step(phase: Phase, before: Object | None, after: Object | None, why: str) -> Step:
    """A write of an object that is ours alone."""
    shown = overlaid(before, after) if before and after else after
    return Step(phase, Ref.of(after or before or {}), lambda _live: after, why, own=True, before=before, after=shown)


def foreign_step(phase: Phase, before: Object, after: Object, change: t.Callable[[Object], Object], why: str) -> Step:
    """A change inside somebody else's object; gone meanwhile means nothing to do."""

    def desire(live: Object | None) -> Object | None:
        return change(live) if live is not None else None

    return Step(phase, Ref.of(before), desire, why, before=before, after=after)


def stored_step(store: Store, desire: Desire) -> list[Step]:
    """The write of the settings, if it changes anything. The object may come into being, or go, with it."""
    after = desire(store.live)
    if store.live == after:
        return []
    return [Step(Phase.WORKLOAD, store.ref, desire, "pod annotations and controller settings", before=store.live, after=after)]


def is_ours(obj: Object) -> bool:
    return ((obj.get("metadata") or {}).get("labels") or {}).get(OWNER_LABEL) == OWNER_VALUE
