# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, days and lists as people write them, the same on every machine.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from .html import Html, el

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(number: int, noun: str) -> str:
    """C(1 route), C(1,000 routes)."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(words: t.Sequence[str]) -> str:
    """C(a, b and c)."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def day(at: dt.datetime) -> str:
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def minute(at: dt.datetime) -> str:
    return f"{day(at)}, {at:%H:%M} UTC"


def stamp(at: dt.datetime) -> str:
    """As machines read it; a year before 1000 has four digits too."""
    return f"{at.year:04}-{at:%m-%dT%H:%M:%SZ}"


def hour(at: dt.datetime) -> str:
    """Where the year goes without saying."""
    return f"{at.day} {MONTHS[at.month - 1]}, {at:%H:%M}"


def moment(at: dt.datetime, shown: t.Callable[[dt.datetime], str] = minute, **attributes: object) -> Html:
    return el("time", shown(at), datetime=stamp(at), **attributes)
