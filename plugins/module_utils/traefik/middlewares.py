# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik Middlewares: what each does to the header, and whether it makes a request of its own.

Source: runs of Traefik 3.7.15, and its middlewares' documentation. C(customRequestHeaders) replaces every value of
a header; an empty string removes it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..linkerd.authority import HEADER, names_backend
from ..model import OWNER_LABEL, OWNER_VALUE, Object
from ..routes.base import Backend, Filter, Link, mapping, mappings, text
from ..routes.ingress_route import SEPARATOR, canonical, middleware_name

KIND = "Middleware"
STRIP_NAME = "l5d-strip"
OUR_NAMES = re.compile(rf"{STRIP_NAME}|l5d-.+-\d+")
ASKS = ("forwardAuth", "errors", "plugin")
"""Middlewares that may call another service themselves. A plugin's behaviour is unknown, so it counts."""
LATE = "errors"


@dataclass(frozen=True, slots=True)
class Effect:
    """C(header) is None for no effect, an empty string for removal, or the value set.

    C(late): it asks once the backend has answered, with the header as the rest of the chain has left it.
    C(appended): the value goes behind the one that is there already, and the proxy follows the first.
    """

    name: str
    header: str | None = None
    asks: bool = False
    known: bool = True
    late: bool = False
    appended: bool = False


class Catalogue:
    """All Middlewares of a cluster by their name across providers; chains are followed."""

    def __init__(self, middlewares: t.Iterable[Object], separator: str = SEPARATOR) -> None:
        self._separator = separator
        self._by_name: dict[str, Object] = {}
        for obj in middlewares:
            meta = mapping(obj.get("metadata"))
            self._by_name[middleware_name(text(meta.get("namespace")), text(meta.get("name")), separator)] = obj
        self._effects: dict[str, tuple[Effect, ...]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def get(self, link: Link) -> Object | None:
        return self._by_name.get(link) if isinstance(link, str) else None

    def items(self) -> t.ItemsView[str, Object]:
        return self._by_name.items()

    def chained(self) -> set[str]:
        """What the chains among them refer to."""
        named = {name: mapping(mapping(obj.get("spec")).get("chain")) for name, obj in self._by_name.items()}
        return {
            canonical(reference, text(mapping(self._by_name[name].get("metadata")).get("namespace")), self._separator)
            for name, chain in named.items()
            for reference in mappings(chain.get("middlewares"))
        }

    def effects(self, links: t.Iterable[Link]) -> list[Effect]:
        return [effect for link in links for effect in (self._of(link) if isinstance(link, str) else (_of_filter(link),))]

    def missing(self, links: t.Iterable[Link]) -> list[str]:
        """References to Middlewares that do not exist: Traefik answers 404 for such a router."""
        names = (link for link in links if isinstance(link, str))
        return [name for name in names if name.endswith("@kubernetescrd") and name not in self._by_name]

    def _of(self, name: str) -> tuple[Effect, ...]:
        if name not in self._effects:
            self._effects[name] = ()  # what a chain that contains itself finds there
            self._effects[name] = tuple(self._read(name))
        return self._effects[name]

    def _read(self, name: str) -> t.Iterator[Effect]:
        obj = self._by_name.get(name)
        if obj is None:
            yield Effect(name, asks=True, known=False)
            return
        spec = mapping(obj.get("spec"))
        namespace = text(mapping(obj.get("metadata")).get("namespace"))
        if "chain" in spec:
            for reference in mappings(mapping(spec["chain"]).get("middlewares")):
                yield from self._of(canonical(reference, namespace, self._separator))
            return
        yield Effect(name, header=_header(spec), asks=any(kind in spec for kind in ASKS), late=LATE in spec)


def _of_filter(link: Filter) -> Effect:
    return Effect("", header=link.header, asks=link.asks, appended=link.appended)


def _header(spec: Object) -> str | None:
    headers = mapping(mapping(spec.get("headers")).get("customRequestHeaders"))
    for key, value in headers.items():
        if str(key).lower() == HEADER:
            return "" if value is None else str(value)
    return None


def is_ours(obj: Object | None) -> bool:
    """Whether it is one that C(build) made. Our label alone does not say so: whatever a user writes with l5d_apply has it."""
    meta, spec = mapping((obj or {}).get("metadata")), mapping((obj or {}).get("spec"))
    is_labelled = mapping(meta.get("labels")).get(OWNER_LABEL) == OWNER_VALUE
    return is_labelled and OUR_NAMES.fullmatch(text(meta.get("name"))) is not None and _header(spec) is not None


def build(api_version: str, name: str, namespace: str, value: str) -> Object:
    """A Middleware of ours that sets the header to O(value), or removes it where O(value) is empty."""
    return {
        "apiVersion": api_version,
        "kind": KIND,
        "metadata": {"name": name, "namespace": namespace, "labels": {OWNER_LABEL: OWNER_VALUE}},
        "spec": {"headers": {"customRequestHeaders": {HEADER: value}}},
    }


def set_name(backend: Backend) -> str:
    return f"l5d-{backend.name}-{backend.port}"


class ChainView(t.NamedTuple):
    """How a chain treats the header of a request to one backend.

    C(leaks): a middleware makes its own request while the client's header is still there.
    C(astray): error pages are asked for with the header that was set for the backend.
    """

    header: str
    stripped: bool
    leaks: bool
    set_before_asking: bool
    astray: bool


def view(effects: t.Sequence[Effect], backend: Backend, cluster_domain: str) -> ChainView:
    """O(effects) in the order Traefik runs them: the entry point's, the router's, the service's."""
    header, clients, leaks, set_before_asking = "none", True, False, False
    for effect in effects:
        if effect.asks:
            leaks = leaks or clients
            set_before_asking = set_before_asking or (header != "none" and effect.known and not effect.late)
        if effect.header is not None and not (effect.appended and (clients or header != "none")):
            header, clients = _kind(effect.header, backend, cluster_domain), False
    astray = header != "none" and any(effect.late for effect in effects)
    return ChainView(header, not clients, leaks, set_before_asking, astray)


def _kind(value: str, backend: Backend, cluster_domain: str) -> str:
    if not value:
        return "none"
    return "right" if names_backend(value, backend.name, backend.namespace, backend.port, cluster_domain) else "wrong"
