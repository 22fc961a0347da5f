# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that leads to the reports of several clusters.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from . import headline
from .audit import Audit
from .headline import WORDS, Headline, State
from .html import el
from .page import document
from .table import Row, badge, table
from .words import count, listed, moment

WORST_FIRST = (State.UNSAFE, State.UNKNOWN, State.ATTENTION, State.SAFE)
KINDS = {State.UNSAFE: "bad", State.UNKNOWN: "plain", State.ATTENTION: "warn", State.SAFE: "good"}


def index(audits: t.Sequence[tuple[Audit, str]], at: dt.datetime) -> str:
    """C(audits) with the names of the files of their reports."""
    said = [(audit, link, headline.of(audit, at)) for audit, link in audits]
    ordered = sorted(said, key=lambda entry: (WORST_FIRST.index(entry[2].state), entry[0].name))
    worst = ordered[0][2].state
    rows = [Row(_cells(audit, link, one)) for audit, link, one in ordered]
    header = el(
        "header",
        el("p", "Linkerd audit", class_="kicker"),
        el("h1", count(len(said), "cluster")),
        el(
            "p",
            el("strong", WORDS[worst], class_="state"),
            " ",
            _tally([one for _audit, _link, one in said]),
            class_=f"headline {worst.value}",
        ),
        el("p", "Looked at on ", moment(at, id="at"), el("span", id="age", hidden=True), class_="when"),
    )
    shown = table("Clusters, those that need you first", ["Cluster", "State", "In short", "Routes", "Findings"], rows, class_="cards")
    return document(
        f"{count(len(said), 'cluster')}: {WORDS[worst].lower()}", worst, [header, el("main", el("section", el("h2", "Clusters"), shown))]
    )


def _cells(audit: Audit, link: str, said: Headline) -> list[object]:
    routes = f"{len({route.object for route in audit.routes}):,}"
    return [
        el("a", audit.name, href=link),
        badge(WORDS[said.state].lower(), KINDS[said.state]),
        f"{said.safety} {said.action}",
        routes if audit.read else "not read",
        f"{len(audit.findings):,}" if audit.read else "not read",
    ]


def _tally(said: t.Sequence[Headline]) -> str:
    counts = [(state, sum(one.state is state for one in said)) for state in WORST_FIRST]
    return f"{listed([f'{number} {WORDS[state].lower()}' for state, number in counts if number])}."
