# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML by construction: what is not markup already is text, and text is escaped where it is put into an element.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import html
import re
import typing as t

VOID = frozenset({"br", "input", "link", "meta"})
OWN_LINE = frozenset({"details", "dt", "h2", "li", "meta", "p", "section", "tr"})
"""Each begins a line, so that the difference of two pages can be read."""

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, and those that turn the direction of writing around, so that a name reads as another one."""


class Html(str):
    """Markup that goes into a page as it is. Joining it to anything else by C(+) gives plain text again, which is escaped."""

    __slots__ = ()


def text(value: object) -> Html:
    """Anything as text."""
    return value if isinstance(value, Html) else Html(html.escape(_INVISIBLE.sub("\ufffd", str(value)), quote=True))


def join(parts: t.Iterable[object]) -> Html:
    return Html("".join(text(part) for part in parts))


def el(tag: str, /, *children: object, **attributes: object) -> Html:
    """One element. C(class_) is class, C(aria_label) is aria-label; None and False leave an attribute out, True has no value."""
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    begin = f"\n<{tag}{written}>" if tag in OWN_LINE else f"<{tag}{written}>"
    return Html(begin if tag in VOID else f"{begin}{join(children)}</{tag}>")


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(value)}"'
