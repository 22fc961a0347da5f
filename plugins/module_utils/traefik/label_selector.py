# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A label selector as people write it on a command line: C(app=web,tier!=test,env in (a,b),!gone).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ..model import Object

_SET = re.compile(r"(\S+)\s+(in|notin)\s*\((.*)\)")
_EQUAL = re.compile(r"([^=!\s]+)\s*(==|=|!=)\s*(\S*)")
_BETWEEN = re.compile(r",(?![^(]*\))")
OPERATORS = {"in": "In", "notin": "NotIn", "=": "In", "==": "In", "!=": "NotIn"}


def parse_selector(written: str) -> Object:
    """As matchExpressions; empty where nothing is selected by it."""
    parts = [part.strip() for part in _BETWEEN.split(written) if part.strip()]
    return {"matchExpressions": [_expression(part) for part in parts]} if parts else {}


def _expression(part: str) -> dict[str, t.Any]:
    found = _SET.fullmatch(part) or _EQUAL.fullmatch(part)
    if found:
        key, operator, values = found.groups()
        return {"key": key, "operator": OPERATORS[operator], "values": [value.strip() for value in values.split(",")]}
    absent = part.startswith("!")
    return {"key": part.removeprefix("!").strip(), "operator": "DoesNotExist" if absent else "Exists"}
