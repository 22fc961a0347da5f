# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set l5d-dst-override with the Gateway API's own means: a RequestHeaderModifier, set, never add.

At the rule where it has one backend: every implementation can do that. At the backend where there are several, or
where the rule's filters would undo it, as far as the implementation applies filters there. A filter type may stand
only once in a list, so what somebody wrote is joined.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..findings import finding
from ..linkerd.authority import HEADER
from ..model import Finding, Object
from ..ownership import AddItem, Edit, SetLeaf
from ..places import Path
from ..routes.base import Backend, Filter, Route, Rule, mappings
from ..routes.gateway_route import MODIFIER, Implementation, is_header

MOST_FILTERS = MOST_HEADERS = 16
"""What the API takes at most in a list of filters, and of headers to set."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a controller sees in filters beyond the API's own words.

    C(authority): the value for a backend. C(asks): whether a filter, in this namespace, makes a request of its own.
    C(is_right): whether the backend gets its own value already. C(asks_late): whether something on the way asks with
    the header that was set for the backend.
    """

    authority: t.Callable[[Backend], str]
    asks: t.Callable[[Object, str], bool]
    is_right: t.Callable[[Rule, Backend], bool]
    asks_late: t.Callable[[Rule, Backend], bool]


@dataclass(slots=True)
class Placement:
    edits: list[Edit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def place(route: Route, implementation: Implementation, outlook: Outlook) -> Placement:
    """The edits that give each backend of O(route) its own value. O(route) was read without anything of ours in it."""
    result = Placement()
    for rule, backend in route.backends():
        what = f"{rule.name} to {backend}"
        if _adds(rule, backend):
            result.findings.append(finding("L5D225", route.ref, what))
        if _ignored(implementation, backend):
            result.findings.append(finding("L5D226", route.ref, what))
        if backend.problem or outlook.is_right(rule, backend):
            continue
        if outlook.asks_late(rule, backend):
            result.findings.append(finding("L5D216", route.ref, what))
            continue
        edits = _edits(route, rule, backend, implementation, outlook) if backend.kind == "Service" else None
        if edits is None:
            result.findings.append(finding("L5D207", route.ref, what))
            continue
        result.edits += [edit for edit in edits if edit not in result.edits]
    return result


def _edits(route: Route, rule: Rule, backend: Backend, implementation: Implementation, outlook: Outlook) -> list[Edit] | None:
    value = outlook.authority(backend)

    def asks(item: Object) -> bool:
        return outlook.asks(item, route.ref.namespace)

    alone = len({(other.kind, other.namespace, other.name, other.port) for other in rule.backends}) == 1
    found = set_edits(rule.raw or {}, rule.path, value, asks) if alone else None
    if found is None and backend.route_kind in implementation.backend_filters:
        found = set_edits(backend.raw or {}, backend.path, value, asks)
    return found


def set_edits(holder: Object, path: Path, value: str, asks: t.Callable[[Object], bool]) -> list[Edit] | None:
    """Edits with which these filters set the header, after whatever makes its own request; None where they cannot."""
    filters = holder.get("filters") or []
    if not isinstance(filters, list) or len(mappings(filters)) != len(filters):
        return None
    modifier_path: Path = (*path, "filters", {"type": MODIFIER}, "requestHeaderModifier")
    ours = AddItem((*modifier_path, "set"), {"name": HEADER, "value": value})
    place_ = next((place for place, item in enumerate(filters) if item.get("type") == MODIFIER), None)
    if place_ is None:
        empty = AddItem((*path, "filters"), {"type": MODIFIER, "requestHeaderModifier": {}})
        return [empty, ours] if len(filters) < MOST_FILTERS else None
    modifier = filters[place_].get("requestHeaderModifier")
    if not isinstance(modifier, dict) or any(asks(item) for item in filters[place_ + 1 :]) or _undone(modifier):
        return None
    written = modifier.get("set") or []
    names = [item["name"] for item in mappings(written) if is_header(item.get("name"))]
    if names:
        return [SetLeaf((*modifier_path, "set", {"name": name}, "value"), value) for name in names]
    return [ours] if isinstance(written, list) and len(written) < MOST_HEADERS else None


def _undone(modifier: Object) -> bool:
    """It adds or removes the header after it has set it."""
    removed = modifier.get("remove")
    names = [item.get("name") for item in mappings(modifier.get("add"))] + (removed if isinstance(removed, list) else [])
    return any(is_header(name) for name in names)


def _adds(rule: Rule, backend: Backend) -> bool:
    return any(isinstance(link, Filter) and link.appended for link in (*rule.chain, *backend.chain))


def _ignored(implementation: Implementation, backend: Backend) -> bool:
    if backend.route_kind in implementation.backend_filters:
        return False
    modifiers = [item.get("requestHeaderModifier") for item in mappings((backend.raw or {}).get("filters"))]
    return any(
        is_header(item.get("name")) for modifier in modifiers if isinstance(modifier, dict) for item in mappings(modifier.get("set"))
    )
