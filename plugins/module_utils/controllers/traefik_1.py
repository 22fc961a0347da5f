# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik 1.7, long past its end of life: a header for each Ingress with one backend, no strip, no ClusterIP.

Facts, from its source at v1.7.34: it reads Ingresses as extensions/v1beta1 only; a default backend is served beside
rules, without authentication; Ingresses with one host and path are one frontend with the headers of whichever comes
first and the pods of all. Its entry points are often in a file that is not read here.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.authority import authority
from ..linkerd.releases import Version
from ..linkerd.skipping import SkippedPorts
from ..model import Finding, Object, Ref
from ..ownership import Edit
from ..persistence.base import Setting
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes import ingress
from ..routes.base import Backend, Route, Rule
from ..traefik import first_headers, middlewares, static_config
from ..traefik.middlewares import Effect
from ..traefik.releases import RELEASES
from ..traefik.served import Provider
from ..traefik.workload import TraefikWorkload
from .base import Kind, Part, Reading, Running

DIALECT = ingress.Dialect(service_sticky="traefik.ingress.kubernetes.io/affinity", default_beside_rules=True)
REMEDY = "Traefik 1.7 has no strip: give the Ingress one backend and no auth service or error pages, or upgrade."
Front = tuple[str, str, str]


class Traefik1Reading(Reading):
    def __init__(self, snapshot: Snapshot, container: Object) -> None:
        self.cluster_domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        self._workload = Ref.of(snapshot.workload)
        self._skipped = SkippedPorts(snapshot.linkerd)
        config = static_config.parse(static_config.arguments_of(container))
        self._unseen = not config.has("kubernetes") or config.value("configfile") != ""
        provider = Provider.of(config, "kubernetes", RELEASES[0])
        self.routes: list[Route] = []
        self._fronts: dict[Front, list[tuple[tuple[Effect, ...], Backend]]] = {}
        self._keys: dict[int, Front] = {}
        services = snapshot.services
        for obj in snapshot.of(ingress.KIND):
            annotations = first_headers.annotations_of(obj)
            if provider.watches(obj) and provider.wants(first_headers.annotation(annotations, first_headers.CLASS)):
                self._add(ingress.read(obj, services, DIALECT), annotations)

    def _add(self, route: Route, annotations: Object) -> None:
        self.routes.append(route)
        found = first_headers.effects(annotations)
        where = [first_headers.annotation(annotations, key) for key in (first_headers.ENTRY_POINTS, first_headers.PRIORITY)]
        for rule, backend in route.backends():
            self._keys[id(rule)] = (rule.name, where[0], where[1])
            self._fronts.setdefault(self._keys[id(rule)], []).append((found, backend))

    def beside(self, rule: Rule) -> set[tuple[str, str, int]]:
        """All backends of this host and path, whoever names them."""
        return {(b.namespace, b.name, b.port) for _effects, b in self._fronts[self._keys[id(rule)]] if not b.problem}

    def observe(self, rule: Rule, backend: Backend, running: Running) -> list[Observation]:
        chains = dict.fromkeys(found for found, _backend in self._fronts[self._keys[id(rule)]])
        return [self._observation(middlewares.view(chain, backend, self.cluster_domain), backend, running) for chain in chains]

    def _observation(self, view: middlewares.ChainView, backend: Backend, running: Running) -> Observation:
        return Observation(
            running.mode,
            header=view.header,
            stripped=view.stripped,
            leaks=view.leaks,
            set_before_asking=view.set_before_asking,
            astray=view.astray,
            skipped_port=self._skipped.dialled(running.annotations, backend.target_port),
            problem=backend.problem,
        )

    def findings(self) -> list[Finding]:
        found = [finding("L5D308", self._workload, "Traefik 1.7"), finding("L5D219", self._workload)]
        if self.routes:
            found.append(finding("L5D220", self._workload))
        if self._unseen:
            found.append(finding("L5D223", self._workload))
        for route in self.routes:
            found += [finding("L5D214", route.ref, problem) for problem in route.problems]
            outside = {str(backend) for _rule, backend in route.backends() if backend.external}
            found += [finding("L5D213", route.ref, name) for name in sorted(outside)]
        return found


class Traefik1(TraefikWorkload):
    name = "traefik_1"
    supported = "Traefik 1.7"
    private_ports = ("traefik", "metrics", "admin", "dashboard", "dash")
    route_kinds = (Kind(ingress.API_VERSION, ingress.KIND),)
    other_kinds = (Kind("v1", "Service"),)

    def detects(self, workload: Object) -> bool:
        return self.runs_traefik(workload) and self.version(workload)[:1] == (1,)

    def strategies(self, version: Version) -> tuple[str, ...]:
        return ("header",) if version[:2] == (1, 7) else ()

    def why_not(self, strategy: str) -> str:
        return "it always dials pods" if strategy == "cluster_ip" else ""

    def read(self, snapshot: Snapshot) -> Traefik1Reading:
        return Traefik1Reading(snapshot, self.find_container(snapshot.workload["spec"]["template"]["spec"]))

    def part(self, strategy: str, reading: Reading, snapshot: Snapshot, version: Version) -> Part:
        if not isinstance(reading, Traefik1Reading):
            raise TypeError("the reading is another controller's")
        wanted: dict[Ref, str] = {}
        findings: list[Finding] = []
        for route in reading.routes:
            value = _header_for(route, reading)
            if value:
                wanted[route.ref] = value
            else:
                findings += [finding("L5D218", route.ref, f"{rule.name} to {b}") for rule, b in route.backends() if not b.problem]
            sticky = {str(backend) for _rule, backend in route.backends() if value and backend.sticky}
            findings += [finding("L5D215", route.ref, name) for name in sorted(sticky)]

        def edits(obj: Object) -> list[Edit]:
            value = wanted.get(Ref.of(obj))
            if value is None or first_headers.header_of(first_headers.without_ours(obj)) is not None:
                return []
            return [first_headers.edit(obj, value)]

        return Part(edits=edits, findings=list(dict.fromkeys(findings)), remedy=REMEDY)

    def all_settings(self, snapshot: Snapshot) -> list[Setting]:
        return []


def _header_for(route: Route, reading: Traefik1Reading) -> str:
    """The authority of the one backend; empty where there are several, or none that a header can name."""
    backends: set[tuple[str, str, int]] = set()
    for rule, backend in route.backends():
        if backend.external or (backend.kind != "Service" and not backend.problem):
            return ""
        backends |= reading.beside(rule)
    if len(backends) != 1:
        return ""
    ((namespace, name, port),) = backends
    return authority(name, namespace, port, reading.cluster_domain)


TRAEFIK_1 = Traefik1()
