# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an experiment is made on: routes, how to reach each, and which Services may answer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from tests.live.client import ATTACKS, Attack, Lines


@dataclass(frozen=True)
class Route:
    """One way in. C(rule) is how a verdict names it, C(asked) what a middleware asks by itself on the way."""

    name: str
    kind: str
    namespace: str
    object: str
    rule: str
    host: str
    backends: tuple[str, ...]
    path: str = "/"
    entry_point: str = "web"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    asked: str = ""
    by_pod: bool = False
    """A pod is dialled even where Services are dialled by ClusterIP."""
    by_service_since: str = ""
    """The release from which on its kind can be dialled by ClusterIP."""
    turns: int = 1
    """How many requests each attack is worth, so that every backend gets some of them."""
    since: str = ""
    """The release from which on it is served at all."""
    closed_since: str = ""
    """The release from which on its owner's own recipe works, so that it is no relay in the open."""
    mirrored: bool = False
    """Its last backend gets a copy of each request, a little later."""
    a_mistake: bool = False
    """Its owner's: with it there is no header strategy, so it is there in the open only."""

    def dials_pods(self, release: str) -> bool:
        return self.by_pod or version(release) < version(self.by_service_since or "0")

    def open_in(self, release: str) -> bool:
        """Whether a client chooses its backend where there is no policy."""
        return not self.a_mistake and not (self.closed_since and version(release) >= version(self.closed_since))

    @property
    def grpc(self) -> bool:
        """It takes gRPC calls only, over HTTP/2."""
        return self.kind == "GRPCRoute"

    @property
    def attacks(self) -> tuple[Attack, ...]:
        """Those that its protocol can express."""
        return tuple(attack for attack in ATTACKS if not (self.grpc and attack.http1_only))

    @property
    def sent(self) -> Lines:
        return list(self.headers)


@dataclass(frozen=True)
class Scene:
    """C(victim) is a Service that no route names. C(manifests) and C(mistake) are files to apply; without: it is all there."""

    namespaces: tuple[str, ...]
    victim: str
    routes: tuple[Route, ...]
    manifests: tuple[Path, ...] = ()
    mistake: Path | None = None
    replicas: t.Mapping[str, int] | None = None
    ignored: tuple[str, ...] = ()
    """Objects with verdicts that no request can show."""
    on_default_entry_points: tuple[str, ...] = ()

    def of_stage(self, stage: str, release: str) -> tuple[Route, ...]:
        """What is served then."""
        wanted = [route for route in self.routes if stage == "open" or not route.a_mistake]
        return tuple(route for route in wanted if version(release) >= version(route.since or "0"))

    def route(self, name: str) -> Route:
        return next(route for route in self.routes if route.name == name)
