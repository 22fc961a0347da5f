# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values out of what a template hands to a filter, once, at the boundary.

Since ansible-core 2.19 filters get lazy containers and tagged strings. They look like dicts and strings until
somebody serialises or compares types; a JSON round trip loses YAML dates, and a deep copy stays lazy.

Note that this plugin util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError

Result = t.TypeVar("Result")


def plain(value: t.Any, where: str = "value") -> t.Any:
    """A recursive copy of plain dicts, lists and scalars; anything else is refused with its path."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(key, f"{where} (a key)"): plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise AnsibleFilterError(f"{where} is a {type(value).__name__}, which is neither a mapping, a list, text, a number nor a boolean")


def call(name: str, function: t.Callable[..., Result], *arguments: t.Any, **options: t.Any) -> Result:
    """Run O(function) on plain values; an error names the filter it came from."""
    full = f"pimesh.linkerd.{name}"
    try:
        return function(*(plain(value) for value in arguments), **{key: plain(value, key) for key, value in options.items()})
    except L5dError as error:
        raise AnsibleFilterError(f"{full}: {error}") from error
    except AnsibleFilterError as error:
        raise AnsibleFilterError(f"{full}: {error}") from error
