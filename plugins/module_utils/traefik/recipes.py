# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other people's recipes: Middlewares that set or remove l5d-dst-override and that nobody marked as ours.

A right one is counted like ours. What is wrong with another is said in so many words: the proxy takes port 80 for a
missing port and for the name of one, and a name that it cannot look up is answered with an error.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import typing as t

from ..controllers.base import Recipes
from ..findings import finding
from ..linkerd.authority import DEFAULT_PORT, HEADER, names_backend, split
from ..model import Finding, Object, Ref
from ..ownership import RemoveItem
from ..places import Path, selectors
from ..routes import ingress, ingress_route
from ..routes.base import Backend, Route, Rule, csv, mapping, mappings
from ..routes.ingress import Dialect
from .middlewares import Catalogue, Effect, is_ours

OLD_ANNOTATION = "ingress.kubernetes.io/custom-request-headers"
"""How Traefik 1 was told; from 2 on nothing reads it."""


class Named(t.NamedTuple):
    """A reference to a Middleware, where it stands, and as what."""

    path: Path
    item: t.Any
    style: str
    name: str


def recipes(routes: t.Sequence[Route], catalogue: Catalogue, dialect: Dialect, separator: str) -> Recipes:
    found = Recipes()
    for obj in _carriers(routes):
        for named in _references(obj, dialect, separator):
            middleware = catalogue.get(named.name)
            if is_pure(middleware):
                found.removals.setdefault(Ref.of(obj), []).append(RemoveItem(named.path, named.item, named.style))
            elif middleware and not is_ours(middleware) and any(e.header is not None for e in catalogue.effects([named.name])):
                found.kept.append(finding("L5D246", Ref.of(middleware), f"{Ref.of(obj)} refers to it"))
    return found


def is_pure(middleware: Object | None) -> bool:
    """Somebody's Middleware that does nothing but set or remove the header."""
    spec = mapping((middleware or {}).get("spec"))
    headers = mapping(spec.get("headers"))
    custom = mapping(headers.get("customRequestHeaders"))
    alone = list(spec) == ["headers"] and list(headers) == ["customRequestHeaders"]
    return alone and [str(key).lower() for key in custom] == [HEADER] and not is_ours(middleware)


def strips(chains: t.Iterable[t.Iterable[str]], catalogue: Catalogue) -> bool:
    """Whether somebody removes the header at an entry point, before anything else could pass it on, in each chain that may be in force."""
    every = [[name for name in chain if not is_ours(catalogue.get(name))] for chain in chains]
    return bool(every) and all(_strips(catalogue.effects(names)) for names in every)


def _strips(effects: t.Iterable[Effect]) -> bool:
    first = next((effect for effect in effects if effect.asks or effect.header is not None), None)
    return first is not None and not first.asks and first.header == ""


def findings(routes: t.Sequence[Route], catalogue: Catalogue, cluster_domain: str) -> list[Finding]:
    found = []
    for route in routes:
        for rule, backend in route.backends():
            wrong = _wrong(rule, backend, catalogue, cluster_domain)
            if wrong:
                found.append(finding("L5D243", route.ref, f"{rule.name} to {backend}: {wrong}"))
        annotations = mapping(mapping(route.object.get("metadata")).get("annotations"))
        if HEADER in str(annotations.get(OLD_ANNOTATION, "")).lower():
            found.append(finding("L5D243", route.ref, f"annotation {OLD_ANNOTATION} is for Traefik 1, and this one does not read it"))
    return found


def unused(routes: t.Iterable[Route], entry_points: t.Iterable[str], catalogue: Catalogue) -> list[Finding]:
    """Recipes that nothing refers to, neither a route nor an entry point nor a chain."""
    names: set[t.Any] = {*entry_points, *catalogue.chained()}
    for route in routes:
        for rule in route.rules:
            names.update(rule.chain, *(backend.chain for backend in rule.backends))
    return [finding("L5D245", Ref.of(obj)) for name, obj in catalogue.items() if name not in names and is_pure(obj)]


def _wrong(rule: Rule, backend: Backend, catalogue: Catalogue, cluster_domain: str) -> str:
    """What is wrong with the recipe that has the last word, if that is somebody's; empty when nothing is."""
    effects = catalogue.effects((*rule.chain, *backend.chain))
    setting = [place for place, effect in enumerate(effects) if effect.header is not None]
    if not setting or backend.problem:
        return ""
    effect = effects[setting[-1]]
    if not effect.header or is_ours(catalogue.get(effect.name)):
        return ""
    if effect.appended:
        return "it is added to what the client sends, and the first value counts"
    if not names_backend(effect.header, backend.name, backend.namespace, backend.port, cluster_domain):
        return f"{_called(effect)} sets it to {effect.header!r}, {_difference(effect.header, backend, cluster_domain)}"
    asking = [later.name for later in effects[setting[0] :] if later.asks and later.known and not later.late]
    return f"{_called(effects[setting[0]])} sets it before {asking[0]}, whose own request then goes to the backend" if asking else ""


def _called(effect: Effect) -> str:
    return f"Middleware {effect.name}" if effect.name else "its own filter"


def _difference(value: str, backend: Backend, cluster_domain: str) -> str:
    host, port = split(value)
    written = value.strip().partition(":")[2]
    if not names_backend(f"{host}:{backend.port}", backend.name, backend.namespace, backend.port, cluster_domain):
        return f"which is not {backend.name}.{backend.namespace}.svc.{cluster_domain}"
    if written.isascii() and written.isdigit():
        return f"which has port {port}, and the Service's is {backend.port}"
    what = "a name for its port" if written else "no port"
    return f"which has {what}, so that the proxy takes {DEFAULT_PORT}, and the Service's is {backend.port}"


def _carriers(routes: t.Sequence[Route]) -> t.Iterator[Object]:
    """Every object that may refer to a Middleware for these routes, once."""
    yield from (route.object for route in routes)
    in_ingresses = [backend for route in routes if route.ref.kind == ingress.KIND for _rule, backend in route.backends()]
    yield from {(b.namespace, b.name): b.service for b in in_ingresses if b.service}.values()


def _references(obj: Object, dialect: Dialect, separator: str) -> t.Iterator[Named]:
    if obj.get("kind") == ingress_route.KIND:
        yield from _in_ingress_route(obj, separator)
        return
    annotations = mapping(mapping(obj.get("metadata")).get("annotations"))
    for key in filter(None, (dialect.service_chain if obj.get("kind") == "Service" else dialect.chain,)):
        for name in csv(annotations.get(key)):
            yield Named(("metadata", "annotations", key), name, "csv", name)


def _in_ingress_route(obj: Object, separator: str) -> t.Iterator[Named]:
    namespace = Ref.of(obj).namespace
    routes = mappings(mapping(obj.get("spec")).get("routes"))
    for rule, raw in zip(selectors(routes, ("match",)), routes, strict=True):
        path: Path = ("spec", "routes", rule)
        services = mappings(raw.get("services"))
        holders: list[tuple[Path, Object, str]] = [(path, raw, namespace)]
        for selector, service in zip(selectors(services, ("name", "namespace", "kind", "port")), services, strict=True):
            holders.append(((*path, "services", selector), service, str(service.get("namespace") or namespace)))
        yield from itertools.chain.from_iterable(_held(*holder, separator) for holder in holders)


def _held(path: Path, holder: Object, namespace: str, separator: str) -> t.Iterator[Named]:
    for item in mappings(holder.get("middlewares")):
        yield Named((*path, "middlewares"), item, "list", ingress_route.canonical(item, namespace, separator))
