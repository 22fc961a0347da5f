# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IngressRoute (of traefik.io or traefik.containo.us) to the common Route.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object, Ref
from ..places import Path, selectors
from .base import Backend, Route, Rule, Services, mapping, mappings, resolve, text

KIND = "IngressRoute"
TRAEFIK_SERVICE = "TraefikService"
SEPARATOR, SAFE_SEPARATOR = "-", "_"
"""Between the namespace and the name of a Middleware, where Traefik names it across providers."""

Expand = t.Callable[[Backend, Ref], t.Sequence[Backend]]
"""The backends behind a TraefikService that the object names; itself where there is nothing to follow."""


def read(obj: Object, services: Services, separator: str = SEPARATOR, expand: Expand = lambda backend, _ref: (backend,)) -> Route:
    route = begin(obj)
    entry_points, namespace = entry_points_of(obj), route.ref.namespace
    for path, raw in written_rules(obj, route):
        rule = Rule(text(raw.get("match")) or "no match", chain=chain(raw, namespace, separator), entry_points=entry_points, path=path)
        for service, place in written_services(raw, path):
            rule.backends += expand(backend_of(service, namespace, place, services, separator), route.ref)
        route.rules.append(rule)
    return route


def begin(obj: Object) -> Route:
    meta = mapping(obj.get("metadata"))
    return Route(Ref(text(obj.get("apiVersion")), text(obj.get("kind")), text(meta.get("name")), text(meta.get("namespace"))), obj)


def entry_points_of(obj: Object) -> tuple[str, ...]:
    named = mapping(obj.get("spec")).get("entryPoints")
    return tuple(item for item in named if isinstance(item, str)) if isinstance(named, list) else ()


def written_rules(obj: Object, route: Route) -> t.Iterator[tuple[Path, Object]]:
    raw = mapping(obj.get("spec")).get("routes")
    if not isinstance(raw, list):
        route.problems.append("spec.routes is not a list")
    routes = mappings(raw)
    for selector, rule in zip(selectors(routes, ("match",)), routes, strict=True):
        yield ("spec", "routes", selector), rule


def written_services(raw: Object, path: Path) -> t.Iterator[tuple[Object, Path]]:
    """The services of a rule, or of a TraefikService, each with its place."""
    written = mappings(raw.get("services"))
    for selector, service in zip(selectors(written, ("name", "namespace", "kind", "port")), written, strict=True):
        yield service, (*path, "services", selector)


def backend_of(raw: Object, home: str, path: Path, services: Services, separator: str = SEPARATOR) -> Backend:
    """O(home) is the namespace of the object that it is written in."""
    namespace = text(raw.get("namespace")) or home
    kind = text(raw.get("kind")) or "Service"
    backend = Backend(namespace, text(raw.get("name")), raw.get("port"), kind=kind, path=path)
    backend.chain = chain(raw, namespace, separator)
    backend.native_lb = raw["nativeLB"] if isinstance(raw.get("nativeLB"), bool) else None
    backend.sticky = bool(raw.get("sticky"))
    if kind == "Service":
        return resolve(backend, services)
    if kind != TRAEFIK_SERVICE:
        backend.problem = f"the backend is a {kind}; Traefik knows Services and TraefikServices"
    return backend


def chain(raw: Object, namespace: str, separator: str = SEPARATOR) -> tuple[str, ...]:
    return tuple(canonical(item, namespace, separator) for item in mappings(raw.get("middlewares")))


def canonical(reference: t.Mapping[str, t.Any], namespace: str, separator: str = SEPARATOR) -> str:
    """A reference as Traefik names it across providers: C(<namespace>-<name>@kubernetescrd)."""
    name = text(reference.get("name"))
    return name if "@" in name else middleware_name(text(reference.get("namespace")) or namespace, name, separator)


def middleware_name(namespace: str, name: str, separator: str = SEPARATOR) -> str:
    return f"{namespace}{separator}{name}@kubernetescrd"
