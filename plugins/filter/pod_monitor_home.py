# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a PodMonitor has to be for a Prometheus to take it up."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.scraping import home
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def pod_monitor_home(prometheuses: t.Any, namespaces: t.Any, preferred: t.Any) -> dict[str, t.Any]:
    return call("pod_monitor_home", home, prometheuses, namespaces, preferred)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"pod_monitor_home": pod_monitor_home}
