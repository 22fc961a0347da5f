# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dashboards about Linkerd for Grafana."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.dashboards import rendered
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def grafana_dashboards(datasource: t.Any, uid_prefix: t.Any = "") -> dict[str, str]:
    return call("grafana_dashboards", _rendered, datasource, uid_prefix)


def _rendered(datasource: t.Any, uid_prefix: t.Any) -> dict[str, str]:
    return rendered(str(datasource or ""), str(uid_prefix or ""))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"grafana_dashboards": grafana_dashboards}
