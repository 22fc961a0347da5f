# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes by the Service's ClusterIP: one switch for all, and opt-outs for the Services that cannot or must not.

Traefik drops the router of a headless Service under native load balancing, and a sticky Service would stick to its
ClusterIP, which means nothing. Both are opted out before the switch is thrown.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Part
from ..findings import finding
from ..model import Finding, Object, Ref
from ..ownership import Edit, SetLeaf
from ..persistence.base import Setting
from ..routes import ingress_route
from ..routes.base import Backend, Route, Services
from ..routes.ingress import Dialect


def part(routes: t.Sequence[Route], dialect: Dialect, settings: list[Setting]) -> Part:
    by_service: dict[Ref, Backend] = {}
    findings: list[Finding] = []
    for route in routes:
        for _rule, backend in route.backends():
            code = opt_out_code(backend)
            if code:
                findings.append(finding(code, route.ref, str(backend)))
            elif backend.native_lb is False and not backend.problem:
                findings.append(finding("L5D211", route.ref, str(backend)))
            if code and not backend.path:
                by_service[service_ref(backend)] = backend
    annotation = ("metadata", "annotations", dialect.service_native_lb)
    services = {(b.namespace, b.name): b.service for route in routes for _rule, b in route.backends() if b.service}

    def edits(obj: Object) -> list[Edit]:
        if obj.get("kind") == ingress_route.KIND:
            return _in_ingress_route(obj, services)
        return [SetLeaf(annotation, "false")] if Ref.of(obj) in by_service else []

    return Part(edits=edits, settings=settings, findings=_unique(findings))


def opt_out_code(backend: Backend) -> str:
    """Which finding explains why this backend must not be dialled by ClusterIP; empty when it may, or says so itself."""
    if backend.kind != "Service" or backend.problem or backend.external:
        return ""
    if backend.headless:
        return "L5D205"
    return "L5D206" if backend.sticky else ""


def service_ref(backend: Backend) -> Ref:
    return Ref("v1", "Service", backend.name, backend.namespace)


def _in_ingress_route(obj: Object, services: Services) -> list[Edit]:
    """The Service's annotation means nothing to an IngressRoute: it says nativeLB itself."""
    fresh = ingress_route.read(obj, services)
    return [SetLeaf((*backend.path, "nativeLB"), False) for _rule, backend in fresh.backends() if opt_out_code(backend)]


def _unique(findings: list[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))
