# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight looked at, and what is going to be installed. Pure data.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..model import Finding, Object

if t.TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from ..linkerd.releases import Release

Facts = dict[str, t.Any]
CLUSTER_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
"""clusterNetworks of the published chart."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is going to be installed."""

    chart_version: str
    release: Release
    linkerd_namespace: str = "linkerd"
    namespaces: tuple[str, ...] = ("linkerd", "cert-manager")
    """Those that the play writes to."""
    gateway_api: bool = True
    architectures: tuple[str, ...] = ()
    """Of nodes; empty for those that the release has images for."""
    native_sidecar: bool | None = None
    """None for what the release does by itself."""
    jaeger_chart: bool = False
    high_availability: bool = False
    cni: bool = False
    iptables_mode: str = ""
    """Empty for what the release does by itself."""
    cluster_networks: tuple[str, ...] = CLUSTER_NETWORKS
    proxy_cpu: str = ""
    proxy_memory: str = ""


class Helm(t.NamedTuple):
    """What a helm says of itself."""

    binary: str
    version: str
    problem: str
    """Why it has said nothing; empty where it has."""


class PodUse(t.NamedTuple):
    """What room a pod takes, and whether it will take more."""

    namespace: str
    name: str
    node: str
    ip: str
    cpu: Decimal
    memory: Decimal
    gets_proxy: bool
    has_init: bool
    """It carries linkerd-init, so nothing in its namespace forbids that."""


@dataclass(frozen=True, slots=True)
class View:
    """One look at the cluster. Objects are plain dicts."""

    wanted: Wanted
    version: str
    now: dt.datetime
    groups: frozenset[str] = frozenset()
    """Served, as group/version."""
    nodes: tuple[Object, ...] = ()
    leases: tuple[Object, ...] = ()
    namespaces: tuple[Object, ...] = ()
    services: tuple[Object, ...] = ()
    webhooks: tuple[Object, ...] = ()
    """Configurations, of both kinds, that call a Service of Linkerd's."""
    api_services: tuple[Object, ...] = ()
    roles: tuple[Object, ...] = ()
    """ClusterRoles of a control plane."""
    pods: tuple[PodUse, ...] = ()
    helm_charts: tuple[Object, ...] = ()
    gateway_crd: Object | None = None
    profile_crd: Object | None = None
    linkerd_config: Object | None = None
    hosts: t.Mapping[str, str] = field(default_factory=dict)
    """Host name -> what it answered; empty where it did not."""
    helm: Helm | None = None
    """None where nobody asked."""
    refused: tuple[str, ...] = ()

    @property
    def namespaces_by_name(self) -> dict[str, Object]:
        return {obj["metadata"]["name"]: obj for obj in self.namespaces}


class Check(t.NamedTuple):
    """What one concern has to say."""

    facts: Facts
    findings: list[Finding]
