# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nobody knows, each with the known name that looks most like it."""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError


def unknown_names(names: t.Any, known: t.Any) -> list[str]:
    """The names that are not among the known ones, in order, with a proposal where there is one."""
    wanted, right = _texts("names", names), _texts("known", known)
    return [_proposal(name, right) for name in sorted(set(wanted) - set(right))]


def _proposal(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"{name} (did you mean {nearest[0]}?)" if nearest else name


def _texts(argument: str, value: t.Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, (Iterable, Mapping)):
        raise AnsibleFilterError(f"pimesh.linkerd.unknown_names: {argument} must be a list of names, not {value!r}")
    names = list(value)
    for name in names:
        if not isinstance(name, str):
            raise AnsibleFilterError(f"pimesh.linkerd.unknown_names: {argument} holds {name!r}, which is not a name")
    return [str(name) for name in names]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"unknown_names": unknown_names}
