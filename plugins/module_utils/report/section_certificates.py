# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates on a time line, each in proportion to its own life.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt

from .audit import Audit, Certificate, Role, Rotation
from .html import Html, el, join
from .table import Row, badge, lines, note, table
from .timeline import lifeline

KINDS = {"valid": "good", "due for renewal": "warn", "expired": "bad", "not valid yet": "warn"}


def certificates(audit: Audit, at: dt.datetime) -> Html:
    if not audit.certificates:
        return el("p", "No certificate was read.")
    rows = [Row(_cells(one, at)) for one in audit.certificates]
    key = el(
        "p",
        el("span", class_="key life"),
        " life, ",
        el("span", class_="key window"),
        " in which it is renewed",
        el("span", ", ", el("span", class_="key at"), " this audit", class_="scripted", hidden=True),
        ". Every bar is a whole life, however long. Times are UTC.",
        class_="legend-line",
    )
    return join(
        [
            _rotation(audit.rotation),
            key,
            table("Certificates and their lives", ["Certificate", "Life", "State"], rows, class_="cards certificates"),
        ]
    )


def _rotation(one: Rotation | None) -> Html:
    if one is None:
        return Html("")
    step = join(["Next comes ", el("b", one.step), f": {one.why}" if one.why else ""]) if one.step else Html("")
    return el("p", "A rotation of the trust anchor is under way. ", step, f" It waits for {one.waiting_for}." if one.waiting_for else "")


def _cells(one: Certificate, at: dt.datetime) -> list[object]:
    state = one.state(at)
    return [
        lines(el("b", one.use), note(one.subject), note(f"Secret {one.secret}" if one.secret else ""), note(one.key_type)),
        lifeline(one),
        lines(badge(state, KINDS[state]), note(_who(one))),
    ]


def _who(one: Certificate) -> str:
    if one.role is Role.ANCHOR:
        return "you rotate it"
    if one.role is Role.PREVIOUS:
        return "nothing is signed by it any more"
    return "renewed by itself" if one.renewal else "nothing is known to renew it"
