# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the module's options to its result.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..errors import InputError
from ..findings import RULES
from ..linkerd.releases import DEFAULT_CHART_VERSION, RELEASES, release_for
from . import helm
from .gather import gather
from .judge import judge
from .view import CLUSTER_NETWORKS, Facts, Wanted

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster

OPTIONS: dict[str, dict[str, t.Any]] = {
    "chart_version": {"type": "str", "default": DEFAULT_CHART_VERSION},
    "linkerd_namespace": {"type": "str", "default": "linkerd"},
    "namespaces": {
        "type": "list",
        "elements": "str",
        "default": ["cert-manager", "linkerd-viz", "linkerd-jaeger", "jaeger-system", "linkerd-cni"],
    },
    "gateway_api": {"type": "bool", "default": True},
    "architectures": {"type": "list", "elements": "str", "default": []},
    "native_sidecar": {"type": "bool"},
    "jaeger_chart": {"type": "bool", "default": False},
    "high_availability": {"type": "bool", "default": False},
    "cni": {"type": "bool", "default": False},
    "iptables_mode": {"type": "str", "choices": ["nft", "legacy"]},
    "cluster_networks": {"type": "list", "elements": "str", "default": []},
    "proxy_cpu_request": {"type": "str", "default": ""},
    "proxy_memory_request": {"type": "str", "default": ""},
    "hosts": {"type": "dict", "default": {}},
    "helm_binary": {"type": "str", "default": ""},
    "ignore": {"type": "list", "elements": "str", "default": []},
}


def preflight(module: AnsibleModule, cluster: Cluster) -> Facts:
    params = module.params
    unknown = [code for code in params["ignore"] if code not in RULES]
    if unknown:
        raise InputError("ignore", f"{', '.join(unknown)}: no such finding", "Codes look like L5D120.")
    view = gather(cluster, wanted(params), {str(name): str(text) for name, text in params["hosts"].items()})
    asked = helm.ask(module, params["helm_binary"]) if params["helm_binary"] else None
    return judge(replace(view, helm=asked), ignored=params["ignore"])


def wanted(params: t.Mapping[str, t.Any]) -> Wanted:
    release = release_for(params["chart_version"])
    if release is None:
        oldest = RELEASES[0]
        raise InputError(
            "chart_version",
            f"{params['chart_version']!r} is no chart version of a Linkerd release that is known",
            f"The oldest is {oldest.chart_version} (Linkerd {oldest.name}); versions look like {DEFAULT_CHART_VERSION}.",
        )
    return Wanted(
        chart_version=params["chart_version"],
        release=release,
        linkerd_namespace=params["linkerd_namespace"],
        namespaces=(params["linkerd_namespace"], *params["namespaces"]),
        gateway_api=params["gateway_api"],
        architectures=tuple(params["architectures"]),
        native_sidecar=params["native_sidecar"],
        jaeger_chart=params["jaeger_chart"],
        high_availability=params["high_availability"],
        cni=params["cni"],
        iptables_mode=params["iptables_mode"] or "",
        cluster_networks=tuple(params["cluster_networks"]) or CLUSTER_NETWORKS,
        proxy_cpu=params["proxy_cpu_request"],
        proxy_memory=params["proxy_memory_request"],
    )
