# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes by the Service's ClusterIP: by one switch for all since Traefik 3.0, backend by backend before.

Traefik drops the router of a headless Service under native load balancing, and a sticky Service would stick to its
ClusterIP, which means nothing. Both are opted out before the switch is thrown, and not opted in where there is none.
The switch counts for TCP and UDP too, but not for what stands behind a TraefikService.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..controllers.base import Part
from ..findings import finding
from ..model import Finding, Object, Ref
from ..ownership import Edit, SetLeaf
from ..persistence.base import Setting
from ..routes import ingress, ingress_route, ingress_route_tcp, traefik_service
from ..routes.base import Backend, Route, Services
from ..routes.ingress import Dialect


@dataclass(frozen=True, slots=True)
class Request:
    """C(by_default): O(settings) dial every ClusterIP that is not opted out. C(reached): the TraefikServices in use."""

    routes: t.Sequence[Route]
    dialect: Dialect
    settings: list[Setting]
    by_default: bool
    services: Services
    reached: t.AbstractSet[Ref] = frozenset()


def part(request: Request) -> Part:
    annotated: dict[Ref, str] = {}
    findings: list[Finding] = []
    for route in request.routes:
        for rule, backend in route.backends():
            code = opt_out_code(backend)
            if code and (rule.http or (code == "L5D205" and request.by_default)):
                findings.append(finding(code, route.ref, str(backend)))
            elif rule.http and backend.native_lb is False and not backend.problem:
                findings.append(finding("L5D211", route.ref, str(backend)))
            wanted = _wanted(backend, by_default=request.by_default)
            if wanted is not None and route.ref.kind == ingress.KIND:
                annotated[service_ref(backend)] = "true" if wanted else "false"
    inside = {route.ref for route in request.routes if route.ref.kind != ingress.KIND} | request.reached

    def edits(obj: Object) -> list[Edit]:
        ref = Ref.of(obj)
        if ref in inside:
            return _inside(obj, request)
        annotation = ("metadata", "annotations", request.dialect.service_native_lb)
        return [SetLeaf(annotation, annotated[ref])] if ref in annotated else []

    return Part(edits=edits, settings=request.settings, findings=list(dict.fromkeys(findings)))


def opt_out_code(backend: Backend) -> str:
    """Which finding explains why this backend must not be dialled by ClusterIP; empty when it may, or says so itself."""
    if backend.kind != "Service" or backend.problem or backend.external:
        return ""
    if backend.headless:
        return "L5D205"
    return "L5D206" if backend.sticky else ""


def service_ref(backend: Backend) -> Ref:
    return Ref("v1", "Service", backend.name, backend.namespace)


def _wanted(backend: Backend, *, by_default: bool) -> bool | None:
    """What this backend has to be told: False, True, or nothing where it is so by itself or its owner's wish."""
    if opt_out_code(backend):
        return False if by_default else None
    asked = backend.kind == "Service" and not backend.problem and not backend.external and backend.native_lb is not False
    return True if asked and not by_default else None


def _inside(obj: Object, request: Request) -> list[Edit]:
    """The Service's annotation means nothing there: each service says nativeLB itself."""
    if obj.get("kind") == traefik_service.KIND:
        found = [(child, _as_child(child, request)) for child in traefik_service.children(obj, request.services)]
    elif obj.get("kind") in ingress_route_tcp.KINDS:
        route = ingress_route_tcp.read(obj, request.services)
        found = [(b, False if request.by_default and b.headless and not b.problem else None) for _rule, b in route.backends()]
    else:
        fresh = ingress_route.read(obj, request.services)
        found = [(backend, _wanted(backend, by_default=request.by_default)) for _rule, backend in fresh.backends()]
    return [SetLeaf((*backend.path, "nativeLB"), wanted) for backend, wanted in found if wanted is not None]


def _as_child(child: Backend, request: Request) -> bool | None:
    """No switch reaches it; an opt-out is written down where there is one, in case it will."""
    return False if opt_out_code(child) and request.by_default else _wanted(child, by_default=False)
