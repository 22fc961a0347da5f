# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set l5d-dst-override per backend, last in its chain, and remove the client's at every entry point.

The narrowest place that can carry a backend's own value is used: the service of an IngressRoute and the annotation
of a Service since Traefik 3.7, the router before. A backend that has no such place is covered by the strip.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..controllers.base import Part
from ..findings import finding
from ..linkerd.authority import authority
from ..model import Finding, Object, Ref
from ..ownership import AddItem, Edit, Path, reachable
from ..routes import ingress, ingress_route
from ..routes.base import Backend, Route, Rule
from ..routes.ingress import Dialect
from . import middlewares
from .middlewares import Catalogue


@dataclass(frozen=True, slots=True)
class Request:
    """C(home) is the controller's namespace; C(per_service): this Traefik runs a service's own middlewares."""

    routes: t.Sequence[Route]
    catalogue: Catalogue
    dialect: Dialect
    cluster_domain: str
    home: str
    per_service: bool
    api_version: str
    entered_through: t.Callable[[Rule], t.Sequence[str]] = lambda _rule: ()

    def has_error_pages(self, rule: Rule, backend: Backend) -> bool:
        """Whether somebody asks for pages on the way; that request would carry a header set for the backend (seen on 3.7.15)."""
        names = (*self.entered_through(rule), *rule.chain, *backend.chain)
        return any(effect.late for effect in self.catalogue.effects(names))


@dataclass(slots=True)
class _Draft:
    request: Request
    ports: dict[tuple[str, str], set[int]]
    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    edits: dict[Ref, list[AddItem]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def middleware(self, backend: Backend) -> Object:
        name = middlewares.set_name(backend)
        key = (backend.namespace, name)
        if key not in self.objects:
            value = authority(backend.name, backend.namespace, backend.port, self.request.cluster_domain)
            self.objects[key] = middlewares.build(self.request.api_version, name, backend.namespace, value)
        return self.objects[key]


def part(request: Request) -> Part:
    draft = _Draft(request, _ports_by_service(request))
    draft.objects[(request.home, middlewares.STRIP_NAME)] = middlewares.build(request.api_version, middlewares.STRIP_NAME, request.home, "")
    for route in request.routes:
        for rule, backend in route.backends():
            if _settable(backend):
                _place(draft, route, rule, backend)
    for first, second in _ambiguous(draft.objects, request.catalogue):
        draft.findings.append(finding("L5D214", Ref.of(second), f"Traefik cannot tell it from Middleware {first}"))

    def edits(obj: Object) -> list[Edit]:
        return [edit for edit in draft.edits.get(Ref.of(obj), []) if reachable(obj, edit.path)]

    return Part(objects=list(draft.objects.values()), edits=edits, findings=list(dict.fromkeys(draft.findings)))


def _settable(backend: Backend) -> bool:
    return backend.kind == "Service" and not backend.problem and not backend.external


def _place(draft: _Draft, route: Route, rule: Rule, backend: Backend) -> None:
    if _already_right(draft.request, rule, backend):
        return
    if draft.request.has_error_pages(rule, backend):
        draft.findings.append(finding("L5D216", route.ref, f"{rule.name} to {backend}"))
        return
    spot = _spot(draft, route, rule, backend)
    if backend.sticky:
        draft.findings.append(finding("L5D215", route.ref, str(backend)))
    if spot is None:
        draft.findings.append(finding("L5D207", route.ref, f"{rule.name} to {backend}"))
        return
    ref, edit_for = spot
    edit = edit_for(draft.middleware(backend))
    known = draft.edits.setdefault(ref, [])
    if edit.style != "csv" or edit not in known:
        known.append(edit)


def _already_right(request: Request, rule: Rule, backend: Backend) -> bool:
    """Somebody's own recipe does the job; it is counted, not doubled."""
    names = [name for name in (*rule.chain, *backend.chain) if not middlewares.is_ours(request.catalogue.get(name))]
    return middlewares.view(request.catalogue.effects(names), backend, request.cluster_domain).header == "right"


Spot = tuple[Ref, t.Callable[[Object], AddItem]]


def _spot(draft: _Draft, route: Route, rule: Rule, backend: Backend) -> Spot | None:
    request = draft.request
    if route.ref.kind == ingress_route.KIND:
        path = backend.path if request.per_service else rule.path
        alone = len(rule.backends) == 1 and backend.namespace == route.ref.namespace
        return (route.ref, lambda mw: AddItem((*path, "middlewares"), _reference(mw))) if request.per_service or alone else None
    if request.per_service and len(draft.ports[(backend.namespace, backend.name)]) == 1:
        return Ref("v1", "Service", backend.name, backend.namespace), lambda mw: _csv(request.dialect.service_chain, mw)
    alone = len({(b.namespace, b.name, b.port) for _rule, b in route.backends()}) == 1
    return (route.ref, lambda mw: _csv(request.dialect.chain, mw)) if alone else None


def _reference(middleware: Object) -> Object:
    meta = middleware["metadata"]
    return {"name": meta["name"], "namespace": meta["namespace"]}


def _csv(annotation: str, middleware: Object) -> AddItem:
    meta = middleware["metadata"]
    path: Path = ("metadata", "annotations", annotation)
    return AddItem(path, ingress_route.middleware_name(meta["namespace"], meta["name"]), "csv")


NO_HEADER = 0


def _ports_by_service(request: Request) -> dict[tuple[str, str], set[int]]:
    """The annotation of a Service speaks for all of its ports and Ingresses: it can carry a header where all want the same."""
    ports: dict[tuple[str, str], set[int]] = {}
    for route in request.routes:
        if route.ref.kind == ingress.KIND:
            for rule, backend in route.backends():
                if not backend.problem:
                    port = NO_HEADER if request.has_error_pages(rule, backend) else backend.port
                    ports.setdefault((backend.namespace, backend.name), set()).add(port)
    return ports


def _ambiguous(objects: dict[tuple[str, str], Object], catalogue: Catalogue) -> t.Iterator[tuple[str, Object]]:
    """Names across providers join namespace and name with a dash: a-b/c and a/b-c are one to Traefik."""
    seen: dict[str, tuple[str, str]] = {}
    for (namespace, name), obj in objects.items():
        joined = ingress_route.middleware_name(namespace, name)
        other = seen.setdefault(joined, (namespace, name))
        live = catalogue.get(joined)
        if live is not None and Ref.of(live).namespace != namespace:
            other = (Ref.of(live).namespace, Ref.of(live).name)
        if other != (namespace, name):
            yield "/".join(other), obj
