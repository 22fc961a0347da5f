# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as Go writes them, such as C(8760h0m0s): cert-manager's and Linkerd's settings are in them. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import re

from ..errors import InputError

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_LONGEST = (1 << 63) - 1
"""Go counts nanoseconds in 64 bits: some 292 years."""


def parse(given: str, subject: str) -> dt.timedelta:
    """What the text says, to the microsecond. C(subject) is named where it says nothing."""
    sign, rest = (given[0], given[1:]) if given[:1] in ("-", "+") else ("", given)
    nanoseconds = 0 if rest == "0" else _nanoseconds(rest)
    if nanoseconds is None:
        raise _refused(given, subject, "is no duration")
    if nanoseconds > _LONGEST:
        raise _refused(given, subject, "is longer than the 292 years that fit")
    return dt.timedelta(microseconds=nanoseconds // 1_000) * (-1 if sign == "-" else 1)


def _nanoseconds(rest: str) -> int | None:
    total, position = 0, 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None or not (part.group(1) or part.group(2)):
            return None
        whole, fraction, unit = part.group(1) or "0", part.group(2) or "", _NANOSECONDS[part.group(3)]
        total += int(whole) * unit + int(fraction or "0") * unit // 10 ** len(fraction)
        position = part.end()
    return total if rest else None


def _refused(given: str, subject: str, reason: str) -> InputError:
    remedy = "Write hours, minutes and seconds such as 1440h0m0s or 90m; there is no unit for days (a year is 8760h)."
    return InputError(subject, f"{given!r} {reason}", remedy, code="duration")


def text(duration: dt.timedelta) -> str:
    """The way Go prints whole hours and more, and Kubernetes keeps it: C(1440h0m0s)."""
    microseconds = abs(duration) // dt.timedelta(microseconds=1)
    minutes, below = divmod(microseconds, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{below // 1_000_000}.{below % 1_000_000:06}".rstrip("0").rstrip(".")
    return f"{'-' if duration < dt.timedelta(0) else ''}{hours}h{minutes}m{seconds}s"


def words(duration: dt.timedelta) -> str:
    """For people: C(60 days), C(25 hours)."""
    for count, unit in (
        (duration.days, "days"),
        (duration // dt.timedelta(hours=1), "hours"),
        (duration // dt.timedelta(minutes=1), "minutes"),
    ):
        if count >= (3 if unit == "days" else 2):
            return f"{count} {unit}"
    return f"{round(duration.total_seconds())} seconds"
