# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port sets as Linkerd writes them: C(8000,9000-9005).

linkerd-init gets these strings unchecked (a recorded injector passes C(web,8443) and C(99999,abc) straight
through), so everything is checked here. Source: recorded injector answers of edge-26.8.3.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..errors import InputError

DEFAULT_SKIP = "4567,4568"
"""Chart default of proxyInit.ignoreInboundPorts and ignoreOutboundPorts; an annotation replaces it."""

MAX_PORT = 65535


class PortRange(t.NamedTuple):
    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def parse(value: t.Any, *, names: t.Mapping[str, int] | None = None, subject: str = "ports") -> list[PortRange]:
    """Read a comma separated string, a number, or a list of both. Names are resolved through O(names) or refused."""
    items: t.Sequence[t.Any] = value if isinstance(value, (list, tuple)) else str(value).split(",")
    ranges = [_parse_item(item, names or {}, subject) for item in items if str(item).strip()]
    return merge(ranges)


def lenient(written: str) -> list[PortRange]:
    """What linkerd-init makes of somebody's annotation; what it cannot read skips nothing."""
    found: list[PortRange] = []
    for item in written.split(","):
        with contextlib.suppress(InputError):
            found += parse(item)
    return merge(found)


def _parse_item(item: t.Any, names: t.Mapping[str, int], subject: str) -> PortRange:
    if isinstance(item, bool):
        raise InputError(subject, f"{item!r} is not a port", "Give a number from 1 to 65535, a range like 9000-9005, or a list of them.")
    text = str(item).strip()
    if text in names:
        return PortRange(names[text], names[text])
    first, dash, last = text.partition("-")
    if not (first.isascii() and first.isdigit()) or (dash and not (last.isascii() and last.isdigit())):
        known = f" Known names: {', '.join(sorted(names))}." if names else ""
        raise InputError(
            subject,
            f"'{text}' is not a port or a range of ports",
            f"Give numbers from 1 to {MAX_PORT}; Linkerd passes names on unchecked.{known}",
        )
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= MAX_PORT:
        raise InputError(subject, f"'{text}' is outside 1 to {MAX_PORT} or backwards", "Give the lower port first.")
    return PortRange(low, high)


def merge(ranges: t.Iterable[PortRange]) -> list[PortRange]:
    """Sorted, without overlaps; neighbours stay apart unless they overlap, so 4567,4568 keeps its look."""
    merged: list[PortRange] = []
    for item in sorted(set(ranges)):
        if merged and item.first <= merged[-1].last:
            merged[-1] = PortRange(merged[-1].first, max(merged[-1].last, item.last))
        else:
            merged.append(item)
    return merged


def render(ranges: t.Iterable[PortRange]) -> str:
    """Back to the annotation's text: no spaces, the injector passes them on."""
    return ",".join(str(item) for item in ranges)


def contains(ranges: t.Iterable[PortRange], port: int) -> bool:
    return any(item.first <= port <= item.last for item in ranges)
