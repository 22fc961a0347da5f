# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set l5d-dst-override per backend, last in its chain, and remove the client's at every entry point.

The narrowest place that can carry a backend's own value is used: the service of an IngressRoute, the child of a
TraefikService and the annotation of a Service since Traefik 3.7, the router before. A backend that has no such place
is covered by the strip; where a release has none, the plan refuses such a route.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..controllers.base import Part
from ..findings import finding
from ..linkerd.authority import authority
from ..model import Finding, Object, Ref
from ..ownership import AddItem, Edit, within_reach
from ..routes import ingress, ingress_route
from ..routes.base import Backend, Route, Rule
from ..routes.ingress import Dialect
from . import middlewares
from .middlewares import Catalogue
from .releases import Release


@dataclass(frozen=True, slots=True)
class Request:
    """C(home) is the controller's namespace; C(api_version) that of our Middlewares."""

    routes: t.Sequence[Route]
    catalogue: Catalogue
    dialect: Dialect
    cluster_domain: str
    home: str
    release: Release
    api_version: str
    separator: str
    may_refer: t.Callable[[Route], bool] = lambda _route: True
    """Whether a route may name a Middleware at all."""
    entered_through: t.Callable[[Rule], t.Sequence[str]] = lambda _rule: ()

    @property
    def per_service(self) -> bool:
        return self.release.service_middlewares

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
    shared: set[int] = field(default_factory=set)
    """Children of TraefikServices that carry their header already, or must not: several routes share them."""

    lone: dict[Ref, bool] = field(default_factory=dict)

    def one_backend(self, route: Route) -> bool:
        """Whether all rules of a route lead to the same place. Some have thousands."""
        if route.ref not in self.lone:
            self.lone[route.ref] = len({(b.namespace, b.name, b.port) for _rule, b in route.backends()}) == 1
        return self.lone[route.ref]

    def middleware(self, backend: Backend) -> Object:
        name = middlewares.set_name(backend)
        key = (backend.namespace, name)
        if key not in self.objects:
            value = authority(backend.name, backend.namespace, backend.port, self.request.cluster_domain)
            self.objects[key] = middlewares.build(self.request.api_version, name, backend.namespace, value)
        return self.objects[key]


def part(request: Request) -> Part:
    draft = _Draft(request, _ports_by_service(request), shared=_behind_error_pages(request))
    if request.release.entry_point_middlewares:
        strip = middlewares.build(request.api_version, middlewares.STRIP_NAME, request.home, "")
        draft.objects[(request.home, middlewares.STRIP_NAME)] = strip
    for route in request.routes:
        for rule, backend in route.backends():
            if rule.http and _settable(backend):
                _place(draft, route, rule, backend)
    for first, second in _ambiguous(draft.objects, request):
        draft.findings.append(finding("L5D214", Ref.of(second), f"Traefik cannot tell it from Middleware {first}"))

    def edits(obj: Object) -> list[Edit]:
        return within_reach(obj, draft.edits.get(Ref.of(obj), []))

    return Part(objects=list(draft.objects.values()), edits=edits, findings=list(dict.fromkeys(draft.findings)))


def _settable(backend: Backend) -> bool:
    return backend.kind == "Service" and not backend.problem and not backend.external


def _place(draft: _Draft, route: Route, rule: Rule, backend: Backend) -> None:
    if _already_right(draft.request, rule, backend):
        return
    without = _without_header(draft.request, route, rule, backend)
    spot = None if without else _spot(draft, route, rule, backend)
    if spot is None:
        code = (without or "L5D207") if draft.request.release.entry_point_middlewares else "L5D218"
        draft.findings.append(finding(code, route.ref, f"{rule.name} to {backend}"))
        return
    if backend.sticky:
        draft.findings.append(finding("L5D215", route.ref, str(backend)))
    if backend.holder:
        if id(backend) in draft.shared:
            return
        draft.shared.add(id(backend))
    ref, edit_for = spot
    edit = edit_for(draft.middleware(backend))
    known = draft.edits.setdefault(ref, [])
    if edit.style != "csv" or edit not in known:
        known.append(edit)


def _without_header(request: Request, route: Route, rule: Rule, backend: Backend) -> str:
    """The finding that says why this backend must go without a header of its own; empty where it need not."""
    if request.has_error_pages(rule, backend):
        return "L5D216"
    if backend.holder and not request.per_service and len(rule.backends) > 1:
        return "L5D221"
    return "" if request.may_refer(route) else "L5D222"


def _already_right(request: Request, rule: Rule, backend: Backend) -> bool:
    """Somebody's own recipe does the job; it is counted, not doubled."""
    links = [link for link in (*rule.chain, *backend.chain) if not middlewares.is_ours(request.catalogue.get(link))]
    return middlewares.view(request.catalogue.effects(links), backend, request.cluster_domain).header == "right"


Spot = tuple[Ref, t.Callable[[Object], AddItem]]


def _spot(draft: _Draft, route: Route, rule: Rule, backend: Backend) -> Spot | None:
    request = draft.request
    if route.ref.kind == ingress_route.KIND:
        ref, path = (backend.holder or route.ref, backend.path) if request.per_service else (route.ref, rule.path)
        alone = len(rule.backends) == 1 and backend.namespace == route.ref.namespace
        return (ref, lambda mw: AddItem((*path, "middlewares"), _reference(mw))) if request.per_service or alone else None
    if not request.dialect.chain:
        return None
    if request.per_service and len(draft.ports[(backend.namespace, backend.name)]) == 1:
        return Ref("v1", "Service", backend.name, backend.namespace), lambda mw: _csv(request, request.dialect.service_chain, mw)
    alone = draft.one_backend(route)
    return (route.ref, lambda mw: _csv(request, request.dialect.chain, mw)) if alone else None


def _reference(middleware: Object) -> Object:
    meta = middleware["metadata"]
    return {"name": meta["name"], "namespace": meta["namespace"]}


def _csv(request: Request, annotation: str, middleware: Object) -> AddItem:
    meta = middleware["metadata"]
    path = ("metadata", "annotations", annotation)
    return AddItem(path, ingress_route.middleware_name(meta["namespace"], meta["name"], request.separator), "csv")


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


def _behind_error_pages(request: Request) -> set[int]:
    """A child's header would go with the question for error pages of every route in front of it."""
    shared = ((rule, backend) for route in request.routes for rule, backend in route.backends() if backend.holder)
    return {id(backend) for rule, backend in shared if request.has_error_pages(rule, backend)}


def _ambiguous(objects: dict[tuple[str, str], Object], request: Request) -> t.Iterator[tuple[str, Object]]:
    """Names across providers join namespace and name with a dash: a-b/c and a/b-c are one to Traefik."""
    seen: dict[str, tuple[str, str]] = {}
    for (namespace, name), obj in objects.items():
        joined = ingress_route.middleware_name(namespace, name, request.separator)
        other = seen.setdefault(joined, (namespace, name))
        live = request.catalogue.get(joined)
        if live is not None and Ref.of(live).namespace != namespace:
            other = (Ref.of(live).namespace, Ref.of(live).name)
        if other != (namespace, name):
            yield "/".join(other), obj
