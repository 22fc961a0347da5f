# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Linkerd that is in the cluster, as far as ingress needs it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..helm_values import parse_values
from ..model import Object, Ref
from . import ports
from .releases import DEFAULT_CHART_VERSION, chart_version_of

CONFIG_NAME = "linkerd-config"


def config_ref(namespace: str) -> Ref:
    return Ref("v1", "ConfigMap", CONFIG_NAME, namespace)


@dataclass(frozen=True, slots=True)
class Installation:
    """C(expected) means: not there yet, an earlier step of the play brings it (check mode only)."""

    namespace: str
    chart_version: str
    cluster_domain: str
    skip_inbound: str = ports.DEFAULT_SKIP
    skip_outbound: str = ports.DEFAULT_SKIP
    expected: bool = False


def read(config_map: Object | None, namespace: str) -> Installation | None:
    """From ConfigMap linkerd-config, which every install method writes."""
    if config_map is None:
        return None
    values = parse_values((config_map.get("data") or {}).get("values"), str(config_ref(namespace)))
    init = values.get("proxyInit") or {}
    return Installation(
        namespace=namespace,
        chart_version=chart_version_of(str(values.get("linkerdVersion") or "")),
        cluster_domain=str(values.get("clusterDomain") or "cluster.local"),
        skip_inbound=str(init.get("ignoreInboundPorts") or ""),
        skip_outbound=str(init.get("ignoreOutboundPorts") or ""),
    )


def expected(namespace: str, wanted: Object) -> Installation:
    return Installation(
        namespace,
        str(wanted.get("chart_version") or DEFAULT_CHART_VERSION),
        str(wanted.get("cluster_domain") or "cluster.local"),
        expected=True,
    )
