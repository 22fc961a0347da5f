# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes and what each backend of them is worth, first those that somebody should look at.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections

from ..planning.judge import VERDICTS
from .audit import Audit, Controller, Route
from .html import Html, el, join
from .table import Row, badge, lines, note, table
from .words import count

SHORT = {
    "not_meshed": "not meshed",
    "safe_full": "safe, to the Service",
    "safe_endpoint_routed": "safe, to a pod",
    "safe_by_header": "safe by header",
    "safe_by_strip_full": "safe by strip, to the Service",
    "safe_by_strip_endpoint_routed": "safe by strip, to a pod",
    "auth_bypassed": "authentication bypassed",
    "misrouted": "misrouted",
    "relayable": "relayable",
    "bypasses_mesh": "bypasses the mesh",
    "internal": "internal",
    "not_http": "not HTTP",
    "broken": "broken",
}
REMARKABLE = ("not_meshed", "bypasses_mesh", "broken")
"""Safe, because no client can choose the backend, and yet not what somebody wants who meshes an ingress."""


def routes(audit: Audit) -> Html:
    about = [el("p", _controller(controller), class_="controller") for controller in audit.controllers]
    if not audit.routes:
        return join([*about, el("p", "No route was found." if audit.controllers else "No route was judged.")])
    ordered = sorted(audit.routes, key=lambda one: (one.safe, one.verdict not in REMARKABLE, one.object.namespace, one))
    rows = [Row(_cells(route), {"data_verdict": route.verdict, "data_namespace": route.object.namespace}) for route in ordered]
    shown = table(
        "Backends of every route and their verdicts", ["Route", "Rule", "Backend", "Verdict"], rows, class_="cards", id="route-table"
    )
    return join([*about, _tally(audit), _filters(audit), shown, _legend(audit)])


def _controller(one: Controller) -> Html:
    mode = "no proxy" if one.mode == "none" else f"proxy mode {one.mode}"
    name = " ".join(part for part in (one.name, one.version) if part)
    return join([el("b", name), f", {one.workload}, {mode}, {count(one.pods, 'pod')}"])


def _cells(route: Route) -> list[object]:
    name = el("b", route.object.name), note(" ".join(part for part in (route.object.kind, route.object.namespace) if part))
    general = VERDICTS.get(route.verdict, (route.safe, ""))[1]
    because = route.reason if not route.safe or route.reason != general else ""
    return [lines(*name), route.rule, route.backend, lines(_badge(route), note(because) if because else "")]


def _badge(route: Route) -> Html:
    kind = "bad" if not route.safe else "warn" if route.verdict in REMARKABLE else "good"
    return badge(_short(route.verdict), kind)


def _short(verdict: str) -> str:
    return SHORT.get(verdict, verdict.replace("_", " "))


def _tally(audit: Audit) -> Html:
    verdicts = collections.Counter(route.verdict for route in audit.routes)
    bad = {route.verdict for route in audit.unsafe}
    ordered = sorted(verdicts, key=lambda verdict: (verdict not in bad, -verdicts[verdict], verdict))
    routes_ = count(len({route.object for route in audit.routes}), "route")
    counts = ", ".join(f"{verdicts[verdict]:,} {_short(verdict)}" for verdict in ordered)
    return el("p", f"{routes_} with {count(len(audit.routes), 'backend')}: {counts}.")


def _filters(audit: Audit) -> Html:
    """Hidden until the script that they need has run."""
    verdicts = sorted({route.verdict for route in audit.routes})
    namespaces = sorted({route.object.namespace for route in audit.routes})
    return el(
        "form",
        el("label", "Search ", el("input", type="search", id="filter-text", autocomplete="off", placeholder="name, host, backend")),
        el("label", "Verdict ", _select("filter-verdict", [("", "all"), *((verdict, _short(verdict)) for verdict in verdicts)])),
        el("label", "Namespace ", _select("filter-namespace", [("", "all"), *((name, name or "none") for name in namespaces)])),
        el("output", count(len(audit.routes), "backend"), id="filter-count", for_="filter-text filter-verdict filter-namespace"),
        id="filters",
        hidden=True,
        role="search",
        aria_label="Filter the routes",
    )


def _select(name: str, options: list[tuple[str, str]]) -> Html:
    return el("select", *(el("option", word, value=value) for value, word in options), id=name)


def _legend(audit: Audit) -> Html:
    verdicts = sorted({route.verdict for route in audit.routes} & set(VERDICTS))
    entries = [part for verdict in verdicts for part in (el("dt", _short(verdict)), el("dd", VERDICTS[verdict][1]))]
    return (
        el("details", el("summary", "What the verdicts mean"), el("dl", *entries, class_="legend"), class_="more") if entries else Html("")
    )
