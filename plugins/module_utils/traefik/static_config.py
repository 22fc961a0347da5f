# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik's static configuration, read from the arguments of its container.

Option names are case-insensitive; a boolean without a value is true; a value may be the next argument;
of an option given twice the last one counts. For a list that belongs to an entry point this is a matter of chance:
started again and again with the same arguments, Traefik 3.7.15 takes now both, now only the last (seen).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import functools
import itertools
import re
import typing as t
from dataclasses import dataclass, field

from ..model import Object

INTERNAL_ENTRY_POINT = "traefik"
_ENTRY_POINT = re.compile(r"entrypoints\.([^.=]+)\.(.+)")


@dataclass(slots=True)
class EntryPoint:
    name: str
    udp: bool = False
    as_default: bool = False
    port: int = 0
    tls: bool = False
    chains: list[tuple[str, ...]] = field(default_factory=list)
    """Middlewares, as often as they are given."""

    @property
    def possible_chains(self) -> list[tuple[str, ...]]:
        """What may be in force; more than one where they are given more than once."""
        joined = tuple(name for chain in self.chains for name in chain)
        return [joined] if len(self.chains) < 2 else [self.chains[-1], joined]


@dataclass
class StaticConfig:
    """What of the static configuration decides over routes."""

    entry_points: dict[str, EntryPoint] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    _ways_in: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = field(default_factory=dict, repr=False, compare=False)

    def flag(self, name: str) -> bool:
        values = self.options.get(name.lower()) or ["false"]
        return is_true(values[-1])

    def value(self, name: str) -> str:
        return (self.options.get(name.lower()) or [""])[-1]

    def has(self, prefix: str) -> bool:
        """Whether this section is switched on, by itself or by any option in it."""
        written = self.options.get(prefix)
        return is_true(written[-1]) if written else any(key.startswith(f"{prefix}.") for key in self.options)

    @property
    def reads_kubernetes(self) -> bool:
        return any(self.has(f"providers.{name}") for name in ("kubernetesingress", "kubernetescrd", "kubernetesgateway"))

    def listed(self, name: str) -> list[str]:
        return [part.strip() for part in self.value(name).split(",") if part.strip()]

    @functools.cached_property
    def native_lb(self) -> dict[str, bool]:
        """By route kind: whether its Services are dialled by ClusterIP unless they say otherwise."""
        return {
            "Ingress": self.flag("providers.kubernetesingress.nativelbbydefault"),
            "IngressRoute": self.flag("providers.kubernetescrd.nativelbbydefault"),
            "HTTPRoute": self.flag("providers.kubernetesgateway.nativelbbydefault"),
            "GRPCRoute": self.flag("providers.kubernetesgateway.nativelbbydefault"),
        }

    def entered_by(self, port: int, *, plain: bool) -> list[str]:
        """The entry points that a Gateway's listener on this port stands for; of several alike Traefik takes any.

        Where none is known at all, they are defined elsewhere.
        """
        if not self.entry_points:
            return [f":{port}"]
        points = [point for point in self.entry_points.values() if not point.udp and point.port == port]
        return [point.name for point in points if not (plain and point.tls)]

    def entry_points_of(self, named: t.Sequence[str]) -> list[EntryPoint]:
        """The entry points a router listens on: those it names, else the defaults, else all but Traefik's own.

        A name that does not exist is skipped, as Traefik does. Where none is known at all, they are defined elsewhere.
        """
        if not self.entry_points:
            return [EntryPoint(name) for name in named or ("http",)]
        if named:
            return [self.entry_points[name.lower()] for name in named if name.lower() in self.entry_points]
        tcp = [point for point in self.entry_points.values() if not point.udp]
        return [p for p in tcp if p.as_default] or [p for p in tcp if p.name.lower() != INTERNAL_ENTRY_POINT]

    def ways_in(self, named: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """The different chains of middlewares with which requests may reach a router on these entry points; none where none exists."""
        if named not in self._ways_in:
            chains = (chain for point in self.entry_points_of(named) for chain in point.possible_chains)
            self._ways_in[named] = tuple(dict.fromkeys(chains))
        return self._ways_in[named]


def arguments_of(container: Object) -> list[t.Any]:
    """What the program is started with: options may stand in the command too, before the arguments."""
    return [*(container.get("command") or []), *(container.get("args") or [])]


def parse(arguments: t.Iterable[t.Any]) -> StaticConfig:
    config = StaticConfig()
    for name, value in _options([argument for argument in arguments if isinstance(argument, str)]):
        config.options.setdefault(name.lower(), []).append(value)
        match = _ENTRY_POINT.match(name.lower())
        if match:
            written = name.split(".")[1]
            _set_entry_point(config.entry_points.setdefault(match.group(1), EntryPoint(written)), match.group(2), value)
    return config


def is_chain(argument: str) -> bool:
    """Whether this option gives the middlewares of an entry point."""
    match = _ENTRY_POINT.match(argument.lstrip("-").lower())
    return match is not None and match.group(2).partition("=")[0] == "http.middlewares"


def is_true(value: str) -> bool:
    """As Traefik reads a boolean; written without a value it is true."""
    return value.lower() in ("", "1", "t", "true")


def _options(arguments: list[str]) -> t.Iterator[tuple[str, str]]:
    for argument, following in itertools.pairwise([*arguments, "-"]):
        if argument.startswith("-"):
            name, equals, value = argument.lstrip("-").partition("=")
            yield name, value if equals or following.startswith("-") else following


def _set_entry_point(point: EntryPoint, option: str, value: str) -> None:
    if option == "address":
        address, _slash, protocol = value.partition("/")
        port = address.rpartition(":")[2]
        point.udp, point.port = protocol.lower() == "udp", int(port) if port.isascii() and port.isdigit() else 0
    elif option == "asdefault":
        point.as_default = is_true(value)
    elif option == "http.tls" or option.startswith("http.tls."):
        point.tls = option != "http.tls" or is_true(value)
    elif option == "http.middlewares":
        point.chains.append(tuple(part.strip() for part in value.split(",") if part.strip()))
