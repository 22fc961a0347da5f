# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ReferenceGrants: which routes may name a Service of another namespace.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from ..routes.base import mapping, mappings, text
from .attachment import GROUP


class Target(t.NamedTuple):
    """What a route refers to."""

    group: str
    kind: str
    name: str
    namespace: str


class Grants:
    """All grants, by the namespace that gives them."""

    def __init__(self, grants: t.Iterable[Object]) -> None:
        self._specs: dict[str, list[Object]] = {}
        for obj in grants:
            namespace = text(mapping(obj.get("metadata")).get("namespace"))
            self._specs.setdefault(namespace, []).append(mapping(obj.get("spec")))

    def allow(self, route_kind: str, route_namespace: str, target: Target) -> bool:
        """Whether such a route may refer to it; within one namespace always."""
        if route_namespace == target.namespace:
            return True
        wanted = {"group": GROUP, "kind": route_kind, "namespace": route_namespace}
        return any(
            any(item.items() >= wanted.items() for item in mappings(spec.get("from")))
            and any(_covers(item, target) for item in mappings(spec.get("to")))
            for spec in self._specs.get(target.namespace, ())
        )


def _covers(item: Object, target: Target) -> bool:
    group = "" if item.get("group") == "core" else item.get("group") or ""
    return group == target.group and item.get("kind") == target.kind and item.get("name") in (None, target.name)
