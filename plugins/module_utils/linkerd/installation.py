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
from .releases import DEFAULT_CHART_VERSION, chart_version_of, drops_non_http_in_ingress_mode, release_for

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
    native_sidecar: bool = True
    transport_header: bool = True
    """Whether meshed requests go to the proxy's own port of the other pod instead of the port that was dialled."""
    inbound_port: int = 4143
    admin_port: int = 4191
    cni: bool = False
    """The CNI plugin sets up the pods' network, so that they need no linkerd-init."""
    drops_capabilities: bool = False
    """Whether the proxy container drops all capabilities, which the published chart does not do by itself."""
    inbound_policy: str = "all-unauthenticated"
    forwards_only_http: bool = False
    """In ingress mode."""


def read(config_map: Object | None, namespace: str) -> Installation | None:
    """From ConfigMap linkerd-config, which every install method writes."""
    if config_map is None:
        return None
    values = parse_values((config_map.get("data") or {}).get("values"), str(config_ref(namespace)))
    init, proxy = values.get("proxyInit") or {}, values.get("proxy") or {}
    linkerd_version = str(values.get("linkerdVersion") or "")
    release = release_for(chart_version_of(linkerd_version))
    native, transport, proxy_ports = proxy.get("nativeSidecar"), proxy.get("outboundTransportMode"), proxy.get("ports") or {}
    return Installation(
        namespace=namespace,
        chart_version=chart_version_of(linkerd_version),
        cluster_domain=str(values.get("clusterDomain") or "cluster.local"),
        skip_inbound=str(init.get("ignoreInboundPorts") or ""),
        skip_outbound=str(init.get("ignoreOutboundPorts") or ""),
        native_sidecar=bool(release and release.native_sidecar_default) if native is None else bool(native),
        transport_header=bool(release and release.transport_header_default) if transport is None else transport == "transport-header",
        inbound_port=int(proxy_ports.get("inbound") or 4143),
        admin_port=int(proxy_ports.get("admin") or 4191),
        cni=bool(values.get("cniEnabled")),
        drops_capabilities=_drops_capabilities(proxy),
        inbound_policy=str(proxy.get("defaultInboundPolicy") or "all-unauthenticated"),
        forwards_only_http=drops_non_http_in_ingress_mode(linkerd_version),
    )


def expected(namespace: str, wanted: Object) -> Installation:
    chart_version = str(wanted.get("chart_version") or DEFAULT_CHART_VERSION)
    release = release_for(chart_version)
    return Installation(
        namespace,
        chart_version,
        str(wanted.get("cluster_domain") or "cluster.local"),
        expected=True,
        native_sidecar=bool(release and release.native_sidecar_default),
        transport_header=bool(release and release.transport_header_default),
    )


def _drops_capabilities(proxy: Object) -> bool:
    context = proxy.get("securityContext") or {}
    capabilities = (context or proxy).get("capabilities") or {}
    return "ALL" in (capabilities.get("drop") or [])
