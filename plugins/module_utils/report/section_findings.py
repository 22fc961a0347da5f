# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings, grouped by their code: what to do is said once, the objects are listed below it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import typing as t

from ..findings import RULES
from ..model import Severity
from .audit import Audit, Noticed
from .html import Html, el, join
from .table import badge
from .words import count

ANCHOR = "ansible-collections-pimesh-linkerd-docsite-findings-"
"""What Sphinx makes of the labels in the guide about findings."""

KINDS = {Severity.CRITICAL: "bad", Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "plain"}


def findings(audit: Audit, docs_url: str) -> Html:
    if not audit.findings:
        return el("p", "None, as far as could be read." if audit.unread else "None.")
    groups = itertools.groupby(audit.findings, key=lambda one: (one.severity, one.code, one.title, one.remedy))
    together: dict[t.Any, list[Noticed]] = {}
    for key, group in groups:
        together.setdefault(key, []).extend(group)
    return join(_group(found, docs_url) for found in together.values())


def _group(found: list[Noticed], docs_url: str) -> Html:
    first = found[0]
    word = first.severity.name.lower()
    times = f" ({len(found):,})" if len(found) > 1 else ""
    heading = el("h3", badge(word, KINDS[first.severity]), " ", el("span", first.title, times))
    return el(
        "details",
        el("summary", heading),
        el("p", el("strong", "What to do: "), first.remedy) if first.remedy else "",
        el("ul", *(_object(one) for one in found), class_="objects", aria_label=count(len(found), "object")),
        el("p", _reference(first.code, docs_url), class_="reference") if first.code else "",
        class_=f"finding {word}",
        open=first.severity >= Severity.ERROR and len(found) <= 20,
    )


def _object(one: Noticed) -> Html:
    name = str(one.object) if one.object.kind else one.object.name
    return el("li", el("b", name or "the cluster"), f": {one.detail}" if one.detail else "")


def _reference(code: str, docs_url: str) -> Html:
    """Where the guide explains it. Codes that this release does not know have no place there."""
    if docs_url and code in RULES:
        return el("a", code, " in the guide about findings", href=f"{docs_url.rstrip('/')}/docsite/findings.html#{ANCHOR}{code.lower()}")
    return join([el("code", code), " in the guide about findings" if code in RULES else ""])
