# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateway API routes kept safe by Traefik: a header by filters of the routes, or the Service's ClusterIP.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Part
from ..findings import finding
from ..gateway.header_filters import Outlook, Placement, place
from ..linkerd.authority import authority
from ..model import Finding, Object, Ref
from ..ownership import Edit, SetLeaf, is_recorded, restore
from ..routes.base import Backend, Route, Rule
from . import middlewares
from .gateway_routes import KINDS, NATIVE_LB
from .native_part import opt_out_code, service_ref
from .reading import TraefikReading
from .releases import Release


def header(reading: TraefikReading, asks_late: t.Callable[[Rule, Backend], bool]) -> Part:
    known, outlook = reading.gateway, _outlook(reading, asks_late)

    def planned(obj: Object, route: Route | None) -> Placement:
        """From the route as it is without us."""
        if is_recorded(obj):
            route = known.read(KINDS[obj["kind"]], restore(obj)[0])
        return place(route, known.implementation, outlook) if route else Placement()

    by_ref = {route.ref: (route.object, planned(route.object, route)) for route in reading.gateway_routes}

    def edits(obj: Object) -> list[Edit]:
        if obj.get("kind") not in KINDS:
            return []
        seen, placement = by_ref.get(Ref.of(obj), (None, Placement()))
        if obj is not seen and seen is not None:
            placement = planned(obj, known.read(KINDS[obj["kind"]], obj))
        return placement.edits

    return Part(edits=edits, findings=[found for _obj, placement in by_ref.values() for found in placement.findings])


def native(routes: t.Sequence[Route], release: Release) -> Part:
    """A headless Service has no ClusterIP to dial: it is opted out, where Traefik can be told to dial them."""
    if not release.gateway_native_lb_default:
        return Part(findings=[finding("L5D227", route.ref) for route in routes])
    findings: list[Finding] = []
    opted_out: set[Ref] = set()
    for route in routes:
        for _rule, backend in route.backends():
            code = opt_out_code(backend)
            if code:
                opted_out.add(service_ref(backend))
            elif backend.native_lb is False and not backend.problem:
                code = "L5D211"
            findings += [finding(code, route.ref, str(backend))] if code else []

    def edits(obj: Object) -> list[Edit]:
        ours = obj.get("kind") == "Service" and Ref.of(obj) in opted_out
        return [SetLeaf(("metadata", "annotations", NATIVE_LB), "false")] if ours else []

    return Part(edits=edits, findings=list(dict.fromkeys(findings)))


def _outlook(reading: TraefikReading, asks_late: t.Callable[[Rule, Backend], bool]) -> Outlook:
    catalogue, domain = reading.catalogue, reading.cluster_domain

    def value(backend: Backend) -> str:
        return authority(backend.name, backend.namespace, backend.port, domain)

    def asks(item: Object, namespace: str) -> bool:
        return any(effect.asks for effect in catalogue.effects(reading.gateway.links(item, namespace)))

    def is_right(rule: Rule, backend: Backend) -> bool:
        return middlewares.view(catalogue.effects((*rule.chain, *backend.chain)), backend, domain).header == "right"

    return Outlook(value, asks, is_right, asks_late)
