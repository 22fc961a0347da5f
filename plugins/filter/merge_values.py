# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm values merged the way Helm merges them, from text or mappings."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import dump_values, parse_values
from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import merge_values as merge
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def merge_values(base: t.Any, *overlays: t.Any) -> str:
    return call("merge_values", _merge_values, base, list(overlays))


def _merge_values(base: t.Any, overlays: list[t.Any]) -> str:
    merged = _mapping(base, "the base")
    for number, overlay in enumerate(overlays, start=1):
        merged = merge(merged, _mapping(overlay, f"overlay {number}"))
    return dump_values(merged)


def _mapping(value: t.Any, subject: str) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else parse_values(value, subject)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"merge_values": merge_values}
