# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists as they are written in Kubernetes objects: as a list, comma separated in one text, or as the value of an argument.

A style is C(list), C(csv), or C(flag:--some.flag=) for one argument of a list of arguments.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t


def items_of(value: t.Any, style: str) -> list[t.Any]:
    """The items of a list that is written in this O(style)."""
    if is_text(style):
        return [part.strip() for part in str(value or "").split(_separator(style)) if part.strip()]
    if style.startswith("flag:"):
        return [item for argument in _flags(value, style) for item in items_of(argument[len(style) - len("flag:") :], "csv")]
    return list(value or []) if isinstance(value, list) else []


def is_text(style: str) -> bool:
    """Whether the list is one string."""
    return style == "csv" or style.startswith("sep:")


def _separator(style: str) -> str:
    return style.removeprefix("sep:") if style.startswith("sep:") else ","


def _joined(items: list[t.Any], separator: str) -> str:
    """With room around it, a separator is told from an item that ends like it: C(a|) and C(b) are no C(a) and C(|b)."""
    near = any(item.endswith(separator[:1]) or item.startswith(separator[:1]) for item in items)
    return (f" {separator} " if near else separator).join(items)


def others(arguments: t.Any, style: str) -> list[t.Any]:
    """The arguments that are about something else."""
    if not style.startswith("flag:"):
        return []
    flags = _flags(arguments, style)
    return [argument for argument in arguments or [] if argument not in flags]


def _flags(value: t.Any, style: str) -> list[str]:
    """All arguments that give this option."""
    prefix = style[len("flag:") :].lower()
    return [argument for argument in value or [] if isinstance(argument, str) and argument.lower().startswith(prefix)]


def with_items(base: t.Any, items: list[t.Any], style: str) -> t.Any:
    if is_text(style):
        return _joined(items, _separator(style))
    if not style.startswith("flag:"):
        return items
    arguments, present = list(base or []), _flags(base, style)
    argument = style[len("flag:") :] + ",".join(items)
    if not present:
        return [*arguments, argument]
    # One flag for all: whether Traefik 3.7.15 takes the first of two into account is a matter of chance (seen).
    place = arguments.index(present[0])
    rest = [other for other in arguments if other not in present]
    return [*rest[:place], *([present[0][: len(style) - len("flag:")] + ",".join(items)] if items else []), *rest[place:]]
