# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to send for each rule of each route, by route kind.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import Ref, Verdict
from ..routes import grpc_route, http_route, ingress, ingress_route
from ..routes.base import Route, Rule, mapping, mappings, text
from . import matcher
from .ways import Way, WayError, any_host, usable

NOTHING_TO_SEE = {"broken", "internal", "not_http"}
"""Verdicts of rules whose requests never reach a proxy as HTTP."""


@dataclass(frozen=True, slots=True)
class Target:
    """One rule. C(own) is the authority of its first backend; without a O(way), C(problem) says why there is none."""

    object: Ref
    rule: str
    verdicts: tuple[str, ...]
    own: str
    way: Way | None
    problem: str = ""


def targets(routes: t.Iterable[Route], verdicts: t.Iterable[Verdict], cluster_domain: str) -> list[Target]:
    """Every rule that has a verdict which a request can be held against."""
    found: dict[tuple[Ref, str], set[str]] = {}
    for verdict in verdicts:
        found.setdefault((verdict.object, verdict.rule), set()).add(verdict.verdict)
    return [
        _target(route, rule, judged, cluster_domain)
        for route in routes
        for rule in route.rules
        if (judged := found.pop((route.ref, rule.name), set()) - NOTHING_TO_SEE)
    ]


def _target(route: Route, rule: Rule, verdicts: t.Iterable[str], cluster_domain: str) -> Target:
    own = next((f"{b.name}.{b.namespace}.svc.{cluster_domain}:{b.port}" for b in rule.backends if b.port), "")
    known = tuple(sorted(verdicts))
    try:
        return Target(route.ref, rule.name, known, own, usable(_way(route, rule)))
    except WayError as error:
        return Target(route.ref, rule.name, known, own, None, str(error))


def _way(route: Route, rule: Rule) -> Way:
    reader = WAYS.get(route.ref.kind)
    if reader is None:
        raise WayError(f"a probe does not know how requests look that take a route of kind {route.ref.kind}")
    return reader(route, rule)


def _ingress(_route: Route, rule: Rule) -> Way:
    """Its rules are named host and path."""
    if "/" not in rule.name:
        return Way(any_host(), "/")
    host, slash, path = rule.name.partition("/")
    return Way(any_host() if host == "*" else host, slash + path)


def _ingress_route(_route: Route, rule: Rule) -> Way:
    """Its rules are named by their matcher."""
    return matcher.way(rule.name)


def _http_route(route: Route, rule: Rule) -> Way:
    """One of its matches is enough."""
    hosts = mapping(route.object.get("spec")).get("hostnames")
    host = next((name for name in hosts if isinstance(name, str)), any_host()) if isinstance(hosts, list) else any_host()
    for match in mappings(mapping(rule.raw).get("matches")) or [{}]:
        path, method = mapping(match.get("path")), text(match.get("method")) or "GET"
        plain = text(path.get("type")) in ("", "Exact", "PathPrefix") and not match.get("headers") and not match.get("queryParams")
        if plain and method in matcher.SAFE_METHODS:
            return Way(host, text(path.get("value")) or "/", method)
    raise WayError("each of its matches asks for a header, a query, a pattern or another method than GET and HEAD")


def _grpc_route(_route: Route, _rule: Rule) -> Way:
    raise WayError("a gRPC call is a POST, which a probe does not send")


WAYS: dict[str, t.Callable[[Route, Rule], Way]] = {
    ingress.KIND: _ingress,
    ingress_route.KIND: _ingress_route,
    http_route.KIND: _http_route,
    grpc_route.KIND: _grpc_route,
}
"""What a request must be like that takes a rule, by the kind of its route."""
