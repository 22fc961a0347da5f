# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence, read: which Service was dialled, which would have answered, and what the module had said."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.rest import Object
from tests.live.proxy_rule import Mesh, destination, overrides
from tests.live.scene import Route


@dataclass(frozen=True)
class Hop:
    """One request that left Traefik. C(dialled) is where it went, C(answers) who answers once the proxy has its say."""

    attack: str
    dialled: str
    answers: str
    pod: bool
    overrides: list[str]


@dataclass(frozen=True)
class Story:
    """One route in one stage. C(verdicts) by backend."""

    route: Route
    hops: list[Hop]
    statuses: set[int]
    verdicts: dict[str, str]

    def to(self, services: t.Collection[str]) -> list[Hop]:
        return [hop for hop in self.hops if hop.dialled in services]

    @property
    def to_backends(self) -> list[Hop]:
        return self.to(self.route.backends)

    @property
    def asked(self) -> list[Hop]:
        """What a middleware asked by itself."""
        return self.to((self.route.asked,))


def read(evidence: Object, stage_name: str, route: Route) -> Story:
    stage = evidence["stages"][stage_name]
    seen = [observation for observation in stage["observations"] if observation["route"] == route.name]
    mesh = Mesh(stage["mode"], {service for address in evidence["addresses"].values() for service in address["services"]})
    hops = [
        _hop(observation["attack"], arrival, evidence["addresses"][arrival["local"]], mesh, route)
        for observation in seen
        for arrival in observation["arrivals"]
    ]
    return Story(route, hops, {observation["status"] for observation in seen}, _verdicts(stage["module"]["verdicts"], route))


def _hop(attack: str, arrival: Object, address: Object, mesh: Mesh, route: Route) -> Hop:
    """Several Services can share a pod: the one that the route means is meant."""
    meant = [service for service in address["services"] if service in (*route.backends, route.asked)]
    dialled = (meant or address["services"])[0]
    return Hop(attack, dialled, destination(mesh, arrival["headers"], dialled), address["pod"], overrides(arrival["headers"]))


def of_route(verdict: Object, route: Route) -> bool:
    obj = verdict["object"]
    return (obj["kind"], obj["namespace"], obj["name"], verdict["rule"]) == (route.kind, route.namespace, route.object, route.rule)


def _verdicts(verdicts: list[Object], route: Route) -> dict[str, str]:
    return {verdict["backend"]: verdict["verdict"] for verdict in verdicts if of_route(verdict, route)}
