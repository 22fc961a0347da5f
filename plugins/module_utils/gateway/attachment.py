# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Gateways are a controller's, and which of their listeners a route is attached to.

A route counts for a controller where one of its parents is a Gateway of a class that names that controller. A parent
of kind Service makes a mesh route, which is Linkerd's own business.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from ..routes.base import mapping, mappings, text

GROUP = "gateway.networking.k8s.io"
HTTP = ("HTTP", "HTTPS")
ANY = "*"


class Listener(t.NamedTuple):
    """C(namespaces) is the one whose routes it takes, or C(*); which ones a selector takes is not known here."""

    name: str
    port: int
    protocol: str
    hostname: str
    namespaces: str
    kinds: tuple[str, ...]

    def takes(self, kind: str, namespace: str, parent: Object, hostnames: t.Sequence[str]) -> bool:
        if parent.get("sectionName") not in (None, "", self.name) or parent.get("port") not in (None, self.port):
            return False
        if self.protocol not in HTTP or (self.kinds and kind not in self.kinds) or self.namespaces not in (ANY, namespace):
            return False
        return not self.hostname or not hostnames or any(_meet(self.hostname, name) for name in hostnames)


class Gateways:
    """The Gateways of one controller, by namespace and name."""

    def __init__(self, classes: t.Iterable[Object], gateways: t.Iterable[Object], controller_name: str) -> None:
        ours = {
            text(mapping(c.get("metadata")).get("name")) for c in classes if mapping(c.get("spec")).get("controllerName") == controller_name
        }
        self._listeners: dict[tuple[str, str], list[Listener]] = {}
        for obj in gateways:
            meta, spec = mapping(obj.get("metadata")), mapping(obj.get("spec"))
            if text(spec.get("gatewayClassName")) in ours:
                namespace = text(meta.get("namespace"))
                self._listeners[(namespace, text(meta.get("name")))] = [
                    _listener(raw, namespace) for raw in mappings(spec.get("listeners"))
                ]

    def attached(self, kind: str, obj: Object) -> list[Listener] | None:
        """The listeners that serve this route; None where none of its parents is a Gateway of this controller."""
        namespace, spec = text(mapping(obj.get("metadata")).get("namespace")), mapping(obj.get("spec"))
        named = spec.get("hostnames")
        hostnames = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
        parents = [(parent, self._of(parent, namespace)) for parent in mappings(spec.get("parentRefs"))]
        if all(listeners is None for _parent, listeners in parents):
            return None
        taken = (item for parent, listeners in parents for item in listeners or () if item.takes(kind, namespace, parent, hostnames))
        return list(dict.fromkeys(taken))

    def _of(self, parent: Object, namespace: str) -> list[Listener] | None:
        if parent.get("kind", "Gateway") != "Gateway" or parent.get("group", GROUP) != GROUP:
            return None
        return self._listeners.get((text(parent.get("namespace")) or namespace, text(parent.get("name"))))


def _listener(raw: Object, namespace: str) -> Listener:
    allowed = mapping(raw.get("allowedRoutes"))
    from_ = text(mapping(allowed.get("namespaces")).get("from")) or "Same"
    kinds = tuple(text(item.get("kind")) for item in mappings(allowed.get("kinds")) if item.get("group", GROUP) == GROUP)
    return Listener(
        text(raw.get("name")),
        raw["port"] if isinstance(raw.get("port"), int) else 0,
        text(raw.get("protocol")),
        text(raw.get("hostname")),
        namespace if from_ == "Same" else ANY,
        kinds,
    )


def _meet(one: str, other: str) -> bool:
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(wildcard: str, name: str) -> bool:
    return wildcard.startswith("*.") and name.endswith(wildcard[1:])
