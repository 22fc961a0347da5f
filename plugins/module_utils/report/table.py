# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables that stay tables: with a caption, scopes and roles, also where a phone shows each row as a card.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .html import Html, el, text


class Row(t.NamedTuple):
    """The first cell is the header of the row."""

    cells: t.Sequence[object]
    attributes: t.Mapping[str, object] = {}


def table(caption: str, columns: t.Sequence[str], rows: t.Iterable[Row], **attributes: object) -> Html:
    """C(caption) says what is in it; a heading of the section says so to the eye, so only screen readers are told."""
    head = el("tr", *(el("th", column, scope="col", role="columnheader") for column in columns), role="row")
    body = [el("tr", *_cells(row.cells, columns), role="row", **row.attributes) for row in rows]
    return el(
        "table",
        el("caption", caption, class_="unseen"),
        el("thead", head, role="rowgroup"),
        el("tbody", *body, role="rowgroup"),
        role="table",
        **attributes,
    )


def _cells(cells: t.Sequence[object], columns: t.Sequence[str]) -> t.Iterator[Html]:
    first, *others = cells
    yield el("th", first, scope="row", role="rowheader")
    for column, cell in zip(columns[1:], others, strict=True):
        yield el("td", cell, role="cell", data_of=column)


def note(words: object) -> Html:
    """A remark below something; nothing for none."""
    return el("small", words) if words else Html("")


def lines(*parts: object) -> Html:
    """What is not empty, each in a line."""
    shown = [text(part) for part in parts if part]
    return Html("<br>".join(shown))


def badge(word: str, kind: str) -> Html:
    """A word with a colour; the word alone says it too."""
    return el("span", word, class_=f"badge {kind}")
