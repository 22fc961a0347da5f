# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik 3.x, bundled by k3s or from its own chart.

Facts: runs of Traefik 3.7.15 against a real API (routers without a middleware pass a client's header on; entry point
middlewares run first, the router's next, the Service's last and only since 3.7; a router that names a Middleware that
does not exist answers 404), and its providers' source for classes, default backends and native load balancing.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..errors import InputError, PlanningError
from ..findings import finding
from ..linkerd import ports as port_sets
from ..linkerd.annotations import SKIP_OUTBOUND
from ..linkerd.releases import Version
from ..linkerd.releases import version as parse_version
from ..model import Finding, Object, Ref
from ..ownership import AddItem, SetLeaf
from ..persistence.base import Setting, Store
from ..persistence.helm_chart_config import HelmChartConfigStore, find_chart
from ..persistence.pod_template import PodTemplateStore
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes import ingress, ingress_route
from ..routes.base import Backend, Route, Rule, mapping, text
from ..traefik import header_part, middlewares, native_part, static_config
from ..traefik.static_config import StaticConfig
from .base import Controller, Kind, Part, Reading, Running, image_parts

INGRESS_CONTROLLER = "traefik.io/ingress-controller"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "traefik"
IMAGES = ("traefik", "mirrored-library-traefik")
DIALECT = ingress.Dialect(
    chain="traefik.ingress.kubernetes.io/router.middlewares",
    entry_points="traefik.ingress.kubernetes.io/router.entrypoints",
    service_chain="traefik.ingress.kubernetes.io/service.middlewares",
    service_native_lb="traefik.ingress.kubernetes.io/service.nativelb",
    service_sticky="traefik.ingress.kubernetes.io/service.sticky.cookie",
)


class TraefikReading(Reading):
    def __init__(self, snapshot: Snapshot, config: StaticConfig) -> None:
        self.config = config
        self.catalogue = middlewares.Catalogue(snapshot.of(middlewares.KIND))
        self.cluster_domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        self._workload = Ref.of(snapshot.workload)
        self._default_skip = snapshot.linkerd.skip_outbound if snapshot.linkerd else port_sets.DEFAULT_SKIP
        self.routes = list(_read_routes(snapshot, config))
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
            for point in config.entry_points_of(rule.entry_points)
            for entry in point.possible_chains
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


class Traefik(Controller):
    name = "traefik"
    container = "traefik"
    private_ports = ("traefik", "metrics", "admin")
    route_kinds = (Kind(ingress.API_VERSION, ingress.KIND), Kind(ingress_route.API_VERSION, ingress_route.KIND, optional=True))
    other_kinds = (
        Kind("v1", "Service"),
        Kind("networking.k8s.io/v1", "IngressClass"),
        Kind(ingress_route.API_VERSION, "IngressRouteTCP", optional=True),
        Kind(ingress_route.API_VERSION, "IngressRouteUDP", optional=True),
    )
    owned_kinds = (Kind(middlewares.API_VERSION, middlewares.KIND, optional=True),)

    def detects(self, workload: Object) -> bool:
        containers = workload["spec"]["template"]["spec"].get("containers") or []
        return any(image_parts(str(c.get("image", "")))[0].rsplit("/", 1)[-1] in IMAGES for c in containers)

    def version(self, workload: Object) -> Version:
        image = str(self.find_container(workload["spec"]["template"]["spec"]).get("image", ""))
        return parse_version(image_parts(image)[1])

    def strategies(self, version: Version) -> tuple[str, ...]:
        return ("cluster_ip", "header") if version >= (3,) else ()

    def read(self, snapshot: Snapshot) -> TraefikReading:
        return TraefikReading(snapshot, self.config(snapshot))

    def config(self, snapshot: Snapshot) -> StaticConfig:
        template = snapshot.workload["spec"]["template"]
        return static_config.parse(self.find_container(template["spec"]).get("args") or [])

    def part(self, strategy: str, reading: Reading, snapshot: Snapshot, version: Version) -> Part:
        if not isinstance(reading, TraefikReading):
            raise TypeError("the reading is another controller's")
        workload = Ref.of(snapshot.workload)
        _refuse_unreadable(workload, reading.config)
        if strategy == "cluster_ip":
            return native_part.part(reading.routes, DIALECT, self._native_settings(reading.config))
        _refuse_blind(workload, reading)
        request = header_part.Request(
            routes=reading.routes,
            catalogue=reading.catalogue,
            dialect=DIALECT,
            cluster_domain=reading.cluster_domain,
            home=workload.namespace,
            per_service=version >= (3, 7),
            entered_through=reading.entered_through,
        )
        part = header_part.part(request)
        part.settings += self._strip_settings(snapshot, _named_entry_points(reading.routes))
        return part

    def all_settings(self, snapshot: Snapshot) -> list[Setting]:
        return [*self._native_settings(None), *self._strip_settings(snapshot, {static_config.INTERNAL_ENTRY_POINT})]

    def store(self, snapshot: Snapshot) -> Store:
        chart = find_chart(snapshot.charts, snapshot.workload)
        container = self.find_container(snapshot.workload["spec"]["template"]["spec"])
        if chart is None:
            return PodTemplateStore(snapshot.workload, container["name"])
        chart_ref = Ref.of(chart)
        config = next((c for c in snapshot.configs if (Ref.of(c).namespace, Ref.of(c).name) == (chart_ref.namespace, chart_ref.name)), None)
        return HelmChartConfigStore(chart, config, container.get("args") or ())

    @staticmethod
    def _native_settings(config: StaticConfig | None) -> list[Setting]:
        """Of the providers that are on: an option of one that is off would switch it on."""
        return [
            Setting(
                SetLeaf(("providers", provider, "nativeLBByDefault"), True),
                AddItem((), f"--providers.{provider.lower()}.nativeLBByDefault=true"),
            )
            for provider in ("kubernetesCRD", "kubernetesIngress")
            if config is None or config.has(f"providers.{provider.lower()}")
        ]

    def _strip_settings(self, snapshot: Snapshot, named: set[str]) -> list[Setting]:
        """On every HTTP entry point; on Traefik's own only where a route uses it, because its ping must not depend on a Middleware."""
        item = ingress_route.middleware_name(Ref.of(snapshot.workload).namespace, middlewares.STRIP_NAME)
        points = [p for p in self.config(snapshot).entry_points.values() if not p.udp]
        wanted = [p.name for p in points if p.name.lower() != static_config.INTERNAL_ENTRY_POINT or p.name.lower() in named]
        return [_strip_setting(name, item) for name in sorted(wanted)]


def _strip_setting(entry_point: str, item: str) -> Setting:
    style = f"flag:--entryPoints.{entry_point}.http.middlewares="
    return Setting(AddItem(("additionalArguments",), item, style, first=True), AddItem((), item, style, first=True))


def _named_entry_points(routes: t.Iterable[Route]) -> set[str]:
    return {name.lower() for route in routes for rule in route.rules for name in rule.entry_points}


def _parsable(written: str) -> list[port_sets.PortRange]:
    """What linkerd-init would make of somebody's annotation; what it cannot read skips nothing."""
    found: list[port_sets.PortRange] = []
    for item in written.split(","):
        with contextlib.suppress(InputError):
            found += port_sets.parse(item)
    return found


def _refuse_unreadable(workload: Ref, config: StaticConfig) -> None:
    """One argument of ours, and Traefik would no longer look at a file or at its environment."""
    if not config.reads_kubernetes:
        raise PlanningError(
            str(workload),
            "the arguments of its container name no Kubernetes provider: its static configuration is somewhere else",
            "Give Traefik its static configuration as arguments; a file or environment variables are not read here.",
        )


def _refuse_blind(workload: Ref, reading: TraefikReading) -> None:
    """An entry point or a router that names a Middleware which Traefik does not see answers 404."""
    config, provider = reading.config, "providers.kubernetescrd"
    remedy = "Use strategy: cluster_ip, which needs no Middleware, or change that option."
    if not config.has(provider):
        raise PlanningError(str(workload), "Traefik's kubernetescrd provider is off, so it reads no Middlewares", remedy)
    if config.value(f"{provider}.labelselector"):
        raise PlanningError(str(workload), f"its option {provider}.labelselector would hide our Middlewares from it", remedy)
    watched = config.listed(f"{provider}.namespaces")
    needed = {workload.namespace, *(backend.namespace for route in reading.routes for _rule, backend in route.backends())}
    unseen = sorted(needed - set(watched))
    if watched and unseen:
        raise PlanningError(str(workload), f"its option {provider}.namespaces leaves out {', '.join(unseen)}", remedy)


def _read_routes(snapshot: Snapshot, config: StaticConfig) -> t.Iterator[Route]:
    services = snapshot.services
    wanted = config.value("providers.kubernetesingress.ingressclass")
    classes = {
        c["metadata"]["name"]
        for c in snapshot.of("IngressClass")
        if mapping(c.get("spec")).get("controller") == INGRESS_CONTROLLER and wanted in ("", c["metadata"]["name"])
    }
    if config.has("providers.kubernetesingress"):
        for obj in snapshot.of(ingress.KIND):
            if _serves_ingress(obj, classes, wanted):
                yield ingress.read(obj, services, DIALECT)
    if config.has("providers.kubernetescrd"):
        wanted_crd = config.value("providers.kubernetescrd.ingressclass")
        for obj in snapshot.of(ingress_route.KIND):
            if _fits(_class_of(obj), wanted_crd):
                yield ingress_route.read(obj, services)


def _serves_ingress(obj: Object, classes: set[str], wanted: str) -> bool:
    named = mapping(obj.get("spec")).get("ingressClassName")
    if named is not None:
        return text(named) in classes
    return _fits(text(mapping(mapping(obj.get("metadata")).get("annotations")).get(CLASS_ANNOTATION)), wanted)


def _class_of(obj: Object) -> str:
    named = mapping(obj.get("spec")).get("ingressClassName")
    return text(named) or text(mapping(mapping(obj.get("metadata")).get("annotations")).get(CLASS_ANNOTATION))


def _fits(name: str, wanted: str) -> bool:
    return name == wanted or (not wanted and name == DEFAULT_CLASS)


TRAEFIK = Traefik()
