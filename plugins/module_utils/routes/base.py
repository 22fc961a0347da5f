# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common shape of a route, whatever kind of object it was written in.

Readers are strict about what they understand and loud about the rest: a field of an unexpected type becomes a
problem on the backend or rule it belongs to, never an exception and never a guess.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..model import Object, Ref
from ..places import Path

Services = t.Mapping[tuple[str, str], Object]
"""Services by (namespace, name)."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What something written into the route itself does to l5d-dst-override, and whether it makes a request of its own.

    C(header) is None for nothing, empty for removal, else a value; C(appended) puts it behind what is there already.
    """

    header: str | None = None
    appended: bool = False
    asks: bool = False


Link: t.TypeAlias = "str | Filter"
"""One step of a chain: the name of an object of the controller's, or a filter."""


@dataclass(slots=True)
class Backend:
    """One place a rule sends requests to. C(problem) is empty when C(port) is the Service's port number.

    C(path) leads to it in the object it is written in: the route, or C(holder), which the route names instead.
    C(raw) is what is written there, in the kinds that can say something about one backend.
    """

    namespace: str
    name: str
    written_port: t.Any
    kind: str = "Service"
    path: Path = ()
    service: Object | None = None
    port: int = 0
    target_port: t.Any = None
    problem: str = ""
    chain: tuple[Link, ...] = ()
    native_lb: bool | None = None
    sticky: bool = False
    holder: Ref | None = None
    route_kind: str = ""
    raw: Object | None = None
    external: bool = False
    headless: bool = True

    def __str__(self) -> str:
        port = self.port or self.written_port
        return f"{self.namespace}/{self.name}" + (f":{port}" if port not in (None, "") else "")


@dataclass(slots=True)
class Rule:
    """One matcher with the middlewares that run before its backends, in their order. C(http): headers are read there."""

    name: str
    backends: list[Backend] = field(default_factory=list)
    chain: tuple[Link, ...] = ()
    entry_points: tuple[str, ...] = ()
    path: Path = ()
    http: bool = True
    raw: Object | None = None


@dataclass(slots=True)
class Route:
    ref: Ref
    object: Object
    rules: list[Rule] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def backends(self) -> t.Iterator[tuple[Rule, Backend]]:
        for rule in self.rules:
            for backend in rule.backends:
                yield rule, backend


def resolve(backend: Backend, services: Services) -> Backend:
    """Find the Service and turn a port name into its number; or say what is broken."""
    service = services.get((backend.namespace, backend.name))
    if service is None:
        backend.problem = f"Service {backend.namespace}/{backend.name} does not exist"
        return backend
    backend.service, spec = service, mapping(service.get("spec"))
    backend.external = spec.get("type") == "ExternalName"
    backend.headless = not backend.external and spec.get("clusterIP") in (None, "", "None")
    ports = mappings((service.get("spec") or {}).get("ports"))
    for port in ports:
        if _is_port(port, backend.written_port):
            backend.port, backend.target_port = int(port["port"]), port.get("targetPort", port["port"])
            return backend
    if backend.written_port in (None, "") and len(ports) == 1 and _is_number(ports[0].get("port")):
        backend.port, backend.target_port = int(ports[0]["port"]), ports[0].get("targetPort", ports[0]["port"])
        return backend
    if backend.external and _is_number(backend.written_port) and backend.path:
        backend.port = backend.target_port = backend.written_port  # an IngressRoute's may be one that the Service does not declare
        return backend
    names = ", ".join(f"{p.get('name') or '-'}={p.get('port')}" for p in ports) or "none"
    backend.problem = f"Service {backend.namespace}/{backend.name} has no port {backend.written_port!r} (it has: {names})"
    return backend


def _is_port(port: Object, written: t.Any) -> bool:
    if not _is_number(port.get("port")):
        return False
    return port["port"] == written if _is_number(written) else bool(written) and port.get("name") == written


def _is_number(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def mappings(value: t.Any) -> list[Object]:
    """The mappings of a list; anything else is not understood and left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mapping(value: t.Any) -> Object:
    return value if isinstance(value, dict) else {}


def text(value: t.Any) -> str:
    return value if isinstance(value, str) else ""


def csv(value: t.Any) -> tuple[str, ...]:
    return tuple(part.strip() for part in text(value).split(",") if part.strip())
