# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of one snapshot as Traefik sees them, and what happens to the header on the way to each backend.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Reading, Running
from ..findings import finding
from ..linkerd.skipping import SkippedPorts
from ..model import Finding, Ref
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes import ingress, ingress_route, ingress_route_tcp, traefik_service
from ..routes.base import Backend, Link, Route, Rule
from . import gateway_routes, middlewares, recipes, served, static_config
from .releases import Release
from .served import Provider
from .static_config import StaticConfig

ROUTE_KINDS = (ingress_route.KIND, *ingress_route_tcp.KINDS)


class TraefikReading(Reading):
    def __init__(self, snapshot: Snapshot, config: StaticConfig, release: Release) -> None:
        self.config = config
        self.release = release
        self.dialect = served.dialect(release)
        self.separator = served.separator(config, release)
        self.services = snapshot.services
        self.catalogue = middlewares.Catalogue(served.in_groups(snapshot, middlewares.KIND, release), self.separator)
        self.cluster_domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        self._workload = Ref.of(snapshot.workload)
        self._skipped = SkippedPorts(snapshot.linkerd)
        followed = served.own_kinds(snapshot, config, release, traefik_service.KIND)
        self.expansion = traefik_service.Expansion(followed, self.services, self.separator)
        self._guards = {section: Provider.of(config, section, release) for section in (served.INGRESS, served.CRD)}
        self.own_routes = [*self._ingresses(snapshot), *self._ingress_routes(snapshot)]
        tcp = served.own_kinds(snapshot, config, release, *ingress_route_tcp.KINDS)
        self._tcp = [ingress_route_tcp.read(obj, self.services) for obj in tcp]
        self.own_routes += self._tcp
        self.gateway = gateway_routes.reader(snapshot, config, release, self.expansion)
        self.gateway_routes = list(gateway_routes.read_routes(snapshot, config, self.gateway))
        self.routes = [*self.own_routes, *self.gateway_routes]
        self._unread = [Ref.of(obj) for kind in ROUTE_KINDS for obj in snapshot.of(kind) if obj.get("apiVersion") not in release.crd_groups]
        self._configs: dict[tuple[t.Any, ...], StaticConfig] = {}

    def _ingresses(self, snapshot: Snapshot) -> t.Iterator[Route]:
        for obj in served.ingresses(snapshot, self.config, self.release):
            route = ingress.read(obj, self.services, self.dialect)
            self._refuse_references(route, lambda _name: True)
            yield route

    def _ingress_routes(self, snapshot: Snapshot) -> t.Iterator[Route]:
        for obj in served.own_kinds(snapshot, self.config, self.release, ingress_route.KIND):
            route = ingress_route.read(obj, self.services, self.separator, self.expansion)
            self._refuse_references(route, lambda name: not name.endswith("@kubernetescrd"))
            yield route

    def may_refer(self, route: Route) -> bool:
        """Whether this route may name Middlewares as another provider's; without that, an Ingress cannot name any."""
        return route.ref.kind != ingress.KIND or not self._guards[served.INGRESS].refuses(route.ref.namespace)

    def _refuse_references(self, route: Route, foreign: t.Callable[[str], bool]) -> None:
        section = served.INGRESS if route.ref.kind == ingress.KIND else served.CRD
        if not self._guards[section].refuses(route.ref.namespace):
            return
        for rule, backend in route.backends():
            named = next((link for link in rule.chain if isinstance(link, str) and foreign(link)), "")
            if named:
                backend.problem = backend.problem or f"{section}.crossProviderNamespaces lets no route from there name {named}"

    def observe(self, rule: Rule, backend: Backend, running: Running) -> list[Observation]:
        config = self._config_of(running)
        if not rule.http:
            return [Observation(running.mode, kind="not_http")]
        if backend.kind == traefik_service.KIND and "@internal" in backend.name:
            return [Observation(running.mode, kind="internal")]
        links = (*rule.chain, *(backend.chain if self.release.service_middlewares else ()))
        chain = self.catalogue.effects(links)
        return [
            self._observation(
                running, backend, backend.problem or self._dangling((*entry, *links)), self._view(entry, chain, backend), config
            )
            for entry in config.ways_in(rule.entry_points)
        ] or [Observation(running.mode, problem=backend.problem or "none of its entry points exists")]

    def entered_through(self, rule: Rule) -> list[str]:
        """Middlewares of the entry points that a rule listens on."""
        points = self.config.entry_points_of(rule.entry_points)
        return [name for point in points for chain in point.chains for name in chain]

    def stripped_by_others(self) -> set[str]:
        """Entry points where somebody else removes the header as we would."""
        return {point.name for point in self.config.entry_points.values() if recipes.strips(point.possible_chains, self.catalogue)}

    def findings(self) -> list[Finding]:
        found = [finding("L5D209", route.ref) for route in self._tcp]
        found += [finding("L5D217", ref, ref.api_version) for ref in self._unread]
        found += self._release_findings()
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
        entered = [name for point in self.config.entry_points.values() for chain in point.chains for name in chain]
        found += recipes.findings(self.routes, self.catalogue, self.cluster_domain)
        return found + recipes.unused(self.routes, entered, self.catalogue)

    def _release_findings(self) -> list[Finding]:
        found = []
        if self.release.end_of_life:
            found.append(finding("L5D308", self._workload, f"Traefik {self.release.since} and what followed until Traefik 3"))
        if not self.release.ingress_v1 and any(route.ref.kind == ingress.KIND for route in self.routes):
            found.append(finding("L5D220", self._workload))
        if not self.release.entry_point_middlewares:
            found.append(finding("L5D219", self._workload))
        return found

    def _config_of(self, running: Running) -> StaticConfig:
        key = tuple(static_config.arguments_of(running.container))
        if key not in self._configs:
            self._configs[key] = static_config.parse(key)
        return self._configs[key]

    def _view(self, entry: t.Sequence[str], chain: t.Sequence[middlewares.Effect], backend: Backend) -> middlewares.ChainView:
        return middlewares.view([*self.catalogue.effects(entry), *chain], backend, self.cluster_domain)

    def _dangling(self, links: t.Iterable[Link]) -> str:
        missing = self.catalogue.missing(links)
        return f"Middleware {missing[0]} does not exist" if missing else ""

    def _observation(
        self, running: Running, backend: Backend, problem: str, view: middlewares.ChainView, config: StaticConfig
    ) -> Observation:
        to_cluster_ip = self._to_cluster_ip(backend, config)
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
            skipped_port=self._skipped.dialled(running.annotations, backend.port if to_cluster_ip else backend.target_port),
            problem=problem,
        )

    def _to_cluster_ip(self, backend: Backend, config: StaticConfig) -> bool:
        """The default does not reach what stands behind a TraefikService (seen on 3.7.15)."""
        if backend.kind != "Service" or not self.release.native_lb:
            return False
        if backend.native_lb is not None:
            return backend.native_lb
        by_default = self.release.native_lb_default and not backend.holder
        return by_default and config.native_lb[backend.route_kind or ("IngressRoute" if backend.path else "Ingress")]
