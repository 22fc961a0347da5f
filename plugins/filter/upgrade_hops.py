# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of an upgrade of Linkerd, by the versions of its charts."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import DEFAULT_CHART_VERSION
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.upgrade import Hop, upgrade
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def upgrade_hops(current: t.Any, target: t.Any = "", kubernetes: t.Any = "") -> dict[str, t.Any]:
    return call("upgrade_hops", _upgrade_hops, current, target, kubernetes)


def _upgrade_hops(current: t.Any, target: t.Any, kubernetes: t.Any) -> dict[str, t.Any]:
    for name, value in (("input", current), ("target", target), ("kubernetes", kubernetes)):
        if not isinstance(value, str):
            raise InputError(name, f"has to be text, not {value!r}", "Versions look like 2026.6.3, that of Kubernetes like v1.36.3+k3s1.")
    plan = upgrade(current, target or DEFAULT_CHART_VERSION, kubernetes)
    return {
        "hops": [_hop(hop) for hop in plan.hops],
        "possible": [hop.after.chart_version for hop in plan.possible],
        "findings": [found.to_dict() for found in plan.findings],
    }


def _hop(hop: Hop) -> dict[str, t.Any]:
    return {
        "from": hop.before.chart_version,
        "from_name": hop.before.name,
        "chart_version": hop.after.chart_version,
        "name": hop.after.name,
        "blocked": hop.blocked,
        "changes": hop.changes,
        "migrates_jaeger": hop.migrates_jaeger,
    }


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"upgrade_hops": upgrade_hops}
