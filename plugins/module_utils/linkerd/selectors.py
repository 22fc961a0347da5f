# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label selectors, evaluated as the API server evaluates a webhook's.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

Labels = t.Mapping[str, str]


def matches(selector: t.Mapping[str, t.Any] | None, labels: Labels) -> bool:
    """An empty selector matches everything."""
    selector = selector or {}
    wanted: t.Mapping[str, str] = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(item, labels) for item in selector.get("matchExpressions") or [])


def _expression(item: t.Mapping[str, t.Any], labels: Labels) -> bool:
    key, values = item.get("key", ""), item.get("values") or []
    operator = item.get("operator")
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    return (key in labels) is (operator == "Exists")
