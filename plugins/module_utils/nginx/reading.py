# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ingresses of one cluster as ingress-nginx serves them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Reading, Running
from ..findings import finding
from ..linkerd.releases import Version
from ..linkerd.skipping import SkippedPorts
from ..model import Finding, Object, Ref
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes import ingress
from ..routes.base import Backend, Rule
from . import admission, releases, sites
from .classes import Classes
from .flags import Flags
from .headers import Headers, data_of, snippets_count
from .sites import Site

CONFIG_FLAG = "configmap"
HEADERS_KEY = "proxy-set-headers"


class NginxReading(Reading):
    def __init__(self, snapshot: Snapshot, container: Object, version: Version) -> None:
        self.workload = Ref.of(snapshot.workload)
        self.flags = Flags(container, self.workload.namespace)
        self.version = version
        self.release = releases.release_for(version)
        self._snapshot = snapshot
        config_maps = {Ref.of(obj): obj for obj in snapshot.of("ConfigMap")}
        named = config_ref(self.flags)
        self.config_map = config_maps.get(named) if named else None
        self.config = data_of(self.config_map)
        added = headers_ref(self.config)
        domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        counts = snippets_count(self.config, self.release)
        self._headers = Headers(self.config, data_of(config_maps.get(added)) if added else {}, domain, snippets=counts)
        self._read_sites()
        self._skipped = SkippedPorts(snapshot.linkerd)

    def _read_sites(self) -> None:
        classes = Classes(self.flags, self.release, self._snapshot.of("IngressClass"))
        served = [obj for obj in self._snapshot.of(ingress.KIND) if classes.serves(obj)]
        self.sites = sites.read(served, self._snapshot.services, self.flags.value("annotations-prefix", sites.PREFIX))
        self.routes = [site.route for site in self.sites]
        self._site_of = {id(rule): site for site in self.sites for rule in site.route.rules}
        self._deciders = sites.deciders(self.sites)
        self._primary = {rule.name for site in self.sites if not site.is_on("canary") for rule in site.route.rules}

    @property
    def by_default(self) -> bool:
        """Whether an Ingress that says nothing dials ClusterIPs."""
        return self.release.global_service_upstream and sites.go_true(self.config.get(sites.SERVICE_UPSTREAM))

    def observe(self, rule: Rule, backend: Backend, running: Running) -> list[Observation]:
        site = self._site_of[id(rule)]
        if self._not_http(site):
            return [Observation(running.mode, kind="not_http")]
        switched = self._switched(backend)
        to_cluster_ip = switched and not backend.headless and not backend.external and not site.names_target(backend)
        read = running.mode == "ingress"
        header, stripped = self._headers.to_backend(site, backend) if read else ("none", False)
        dialled = backend.port if to_cluster_ip else backend.target_port
        return [
            Observation(
                running.mode,
                to_cluster_ip=to_cluster_ip,
                header=header,
                stripped=stripped,
                leaks=read and self._headers.escapes(site),
                skipped_port=self._skipped.dialled(running.annotations, dialled),
                problem=backend.problem or self._orphaned(site, rule) or self._unreachable(site, backend, switched=switched),
            )
        ]

    def findings(self) -> list[Finding]:
        found = [self._end_of_life(), *self._of_flags(), *admission.findings(self._snapshot, self.flags)]
        for site in self.sites:
            found += self._of_site(site)
        return found

    def _end_of_life(self) -> Finding:
        number = ".".join(str(part) for part in self.version) or "of an unknown version"
        detail = f"ingress-nginx {number}; the project ended in {releases.END_OF_LIFE} with {releases.LAST}"
        return finding("L5D308", self.workload, detail)

    def _of_flags(self) -> t.Iterator[Finding]:
        for name in ("tcp-services-configmap", "udp-services-configmap"):
            if self.flags.value(name):
                yield finding("L5D209", self.workload, f"what ConfigMap {self.flags.value(name)} names (--{name})")
        if self.flags.value("default-backend-service"):
            yield finding("L5D239", self.workload, f"--default-backend-service={self.flags.value('default-backend-service')}")
        if self.flags.value("watch-namespace-selector"):
            yield finding("L5D214", self.workload, "--watch-namespace-selector is not evaluated: all namespaces count")

    def _of_site(self, site: Site) -> t.Iterator[Finding]:
        ref = site.route.ref
        for problem in site.route.problems:
            yield finding("L5D214", ref, problem)
        if self._not_http(site):
            yield finding("L5D209", ref, "ssl-passthrough" if self._passes_tls(site) else f"backend-protocol: {site.protocol}")
        if site.note("upstream-vhost"):
            yield finding("L5D235", ref, site.note("upstream-vhost"))
        if site.note("default-backend"):
            yield finding("L5D239", ref, f"default-backend: {site.note('default-backend')}")
        backends = {str(backend): backend for _rule, backend in site.route.backends() if backend.kind == "Service"}
        for name, backend in sorted(backends.items()):
            if backend.external:
                yield finding("L5D213", ref, name)
            elif site.names_target(backend):
                yield finding("L5D234", ref, f"{backend.name}:{backend.written_port}")
            elif site.sticky and not backend.headless and self._switched(backend):
                yield finding("L5D236", ref, f"{name}, {site.sticky}")

    def _switched(self, backend: Backend) -> bool:
        """What the Ingress that decides over this upstream says."""
        decider = self._deciders[sites.key_of(backend)]
        return self.by_default if decider.live is None else decider.live

    def _not_http(self, site: Site) -> bool:
        return self._passes_tls(site) or site.protocol in (*sites.TLS_PROTOCOLS, *sites.FOREIGN_PROTOCOLS)

    def _passes_tls(self, site: Site) -> bool:
        return self.flags.is_on("enable-ssl-passthrough") and site.is_on("ssl-passthrough")

    def _orphaned(self, site: Site, rule: Rule) -> str:
        if not site.is_on("canary") or rule.name in self._primary or rule.name == ingress.DEFAULT_BACKEND:
            return ""
        return "no other Ingress has this host and path, so the controller drops the canary"

    @staticmethod
    def _unreachable(site: Site, backend: Backend, *, switched: bool) -> str:
        if switched and site.names_target(backend) and isinstance(backend.written_port, int) and not backend.headless:
            return f"Service {backend.namespace}/{backend.name} has no port {backend.written_port}, and service-upstream dials its ClusterIP there"
        return ""


def config_ref(flags: Flags) -> Ref | None:
    """The controller's own ConfigMap."""
    return _config_map(flags.namespaced(CONFIG_FLAG))


def headers_ref(config: Object) -> Ref | None:
    """The ConfigMap with headers that the controller's own one names."""
    namespace, slash, name = str(config.get(HEADERS_KEY) or "").partition("/")
    return _config_map((namespace, name) if slash else None)


def _config_map(place: tuple[str, str] | None) -> Ref | None:
    return Ref("v1", "ConfigMap", place[1], place[0]) if place and all(place) else None
