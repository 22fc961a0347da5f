# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IngressRoute (of traefik.io or traefik.containo.us) to the common Route.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object, Ref
from ..ownership import Path, select
from .base import Backend, Route, Rule, Services, mapping, mappings, resolve, text

KIND = "IngressRoute"


def read(obj: Object, services: Services) -> Route:
    meta, spec = mapping(obj.get("metadata")), mapping(obj.get("spec"))
    route = Route(Ref(text(obj.get("apiVersion")), KIND, text(meta.get("name")), text(meta.get("namespace"))), obj)
    named = spec.get("entryPoints")
    entry_points = tuple(item for item in named if isinstance(item, str)) if isinstance(named, list) else ()
    if not isinstance(spec.get("routes"), list):
        route.problems.append("spec.routes is not a list")
    routes = mappings(spec.get("routes"))
    for place, raw in enumerate(routes):
        path: Path = ("spec", "routes", select(routes, place, ("match",)))
        route.rules.append(_rule(raw, path, route.ref.namespace, entry_points, services))
    return route


def _rule(raw: Object, path: Path, namespace: str, entry_points: tuple[str, ...], services: Services) -> Rule:
    rule = Rule(text(raw.get("match")) or "no match", chain=chain(raw, namespace), entry_points=entry_points, path=path)
    written = mappings(raw.get("services"))
    for place, service in enumerate(written):
        selector = select(written, place, ("name", "namespace", "kind", "port"))
        rule.backends.append(_backend(service, namespace, (*path, "services", selector), services))
    return rule


def _backend(raw: Object, route_namespace: str, path: Path, services: Services) -> Backend:
    namespace = text(raw.get("namespace")) or route_namespace
    kind = text(raw.get("kind")) or "Service"
    backend = Backend(namespace, text(raw.get("name")), raw.get("port"), kind=kind, path=path)
    backend.chain = chain(raw, namespace)
    backend.native_lb = raw["nativeLB"] if isinstance(raw.get("nativeLB"), bool) else None
    backend.sticky = bool(raw.get("sticky"))
    return resolve(backend, services) if kind == "Service" else backend


def chain(raw: Object, namespace: str) -> tuple[str, ...]:
    return tuple(canonical(item, namespace) for item in mappings(raw.get("middlewares")))


def canonical(reference: t.Mapping[str, t.Any], namespace: str) -> str:
    """A reference as Traefik names it across providers: C(<namespace>-<name>@kubernetescrd)."""
    name = text(reference.get("name"))
    return name if "@" in name else middleware_name(text(reference.get("namespace")) or namespace, name)


def middleware_name(namespace: str, name: str) -> str:
    return f"{namespace}-{name}@kubernetescrd"
