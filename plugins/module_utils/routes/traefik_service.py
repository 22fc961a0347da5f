# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TraefikService: a backend that stands for others, by weight, as mirror, by hash or as fallback.

Facts: buildTraefikService in Traefik's CRD provider. One shape counts, in this order: weighted, mirroring,
highestRandomWeight, failover. A child says nativeLB itself; the option nativeLBByDefault does not reach it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object, Ref
from ..places import Path, selectors
from .base import Backend, Services, mapping, mappings
from .ingress_route import SEPARATOR, TRAEFIK_SERVICE, backend_of, written_services

KIND = TRAEFIK_SERVICE
SHAPES = ("weighted", "mirroring", "highestRandomWeight", "failover")


def children(obj: Object, services: Services, separator: str = SEPARATOR) -> list[Backend]:
    """What this TraefikService itself names, in its order."""
    holder = Ref.of(obj)
    found = [backend_of(raw, holder.namespace, path, services, separator) for path, raw in _written(obj)]
    for child in found:
        child.holder = holder
    return found


def _written(obj: Object) -> t.Iterator[tuple[Path, Object]]:
    spec = mapping(obj.get("spec"))
    shape = next((name for name in SHAPES if isinstance(spec.get(name), dict)), "")
    inner, path = mapping(spec.get(shape)), ("spec", shape)
    if shape in ("weighted", "highestRandomWeight"):
        yield from ((place, raw) for raw, place in written_services(inner, path))
    elif shape == "mirroring":
        yield path, inner
        mirrors = mappings(inner.get("mirrors"))
        for selector, raw in zip(selectors(mirrors, ("name", "namespace", "kind", "port")), mirrors, strict=True):
            yield (*path, "mirrors", selector), raw
    elif shape == "failover":
        yield from (((*path, key), mapping(inner.get(key))) for key in ("service", "fallback"))


class Expansion:
    """Follows TraefikServices down to the Services that they stand for, each once; a loop is a problem, not a hang."""

    def __init__(self, objects: t.Iterable[Object], services: Services, separator: str = SEPARATOR) -> None:
        self._objects = {(ref.namespace, ref.name): obj for obj in objects for ref in (Ref.of(obj),)}
        self._services = services
        self._separator = separator
        self._children: dict[tuple[str, str], list[Backend]] = {}
        self._leaves: dict[tuple[str, str], list[Backend]] = {}
        self.reached: set[Ref] = set()

    def __call__(self, backend: Backend, _by: Ref) -> t.Sequence[Backend]:
        """Names of other providers are not followed: what stands behind them is not in the cluster."""
        if backend.kind != KIND or "@" in backend.name:
            return (backend,)
        key = (backend.namespace, backend.name)
        if key not in self._leaves:
            self._leaves[key] = self._follow(key)
        return self._leaves[key] or (backend,)

    def _follow(self, root: tuple[str, str]) -> list[Backend]:
        """Depth first without recursion: people nest deeper than Python likes, and share children."""
        leaves: list[Backend] = []
        seen, above = {root}, {root: None}
        waiting = [iter(self._of(root))]
        while waiting:
            child = next(waiting[-1], None)
            if child is None:
                waiting.pop()
                above.popitem()
            elif child.kind != KIND or "@" in child.name or child.problem:
                leaves.append(child)
            else:
                key = (child.namespace, child.name)
                if key in above:
                    child.problem = f"{KIND} {child.namespace}/{child.name} is behind itself"
                    leaves.append(child)
                elif key not in seen:
                    seen.add(key)
                    above[key] = None
                    waiting.append(iter(self._of(key)))
        return leaves

    def _of(self, key: tuple[str, str]) -> list[Backend]:
        if key not in self._children:
            self._children[key] = self._read(key)
        return self._children[key]

    def _read(self, key: tuple[str, str]) -> list[Backend]:
        obj = self._objects.get(key)
        if obj is None:
            return [Backend(*key, None, kind=KIND, problem=f"{KIND} {'/'.join(key)} does not exist")]
        self.reached.add(Ref.of(obj))
        found = children(obj, self._services, self._separator)
        return found or [Backend(*key, None, kind=KIND, problem=f"{KIND} {'/'.join(key)} names no service")]
