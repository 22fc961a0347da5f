# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of one cluster: one file that needs nothing else, and is not able to ask for anything.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import typing as t

from . import headline
from .audit import Audit
from .document import GENERATOR
from .headline import WORDS, State
from .html import Html, el, join
from .script import SCRIPT
from .section_certificates import certificates
from .section_findings import findings
from .section_routes import routes
from .section_workloads import cluster, workloads
from .style import STYLE
from .words import moment

COLOURS = {State.SAFE: "#1a7f4b", State.ATTENTION: "#b7791f", State.UNSAFE: "#c0362c", State.UNKNOWN: "#6b7280"}


def report(audit: Audit, at: dt.datetime, docs_url: str = "") -> str:
    """The whole page, by C(docs_url) with links into the documentation."""
    said = headline.of(audit, at)
    parts = _parts(audit, at, docs_url)
    header = el(
        "header",
        el("p", "Linkerd audit", class_="kicker"),
        el("h1", audit.name),
        el(
            "p",
            el("strong", WORDS[said.state], class_="state"),
            " ",
            el("span", said.safety),
            " ",
            el("span", said.action),
            class_=f"headline {said.state.value}",
        ),
        el("p", "Looked at on ", moment(at, id="at"), el("span", id="age", hidden=True), class_="when"),
        el("nav", el("ul", *(el("li", el("a", title, href=f"#{name}")) for name, title, _part in parts)), aria_label="Sections"),
    )
    sections = [
        el("section", el("h2", title, id=f"{name}-heading"), part, id=name, aria_labelledby=f"{name}-heading")
        for name, title, part in parts
    ]
    return document(f"{audit.name}: {WORDS[said.state].lower()}", said.state, [header, el("main", *sections)])


def _parts(audit: Audit, at: dt.datetime, docs_url: str) -> list[tuple[str, str, Html]]:
    """Name, title and content of every section."""
    unread = [("unread", _counted("Not read", len(audit.unread)), _unread(audit))] if audit.unread else []
    if not audit.read:
        return unread
    return [
        *unread,
        ("findings", _counted("Findings", len(audit.findings)), findings(audit, docs_url)),
        ("certificates", _counted("Certificates", len(audit.certificates)), certificates(audit, at)),
        ("routes", _counted("Routes", len({route.object for route in audit.routes})), routes(audit)),
        ("workloads", "Workloads", workloads(audit)),
        ("cluster", "Cluster", cluster(audit)),
    ]


def document(title: str, state: State, body: t.Iterable[Html]) -> str:
    """C(<!DOCTYPE html>) and all; only this style and this script may work in it."""
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(STYLE)}'",
            f"script-src '{_digest(SCRIPT)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content=GENERATOR),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="robots", content="noindex"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("link", rel="icon", href=_icon(state)),
        el("style", Html(STYLE)),
    )
    page = el("html", head, "\n", el("body", *body, "\n", el("script", Html(SCRIPT))), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _digest(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _icon(state: State) -> str:
    colour = COLOURS[state].replace("#", "%23")
    return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='{colour}'/%3E%3C/svg%3E"


def _counted(title: str, number: int) -> str:
    return f"{title} ({number:,})" if number else title


def _unread(audit: Audit) -> Html:
    entries = [
        el("li", el("b", f"{one.what[:1].upper()}{one.what[1:]}"), f": {one.reason}", f". {one.remedy}" if one.remedy else "")
        for one in audit.unread
    ]
    return join([el("p", "What follows is without these.") if audit.read else "", el("ul", *entries, class_="objects")])
