# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Host headers viz' dashboard accepts, as an anchored regular expression."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.hosts import regexp
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def dashboard_host_regexp(hosts: t.Any, namespace: t.Any = "linkerd-viz", cluster_domain: t.Any = "cluster.local") -> str:
    return call("dashboard_host_regexp", _regexp, hosts, namespace, cluster_domain)


def _regexp(hosts: t.Any, namespace: str, cluster_domain: str) -> str:
    names = [hosts] if isinstance(hosts, str) else hosts
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(repr(hosts), "is no list of host names", "Give names such as linkerd.example.com.")
    return regexp(names, namespace, cluster_domain)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dashboard_host_regexp": dashboard_host_regexp}
