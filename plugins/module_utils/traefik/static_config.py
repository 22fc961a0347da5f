# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik's static configuration, read from the arguments of its container.

Option names are case-insensitive; a boolean without a value is true.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

INTERNAL_ENTRY_POINT = "traefik"
_ENTRY_POINT = re.compile(r"entrypoints\.([^.=]+)\.(.+)")


@dataclass(slots=True)
class EntryPoint:
    name: str
    udp: bool = False
    as_default: bool = False
    chain: tuple[str, ...] = ()


@dataclass(slots=True)
class StaticConfig:
    """What of the static configuration decides over routes."""

    entry_points: dict[str, EntryPoint] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        values = self.options.get(name.lower()) or ["false"]
        return values[-1].lower() in ("", "true")

    def value(self, name: str) -> str:
        return (self.options.get(name.lower()) or [""])[-1]

    def has(self, prefix: str) -> bool:
        return any(key == prefix or key.startswith(f"{prefix}.") for key in self.options)

    @property
    def native_lb(self) -> dict[str, bool]:
        """By route kind: whether its Services are dialled by ClusterIP unless they say otherwise."""
        return {
            "Ingress": self.flag("providers.kubernetesingress.nativelbbydefault"),
            "IngressRoute": self.flag("providers.kubernetescrd.nativelbbydefault"),
        }

    def entry_points_of(self, named: t.Sequence[str]) -> list[EntryPoint]:
        """The entry points a router listens on: those it names, else the defaults, else all but Traefik's own."""
        if named:
            return [self.entry_points.get(name.lower(), EntryPoint(name)) for name in named]
        tcp = [point for point in self.entry_points.values() if not point.udp]
        return [p for p in tcp if p.as_default] or [p for p in tcp if p.name.lower() != INTERNAL_ENTRY_POINT]


def parse(arguments: t.Iterable[t.Any]) -> StaticConfig:
    config = StaticConfig()
    for argument in arguments:
        if not isinstance(argument, str) or not argument.startswith("-"):
            continue
        name, _equals, value = argument.lstrip("-").partition("=")
        config.options.setdefault(name.lower(), []).append(value)
        match = _ENTRY_POINT.match(name.lower())
        if match:
            written = name.split(".")[1]
            _set_entry_point(config.entry_points.setdefault(match.group(1), EntryPoint(written)), match.group(2), value)
    return config


def _set_entry_point(point: EntryPoint, option: str, value: str) -> None:
    if option == "address":
        point.udp = value.lower().endswith("/udp")
    elif option == "asdefault":
        point.as_default = value.lower() in ("", "true")
    elif option == "http.middlewares":
        point.chain += tuple(part.strip() for part in value.split(",") if part.strip())
