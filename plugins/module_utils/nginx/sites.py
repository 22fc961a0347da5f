# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ingresses as ingress-nginx sees them: their annotations, and which of them decides over a shared upstream.

An upstream is a Service and a port as it is written. The oldest Ingress that names it decides how it is dialled, for
all others too; a default backend decides whatever its age.

Source: createUpstreams, serviceEndpoints and getServiceClusterEndpoint of controller v1.15.1.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import Object
from ..ownership import SetLeaf, is_recorded, owned
from ..routes import ingress
from ..routes.base import Backend, Route, Services, mapping, mappings, text

Key = tuple[str, str, str]
"""Namespace, Service and port as written: what the controller makes one upstream of."""

PREFIX = "nginx.ingress.kubernetes.io"
SERVICE_UPSTREAM = "service-upstream"
DIALECT = ingress.Dialect(default_beside_rules=True)
TLS_PROTOCOLS = ("HTTPS", "GRPCS")
FOREIGN_PROTOCOLS = ("FCGI", "AJP")


@dataclass(slots=True)
class Site:
    """One Ingress. C(owners) is what its owner says about service-upstream, C(live) what stands there now, ours included."""

    route: Route
    prefix: str
    annotations: Object
    live: bool | None
    owners: bool | None
    targets: frozenset[int]

    def note(self, name: str) -> str:
        return text(self.annotations.get(f"{self.prefix}/{name}"))

    def is_on(self, name: str) -> bool:
        return go_true(self.note(name))

    def names_target(self, backend: Backend) -> bool:
        """Whether it gives the port of the pods: fine as long as the controller dials them, and wrong for the ClusterIP."""
        return id(backend) in self.targets

    @property
    def sticky(self) -> str:
        """What would mean nothing if there were only one address to dial."""
        if self.note("affinity") == "cookie":
            return "affinity: cookie"
        return "upstream-hash-by" if self.note("upstream-hash-by") else ""

    @property
    def protocol(self) -> str:
        return self.note("backend-protocol").upper() or "HTTP"


def read(objects: t.Iterable[Object], services: Services, prefix: str) -> list[Site]:
    """In the controller's order: by age, those of one second by their name backwards."""
    named = sorted(objects, key=_name, reverse=True)
    return [
        _site(obj, services, prefix) for obj in sorted(named, key=lambda obj: text(mapping(obj.get("metadata")).get("creationTimestamp")))
    ]


def _site(obj: Object, services: Services, prefix: str) -> Site:
    route = ingress.read(obj, services, DIALECT)
    targets = frozenset(id(backend) for _rule, backend in route.backends() if _resolve_target(backend))
    annotations = mapping(mapping(obj.get("metadata")).get("annotations"))
    key = f"{prefix}/{SERVICE_UPSTREAM}"
    live = go_true(annotations[key]) if key in annotations else None
    ours = is_recorded(obj) and any(edit == SetLeaf(("metadata", "annotations", key), annotations.get(key)) for edit in owned(obj))
    return Site(route, prefix, annotations, live, None if ours else live, targets)


def go_true(value: t.Any) -> bool:
    """As Go's ParseBool; what it cannot read counts as false."""
    return text(value) in ("1", "t", "T", "true", "TRUE", "True")


def key_of(backend: Backend) -> Key:
    return backend.namespace, backend.name, str(backend.written_port)


def deciders(sites: t.Iterable[Site]) -> dict[Key, Site]:
    found: dict[Key, Site] = {}
    for site in sites:
        for rule, backend in site.route.backends():
            if rule.name == ingress.DEFAULT_BACKEND:
                found[key_of(backend)] = site
            else:
                found.setdefault(key_of(backend), site)
    return found


def _first_match(backend: Backend) -> Object | None:
    written = str(backend.written_port)
    for port in mappings(mapping(mapping(backend.service).get("spec")).get("ports")):
        if written in (str(port.get("port")), str(port.get("targetPort", "")), text(port.get("name"))):
            return port
    return None


def _resolve_target(backend: Backend) -> bool:
    """Whether the port as written is one of the pods' that the Service does not have; then the Service's own one is looked up."""
    if not backend.problem and len(mappings(mapping(mapping(backend.service).get("spec")).get("ports"))) == 1:
        return False
    port = None if backend.external else _first_match(backend)
    if port is None or str(backend.written_port) in (str(port.get("port")), text(port.get("name"))):
        return False
    if isinstance(port.get("port"), int):
        backend.port, backend.target_port, backend.problem = port["port"], port.get("targetPort"), ""
    return True


def _name(obj: Object) -> str:
    meta = mapping(obj.get("metadata"))
    return f"{text(meta.get('namespace'))}/{text(meta.get('name'))}"
