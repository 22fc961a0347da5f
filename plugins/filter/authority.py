# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The authority of a Service, as l5d-dst-override wants it."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.authority import authority as build
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def authority(service: t.Any, namespace: t.Any, port: t.Any, cluster_domain: t.Any = "cluster.local") -> str:
    return call("authority", build, service, namespace, port, cluster_domain)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"authority": authority}
