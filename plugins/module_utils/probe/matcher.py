# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that one of Traefik's matchers accepts: C(Host(`a`) && PathPrefix(`/b`) && !Path(`/b/c`)).

Only what a plain request can be made to meet is understood: hosts, paths and methods, with and, or, not and brackets.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import re
import typing as t
from dataclasses import dataclass

from .ways import Way, WayError, any_host

_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|,|[A-Za-z]+|`[^`]*`|\"(?:[^\"\\]|\\.)*\")")
MOST_TOKENS = 500
SAFE_METHODS = ("GET", "HEAD")
PATH_LEAVES = ("Path", "PathPrefix")
LEAVES = ("Host", *PATH_LEAVES, "Method")


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    values: tuple[str, ...]

    def accepts(self, way: Way) -> bool:
        if self.name == "Host":
            return way.host.lower() in (value.lower() for value in self.values)
        if self.name == "Method":
            return way.method in self.values
        if self.name == "Path":
            return way.path in self.values
        return any(way.path.startswith(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node

    def accepts(self, way: Way) -> bool:
        return not self.inner.accepts(way)


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Node, ...]

    def accepts(self, way: Way) -> bool:
        return all(part.accepts(way) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]

    def accepts(self, way: Way) -> bool:
        return any(part.accepts(way) for part in self.parts)


Node: t.TypeAlias = "Leaf | Not | Both | Either"


def way(match: str) -> Way:
    """One request that fits. Raises WayError where none can be told."""
    node = _Parser(match).whole()
    leaves = list(_leaves(node))
    hosts = _values(leaves, ("Host",)) or [any_host()]
    paths = [*_values(leaves, PATH_LEAVES), "/"]
    methods = [method for method in SAFE_METHODS if method in ("GET", *_values(leaves, ("Method",)))]
    for host, path, method in itertools.product(hosts, paths, methods):
        candidate = Way(host, path, method)
        if node.accepts(candidate):
            return candidate
    raise WayError("no GET or HEAD request that fits its matcher could be found")


def _values(leaves: t.Iterable[Leaf], names: t.Container[str]) -> list[str]:
    return list(dict.fromkeys(value for leaf in leaves if leaf.name in names for value in leaf.values))


def _leaves(node: Node) -> t.Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Not):
        yield from _leaves(node.inner)
    else:
        for part in node.parts:
            yield from _leaves(part)


class _Parser:
    """Or binds weakest, not strongest."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._place = 0

    def whole(self) -> Node:
        node = self._either()
        if self._next():
            raise WayError(f"its matcher is not understood at {self._next()!r}")
        return node

    def _either(self) -> Node:
        parts = [self._both()]
        while self._next() == "||":
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._single()]
        while self._next() == "&&":
            self._take()
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Node:
        word = self._take()
        if word == "!":
            return Not(self._single())
        if word == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if word not in LEAVES:
            raise WayError(f"its matcher asks for {word or 'nothing'}, which a probe cannot be made to meet")
        return Leaf(word, self._arguments())

    def _arguments(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._next() == ",":
            self._take()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._take()
        if token[:1] not in ("`", '"'):
            raise WayError(f"its matcher is not understood at {token!r}")
        return token[1:-1]

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._place += 1
        return token

    def _expect(self, wanted: str) -> None:
        token = self._take()
        if token != wanted:
            raise WayError(f"its matcher is not understood at {token or 'its end'!r}: {wanted} is missing")


def _tokens(text: str) -> list[str]:
    text = text.rstrip()
    tokens: list[str] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or len(tokens) == MOST_TOKENS:
            raise WayError(f"its matcher is not understood at {text[place : place + 20]!r}")
        tokens.append(found[1])
        place = found.end()
    return tokens
