# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody wants of the mesh for a pod, as the annotations that say so."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.intent import intent_annotations
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.ports import DEFAULT_SKIP
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def mesh_annotations(
    intent: t.Any, names: t.Any = None, default_inbound: t.Any = DEFAULT_SKIP, default_outbound: t.Any = DEFAULT_SKIP
) -> dict[str, str]:
    return call("mesh_annotations", _mesh_annotations, intent, names, default_inbound, default_outbound)


def _mesh_annotations(intent: t.Any, names: t.Any, default_inbound: t.Any, default_outbound: t.Any) -> dict[str, str]:
    if not isinstance(intent, dict):
        raise InputError("the intent", f"{intent!r} is not a mapping", "Give at least {'mode': 'enabled'}.")
    return intent_annotations(intent, names or {}, default_inbound, default_outbound)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"mesh_annotations": mesh_annotations}
