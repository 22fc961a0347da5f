# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collectors that somebody else runs already, by the port that OpenTelemetry gave them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..findings import finding
from ..linkerd.annotations import EXTENSION_LABEL
from ..model import OWNER_LABEL, OWNER_VALUE, Finding, Ref
from .collector import OTLP_PORT, Collector, Endpoint, Scene
from .judging import account_of, is_meshed, judge


@dataclass(frozen=True, slots=True)
class Candidate:
    collector: Collector
    object: Ref
    meshed: bool

    def to_dict(self) -> dict[str, t.Any]:
        return {**self.collector.to_dict(), "object": self.object.to_dict(), "meshed": self.meshed}


def candidates(scene: Scene) -> list[Candidate]:
    """Services with OpenTelemetry's port and pods behind them; not ours, not the extension's, and no headless twin of another."""
    found = []
    for service in scene.services:
        meta, spec = service["metadata"], service.get("spec") or {}
        labels = meta.get("labels") or {}
        port_numbers = [port.get("port") for port in spec.get("ports") or []]
        foreign = labels.get(OWNER_LABEL) != OWNER_VALUE and EXTENSION_LABEL not in labels
        if not foreign or OTLP_PORT not in port_numbers or spec.get("clusterIP") == "None":
            continue
        accounts = {account_of(pod) for pod in scene.pods_of(service)}
        if len(accounts) == 1:
            endpoint = Endpoint(meta["name"], meta["namespace"], OTLP_PORT)
            found.append(Candidate(Collector(endpoint, accounts.pop(), meta["namespace"]), Ref.of(service), is_meshed(scene, service)))
    return sorted(found, key=lambda candidate: (not candidate.meshed, candidate.object))


def choose(scene: Scene, found: t.Sequence[Candidate]) -> tuple[Collector | None, list[Finding]]:
    """The one that spans would reach. None where none is fit, or more than one: that is a person's choice."""
    fit = [candidate for candidate in found if candidate.meshed and not judge(scene, candidate.collector)]
    if len(fit) == 1:
        return fit[0].collector, []
    if fit:
        names = ", ".join(candidate.collector.to_dict()["endpoint"] for candidate in fit)
        return None, [finding("L5D196", candidate.object, f"one of {names}") for candidate in fit[:1]]
    return None, [finding("L5D196", candidate.object, _why_not(scene, candidate)) for candidate in found]


def _why_not(scene: Scene, candidate: Candidate) -> str:
    reasons = judge(scene, candidate.collector)
    return reasons[0].reason if reasons else "it is not meshed"


def own(scene: Scene, endpoint: Endpoint) -> bool:
    """Whether this Service is there, and this collection made it."""
    service = scene.service(endpoint)
    return service is not None and (service["metadata"].get("labels") or {}).get(OWNER_LABEL) == OWNER_VALUE
