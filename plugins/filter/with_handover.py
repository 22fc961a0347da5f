# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter with_handover."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.k3s import manifest_file
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def with_handover(text: t.Any, handover: t.Any) -> str:
    return call("with_handover", _with_handover, text, handover)


def _with_handover(text: t.Any, handover: t.Any) -> str:
    if not isinstance(text, str) or not isinstance(handover, dict):
        raise InputError(
            "input", f"needs text and a mapping, not {text!r:.60} and {handover!r:.60}", "Give a file's text and one handover."
        )
    return manifest_file.with_handover(text, handover)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"with_handover": with_handover}
