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
from ..routes import ingress, ingress_route
from ..routes.base import Route, Rule
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
        return Target(route.ref, rule.name, known, own, usable(_way(route.ref.kind, rule)))
    except WayError as error:
        return Target(route.ref, rule.name, known, own, None, str(error))


def _way(kind: str, rule: Rule) -> Way:
    reader = WAYS.get(kind)
    if reader is None:
        raise WayError(f"a probe does not know how requests look that take a route of kind {kind}")
    return reader(rule)


def _ingress(rule: Rule) -> Way:
    """Its rules are named host and path."""
    if "/" not in rule.name:
        return Way(any_host(), "/")
    host, slash, path = rule.name.partition("/")
    return Way(any_host() if host == "*" else host, slash + path)


def _ingress_route(rule: Rule) -> Way:
    return matcher.way(rule.name)


WAYS: dict[str, t.Callable[[Rule], Way]] = {ingress.KIND: _ingress, ingress_route.KIND: _ingress_route}
"""How a rule's name, which its reader made, says what a request must be like."""
