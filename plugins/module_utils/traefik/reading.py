# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of one snapshot as Traefik sees them, and what happens to the header on the way to each backend.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..controllers.base import Reading, Running
from ..errors import InputError
from ..findings import finding
from ..linkerd import ports as port_sets
from ..linkerd.annotations import SKIP_OUTBOUND
from ..model import Finding, Ref
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes.base import Backend, Rule
from . import middlewares, served, static_config
from .releases import Release
from .static_config import StaticConfig


class TraefikReading(Reading):
    def __init__(self, snapshot: Snapshot, config: StaticConfig, release: Release) -> None:
        self.config = config
        self.release = release
        self.dialect = served.dialect(release)
        self.catalogue = middlewares.Catalogue(served.in_groups(snapshot, middlewares.KIND, release))
        self.cluster_domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        self._workload = Ref.of(snapshot.workload)
        self._default_skip = snapshot.linkerd.skip_outbound if snapshot.linkerd else port_sets.DEFAULT_SKIP
        self.routes = list(served.read_routes(snapshot, config, release))
        self._tcp = [Ref.of(obj) for kind in ("IngressRouteTCP", "IngressRouteUDP") for obj in snapshot.of(kind)]
        self._configs: dict[tuple[t.Any, ...], StaticConfig] = {}
        self._skipped: dict[str, list[port_sets.PortRange]] = {}

    def observe(self, rule: Rule, backend: Backend, running: Running) -> list[Observation]:
        config = self._config_of(running)
        if backend.kind == "TraefikService" and "@internal" in backend.name:
            return [Observation(running.mode, kind="internal")]
        names = (*rule.chain, *backend.chain)
        chain = self.catalogue.effects(names)
        return [
            self._observation(
                running, backend, backend.problem or self._dangling((*entry, *names)), self._view(entry, chain, backend), config
            )
            for entry in config.ways_in(rule.entry_points)
        ] or [Observation(running.mode, problem=backend.problem or "none of its entry points exists")]

    def entered_through(self, rule: Rule) -> list[str]:
        """Middlewares of the entry points that a rule listens on."""
        points = self.config.entry_points_of(rule.entry_points)
        return [name for point in points for chain in point.chains for name in chain]

    def findings(self) -> list[Finding]:
        found = [finding("L5D209", ref) for ref in self._tcp]
        if not self.config.reads_kubernetes:
            found.append(finding("L5D305", self._workload, "they name no Kubernetes provider"))
        twice = [point.name for point in self.config.entry_points.values() if len(point.chains) > 1]
        found += [finding("L5D307", self._workload, f"--entryPoints.{name}.http.middlewares") for name in twice]
        for route in self.routes:
            found += [finding("L5D214", route.ref, problem) for problem in route.problems]
            outside = {str(backend) for _rule, backend in route.backends() if backend.external}
            found += [finding("L5D213", route.ref, name) for name in sorted(outside)]
            missing = {name for rule in route.rules for name in self.catalogue.missing(rule.chain)}
            found += [finding("L5D210", route.ref, name) for name in sorted(missing)]
        return found

    def _config_of(self, running: Running) -> StaticConfig:
        key = tuple(running.container.get("args") or ())
        if key not in self._configs:
            self._configs[key] = static_config.parse(key)
        return self._configs[key]

    def _skipped_port(self, running: Running, port: t.Any) -> int:
        """The dialled port if skip-outbound-ports names it. A named target port is not known here."""
        written = running.annotations.get(SKIP_OUTBOUND, self._default_skip)
        if not isinstance(port, int):
            return 0
        if written not in self._skipped:
            self._skipped[written] = _parsable(written)
        return port if port_sets.contains(self._skipped[written], port) else 0

    def _view(self, entry: t.Sequence[str], chain: t.Sequence[middlewares.Effect], backend: Backend) -> middlewares.ChainView:
        return middlewares.view([*self.catalogue.effects(entry), *chain], backend, self.cluster_domain)

    def _dangling(self, names: t.Iterable[str]) -> str:
        missing = self.catalogue.missing(names)
        return f"Middleware {missing[0]} does not exist" if missing else ""

    def _observation(
        self, running: Running, backend: Backend, problem: str, view: middlewares.ChainView, config: StaticConfig
    ) -> Observation:
        to_cluster_ip = self.to_cluster_ip(backend, config)
        if backend.headless and to_cluster_ip:
            problem = problem or f"Service {backend.namespace}/{backend.name} has no ClusterIP and is not opted out of nativeLB"
        return Observation(
            running.mode,
            to_cluster_ip=to_cluster_ip and not backend.external,
            header=view.header,
            stripped=view.stripped,
            leaks=view.leaks,
            set_before_asking=view.set_before_asking,
            astray=view.astray,
            skipped_port=self._skipped_port(running, backend.port if to_cluster_ip else backend.target_port),
            problem=problem,
        )

    @staticmethod
    def to_cluster_ip(backend: Backend, config: StaticConfig) -> bool:
        if backend.kind != "Service":
            return False
        route_kind = "IngressRoute" if backend.path else "Ingress"
        return config.native_lb[route_kind] if backend.native_lb is None else backend.native_lb


def _parsable(written: str) -> list[port_sets.PortRange]:
    """What linkerd-init would make of somebody's annotation; what it cannot read skips nothing."""
    found: list[port_sets.PortRange] = []
    for item in written.split(","):
        with contextlib.suppress(InputError):
            found += port_sets.parse(item)
    return found
