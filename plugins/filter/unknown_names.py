# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nobody knows, each with the known name that looks most like it."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def unknown_names(names: t.Any, known: t.Any) -> list[str]:
    return call("unknown_names", _unknown_names, names, known)


def _unknown_names(names: t.Any, known: t.Any) -> list[str]:
    right = _checked("known", known)
    return [_proposal(name, right) for name in sorted(set(_checked("names", names)) - set(right))]


def _proposal(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"{name} (did you mean {nearest[0]}?)" if nearest else name


def _checked(argument: str, value: t.Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise InputError(argument, f"{value!r} is not a list of names")
    return value


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"unknown_names": unknown_names}
