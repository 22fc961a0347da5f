# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ingress (networking.k8s.io/v1) to the common Route.

What a controller's own annotations mean is that controller's business: it passes a O(Dialect).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import Object, Ref
from .base import Backend, Route, Rule, Services, csv, mapping, mappings, resolve, text

API_VERSION = "networking.k8s.io/v1"
KIND = "Ingress"
DEFAULT_BACKEND = "default backend"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The annotation keys of one controller; an empty one means it has no such thing."""

    chain: str = ""
    entry_points: str = ""
    service_chain: str = ""
    service_native_lb: str = ""
    service_sticky: str = ""
    default_beside_rules: bool = False
    """Whether a default backend is served although there are rules."""
    service_refused: tuple[str, ...] = ()
    """Keys of other releases, with which this one serves no Ingress of the Service at all."""


def read(obj: Object, services: Services, dialect: Dialect) -> Route:
    meta, spec = mapping(obj.get("metadata")), mapping(obj.get("spec"))
    annotations = mapping(meta.get("annotations"))
    route = Route(Ref(API_VERSION, KIND, text(meta.get("name")), text(meta.get("namespace"))), obj)
    chain, entry_points = csv(annotations.get(dialect.chain)), csv(annotations.get(dialect.entry_points))
    for name, raw in _backends(spec, route.problems, dialect):
        rule = Rule(name, chain=chain, entry_points=entry_points)
        backend = _backend(raw, route.ref.namespace)
        if backend.kind == "Service":
            _from_service(resolve(backend, services), dialect)
        rule.backends.append(backend)
        route.rules.append(rule)
    return route


def _backends(spec: Object, problems: list[str], dialect: Dialect) -> t.Iterator[tuple[str, Object]]:
    rules = mappings(spec.get("rules"))
    if (not rules or dialect.default_beside_rules) and isinstance(spec.get("defaultBackend"), dict):
        yield DEFAULT_BACKEND, spec["defaultBackend"]
    for rule in rules:
        host = text(rule.get("host")) or "*"
        for path in mappings(mapping(rule.get("http")).get("paths")):
            yield f"{host}{text(path.get('path')) or '/'}", mapping(path.get("backend"))
    if spec.get("rules") is not None and not isinstance(spec["rules"], list):
        problems.append("spec.rules is not a list")


def _backend(raw: Object, namespace: str) -> Backend:
    service = mapping(raw.get("service"))
    if not service:
        resource = mapping(raw.get("resource"))
        kind = text(resource.get("kind")) or "nothing"
        return Backend(namespace, text(resource.get("name")), None, kind=kind, problem=f"the backend is {kind}, not a Service")
    port = mapping(service.get("port"))
    return Backend(namespace, text(service.get("name")), port.get("number") or port.get("name"))


def _from_service(backend: Backend, dialect: Dialect) -> None:
    annotations = mapping(mapping((backend.service or {}).get("metadata")).get("annotations"))
    refused = [key for key in dialect.service_refused if key in annotations]
    if refused:
        backend.problem = backend.problem or f"its Service has the annotation {refused[0]}, which this release does not know and fails on"
    backend.chain = csv(annotations.get(dialect.service_chain))
    native = annotations.get(dialect.service_native_lb)
    backend.native_lb = None if native is None else _is_true(native)
    options = f"{dialect.service_sticky}."
    backend.sticky = bool(dialect.service_sticky) and (
        _is_true(annotations.get(dialect.service_sticky)) or any(str(key).startswith(options) for key in annotations)
    )


def _is_true(value: t.Any) -> bool:
    """As Go reads a boolean."""
    return text(value).lower() in ("1", "t", "true")
