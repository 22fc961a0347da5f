# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifests in what modules returned with state rendered."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.collect import collect
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def plan_manifests(result: t.Any, ours: t.Any = False, kinds: t.Any = ()) -> list[dict[str, t.Any]]:  # noqa: FBT002 - a filter's option
    return call("plan_manifests", _plan_manifests, result, ours=ours, kinds=kinds)


def _plan_manifests(result: t.Any, ours: t.Any, kinds: t.Any) -> list[dict[str, t.Any]]:
    if not isinstance(ours, bool):
        raise InputError("ours", f"{ours!r} is not a boolean", "Use true or false.")
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise InputError("kinds", f"{kinds!r} is not a list of kinds", "Give a list such as ['Middleware'].")
    return collect(result, ours=ours, kinds=kinds)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"plan_manifests": plan_manifests}
