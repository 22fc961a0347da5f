# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the Gateway API to the common Route; what HTTPRoute and GRPCRoute share.

The API is one, its implementations are many: what one of them can do is in its O(Implementation).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass, field

from ..gateway.attachment import GROUP, Gateways, Listener
from ..gateway.grants import Grants, Target
from ..linkerd.authority import HEADER
from ..model import Object, Ref
from ..places import Path, selectors
from .base import Backend, Filter, Link, Route, Rule, Services, mapping, mappings, resolve, text
from .ingress_route import Expand

API_VERSION = f"{GROUP}/v1"
MODIFIER = "RequestHeaderModifier"
QUIET = ("RequestRedirect", "URLRewrite", "ResponseHeaderModifier", "CORS")
"""Filters that neither touch the header nor make a request of their own."""

Extension: t.TypeAlias = "t.Callable[[Object, str], Link | None]"
"""What an ExtensionRef in this namespace is; None where the implementation does not know such a thing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of route: how to name a match, and the switch of its backends' filters in an implementation."""

    name: str
    describe: t.Callable[[Object], str]


@dataclass(frozen=True, slots=True)
class Implementation:
    """What one controller, in one version, makes of the Gateway API.

    C(filters) by kind of route: those it knows; a rule with another one is answered with an error.
    C(backend_filters): kinds of route whose backends' own filters it applies.
    C(backend_kinds): group and kind of what it takes as a backend beside Services.
    """

    filters: t.Mapping[str, frozenset[str]]
    backend_filters: frozenset[str] = frozenset()
    backend_kinds: t.Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    external_names: bool = False
    service_native_lb: str = ""
    extension: Extension = lambda _reference, _namespace: None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads routes as one implementation sees them.

    C(enter) names the ways in that its listeners stand for, C(expand) what stands behind a backend of its own kinds.
    """

    implementation: Implementation
    gateways: Gateways
    grants: Grants
    services: Services
    enter: t.Callable[[t.Sequence[Listener]], tuple[str, ...]]
    expand: Expand = lambda backend, _by: (backend,)

    def read(self, kind: Kind, obj: Object) -> Route | None:
        """None where it is not a route of this implementation."""
        listeners = self.gateways.attached(kind.name, obj)
        if listeners is None:
            return None
        meta, spec = mapping(obj.get("metadata")), mapping(obj.get("spec"))
        route = Route(Ref(text(obj.get("apiVersion")) or API_VERSION, kind.name, text(meta.get("name")), text(meta.get("namespace"))), obj)
        entry_points = self.enter(listeners)
        unserved = "" if entry_points else "no listener of its Gateways serves it (name, port, host names, allowedRoutes, open ports)"
        if spec.get("rules") is not None and not isinstance(spec["rules"], list):
            route.problems.append("spec.rules is not a list")
        rules = mappings(spec.get("rules"))
        names = _names(kind, spec, rules)
        for name, selector, raw in zip(names, selectors(rules, ("name", "matches")), rules, strict=True):
            path: Path = ("spec", "rules", selector)
            rule = Rule(name, entry_points=entry_points, path=path, raw=raw)
            self._fill(rule, kind, route, unserved)
            route.rules.append(rule)
        return route

    def _fill(self, rule: Rule, kind: Kind, route: Route, problem: str) -> None:
        raw = mapping(rule.raw)
        rule.chain, unknown = self._chain(raw, kind, route.ref.namespace)
        problem = problem or unknown
        written = mappings(raw.get("backendRefs"))
        if raw.get("backendRefs") is not None and len(written) != len(raw["backendRefs"] if isinstance(raw["backendRefs"], list) else ()):
            route.problems.append(f"backendRefs of {rule.name} is not a list of mappings")
        for selector, item in zip(selectors(written, ("group", "kind", "name", "namespace", "port")), written, strict=True):
            backend = self._backend(item, kind, route.ref.namespace, (*rule.path, "backendRefs", selector))
            if problem or backend.problem:
                backend.problem = problem or backend.problem
                rule.backends.append(backend)
            else:
                rule.backends += self.expand(backend, route.ref)

    def _backend(self, raw: Object, kind: Kind, route_namespace: str, path: Path) -> Backend:
        namespace = text(raw.get("namespace")) or route_namespace
        group, target = text(raw.get("group")), text(raw.get("kind")) or "Service"
        group = "" if group == "core" else group
        backend = Backend(namespace, text(raw.get("name")), raw.get("port"), kind=target, path=path, route_kind=kind.name, raw=raw)
        if group or target != "Service":
            self._foreign(backend, group, kind)
        else:
            self._service(backend)
        if not self.grants.allow(kind.name, route_namespace, Target(group, target, backend.name, namespace)):
            backend.problem = (
                f"no ReferenceGrant of namespace {namespace} lets a {kind.name} of {route_namespace} use {target} {backend.name}"
            )
        if kind.name in self.implementation.backend_filters and backend.kind == "Service":
            backend.chain, unknown = self._chain(raw, kind, route_namespace)
            backend.problem = backend.problem or unknown
        return backend

    def _foreign(self, backend: Backend, group: str, kind: Kind) -> None:
        if (group, backend.kind) not in self.implementation.backend_kinds.get(kind.name, ()):
            backend.problem = f"the backend is {backend.kind} {backend.namespace}/{backend.name}, not a Service"
            backend.kind = backend.kind if backend.kind != "Service" else f"Service.{group}"

    def _service(self, backend: Backend) -> None:
        if not isinstance(backend.written_port, int) or isinstance(backend.written_port, bool):
            backend.problem = f"Service {backend.namespace}/{backend.name} is named without the number of its port"
            return
        resolve(backend, self.services)
        if backend.external and not self.implementation.external_names:
            backend.problem = f"Service {backend.namespace}/{backend.name} is of type ExternalName, which is not served here"
        annotations = mapping(mapping(mapping(backend.service).get("metadata")).get("annotations"))
        native = annotations.get(self.implementation.service_native_lb)
        backend.native_lb = None if native is None else text(native).lower() in ("1", "t", "true")

    def _chain(self, raw: Object, kind: Kind, namespace: str) -> tuple[tuple[Link, ...], str]:
        """The filters of a rule or of a backend in their order, and what is wrong with them."""
        if not raw.get("filters"):
            return (), ""
        links: list[Link] = []
        problem = ""
        for item in mappings(raw["filters"]):
            type_ = text(item.get("type"))
            if type_ not in self.implementation.filters.get(kind.name, ()):
                problem = problem or f"its filter {type_ or 'without a type'} is not supported, so every request is answered with an error"
            found = self.links(item, namespace)
            if not found and type_ == "ExtensionRef":
                reference = mapping(item.get("extensionRef"))
                name = f"{text(reference.get('kind')) or 'nothing'} {namespace}/{text(reference.get('name'))}"
                problem = problem or f"its filter refers to {name}, which is not supported"
            links += found
        return tuple(links), problem

    def links(self, item: Object, namespace: str) -> list[Link]:
        """What one filter does; none where it does nothing to the header, or where it is not understood."""
        type_ = text(item.get("type"))
        if type_ == MODIFIER:
            return list(modifier_filters(mapping(item.get("requestHeaderModifier"))))
        if type_ == "ExtensionRef":
            link = self.implementation.extension(mapping(item.get("extensionRef")), namespace)
            return [] if link is None else [link]
        return [] if type_ in QUIET else [Filter(asks=True)]


def modifier_filters(modifier: Object) -> t.Iterator[Filter]:
    """What a RequestHeaderModifier does to the header: it sets, then adds, then removes."""
    for item in mappings(modifier.get("set")):
        if is_header(item.get("name")):
            yield Filter(text(item.get("value")))
    for item in mappings(modifier.get("add")):
        if is_header(item.get("name")):
            yield Filter(text(item.get("value")), appended=True)
    removed = modifier.get("remove")
    if isinstance(removed, list) and any(is_header(name) for name in removed):
        yield Filter("")


def is_header(name: t.Any) -> bool:
    return isinstance(name, str) and name.lower() == HEADER


def _names(kind: Kind, spec: Object, rules: list[Object]) -> list[str]:
    """A name for a person: the rule's own, or its first host name and match; the second of two alike is numbered."""
    hosts = spec.get("hostnames")
    host = (text(hosts[0]) if isinstance(hosts, list) and hosts else "") or "*"
    names = []
    seen: collections.Counter[str] = collections.Counter()
    for raw in rules:
        matches = mappings(raw.get("matches"))
        name = text(raw.get("name")) or f"{host}{kind.describe(matches[0] if matches else {})}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return names
