# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What depends on the Linkerd release: one table, asked by name.

Chart versions are the linkerd-control-plane chart's. Sources: linkerd2's tags (charts' values, templates and Chart.yaml), its CI,
linkerd.io's reference/k8s-versions, features/gateway-api, tasks/upgrade and the edge release roundups of its blog.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """Facts that hold from C(chart_version) on, until the next row."""

    chart_version: str
    line: str
    """The Linkerd version within which an edge release is: an announced one, and all that follow until the next is announced."""
    min_kubernetes: tuple[int, int]
    """kubeVersion of the charts: Helm refuses an older one."""
    max_kubernetes: tuple[int, int]
    """The newest that Linkerd's documentation names or that its CI runs; newer ones may well work."""
    gateway_api: tuple[str, str]
    """The oldest and newest bundle of the Gateway API's CRDs that Linkerd's documentation names (features/gateway-api)."""
    architectures: tuple[str, ...]
    """Of the images."""
    native_sidecar_default: bool
    """proxy.nativeSidecar."""
    has_jaeger_extension: bool
    """There is a chart linkerd-jaeger; without it the control plane's chart has proxy.tracing.enabled and controller.tracing."""
    default_iptables_mode: str
    installs_gateway_api: bool
    """linkerd-crds brings the Gateway API's CRDs unless told otherwise."""
    gateway_api_keys: tuple[str, ...]
    """The values of linkerd-crds that say so."""
    transport_header_default: bool
    """Meshed requests go to the proxy's own port 4143: proxy.outboundTransportMode is transport-header."""
    traces_by_otlp: bool
    """The jaeger injector knows webhook.collectorTraceProtocol; before, proxies speak OpenCensus only."""
    traces_to_trust_domain: bool
    """Proxies look for the trace collector's identity in identityTrustDomain (linkerd2#15404), not in clusterDomain."""
    has_proxy_init_image: bool
    """proxyInit.image; later linkerd-init is a program in the proxy's image."""
    has_policy_controller_image: bool
    """policyController.image; later it is in the controller's image."""
    cni_has_iptables_mode: bool
    """iptablesMode of linkerd2-cni."""
    admin_ports: tuple[str, ...]
    """Names of the control plane's ports with metrics."""
    viz_admin_port: str
    """The same of the viz extension's."""
    viz_namespace_job_optional: bool
    """linkerd-viz has createNamespaceMetadataJob."""
    viz_prometheus_credentials: bool
    """linkerd-viz has prometheusCredsSecret."""

    @property
    def name(self) -> str:
        """As people say it: C(2.20) for the very release that was announced so, C(edge-26.6.4) for others."""
        return self.line if ANNOUNCED.get(self.line) == self.chart_version else linkerd_version_of(self.chart_version)


ANNOUNCED: dict[str, str] = {
    "2.14": "1.16.11",
    "2.15": "2024.7.5",
    "2.16": "2024.8.2",
    "2.17": "2024.11.8",
    "2.18": "2025.4.4",
    "2.19": "2025.10.7",
    "2.20": "2026.6.3",
}
"""Linkerd version -> chart version, the stations of an upgrade. The charts of 2.15 itself (edge-24.2.4) had no such number yet:
the last release within it stands for it."""

NOT_RECOMMENDED: dict[str, str] = {
    "2024.11.2": "2024.11.3",
    "2024.11.6": "2024.11.7",
    "2025.1.1": "2025.1.2",
    "2025.3.1": "2025.4.1",
    "2025.3.3": "2025.4.1",
    **dict.fromkeys(("2025.6.1", "2025.6.2", "2025.6.3", "2025.6.4", "2025.7.1", "2025.7.2", "2025.7.3"), "2025.7.4"),
    **dict.fromkeys(("2025.10.2", "2025.10.3", "2025.10.4", "2025.10.5", "2025.10.6"), "2025.10.7"),
    "2025.11.2": "2025.11.3",
}
"""What Linkerd's own roundups say not to use, and what they say to use instead."""

_OLD_ADMIN = ("admin-http",)
_ADMIN = ("dest-admin", "ident-admin", "injector-admin", "policy-admin", "spval-admin")
_FIRST = Release(
    chart_version="1.16.0",
    line="2.14",
    min_kubernetes=(1, 21),
    max_kubernetes=(1, 28),
    gateway_api=("0.7.0", "1.1.1"),
    architectures=("amd64", "arm64", "arm"),
    native_sidecar_default=False,
    has_jaeger_extension=True,
    default_iptables_mode="legacy",
    installs_gateway_api=True,
    gateway_api_keys=("enableHttpRoutes",),
    transport_header_default=False,
    traces_by_otlp=False,
    traces_to_trust_domain=False,
    has_proxy_init_image=True,
    has_policy_controller_image=True,
    cni_has_iptables_mode=False,
    admin_ports=_OLD_ADMIN,
    viz_admin_port=_OLD_ADMIN[0],
    viz_namespace_job_optional=False,
    viz_prometheus_credentials=False,
)
_CHANGES: tuple[tuple[str, dict[str, t.Any]], ...] = (
    ("2024.1.3", {"viz_namespace_job_optional": True}),
    ("2024.3.1", {"line": "2.15", "min_kubernetes": (1, 22), "max_kubernetes": (1, 29)}),
    ("2024.4.1", {"cni_has_iptables_mode": True}),
    ("2024.8.2", {"line": "2.16"}),
    ("2024.9.2", {"viz_prometheus_credentials": True}),
    ("2024.10.1", {"traces_by_otlp": True}),
    ("2024.10.4", {"gateway_api_keys": ("enableHttpRoutes", "enableTlsRoutes", "enableTcpRoutes")}),
    ("2024.11.8", {"line": "2.17", "max_kubernetes": (1, 31)}),
    ("2025.2.3", {"min_kubernetes": (1, 23)}),
    ("2025.3.1", {"gateway_api_keys": ("installGatewayAPI",)}),
    ("2025.3.2", {"transport_header_default": True}),
    ("2025.4.4", {"line": "2.18", "max_kubernetes": (1, 32), "gateway_api": ("1.1.1", "1.2.1")}),
    ("2025.6.3", {"admin_ports": _ADMIN, "viz_admin_port": "admin"}),
    ("2025.8.1", {"architectures": ("amd64", "arm64")}),
    ("2025.8.2", {"default_iptables_mode": "nft"}),
    ("2025.8.3", {"has_policy_controller_image": False}),
    ("2025.9.4", {"installs_gateway_api": False}),
    ("2025.10.1", {"has_jaeger_extension": False}),
    ("2025.10.7", {"line": "2.19", "max_kubernetes": (1, 35)}),
    ("2025.11.3", {"has_proxy_init_image": False}),
    ("2026.5.1", {"min_kubernetes": (1, 31)}),
    ("2026.5.2", {"native_sidecar_default": True}),
    ("2026.6.3", {"line": "2.20", "gateway_api": ("1.2.1", "1.5.1")}),
    ("2026.7.1", {"traces_to_trust_domain": True}),
    ("2026.8.2", {"max_kubernetes": (1, 36)}),
)
"""Since which chart version something is otherwise: the first tag of linkerd2 in which it is."""


def _table() -> tuple[Release, ...]:
    rows = [_FIRST]
    for since, changes in _CHANGES:
        rows.append(replace(rows[-1], chart_version=since, **changes))
    return tuple(rows)


RELEASES = _table()
DEFAULT_CHART_VERSION = "2026.6.3"


def version(text: str) -> Version:
    """C(2026.6.3), C(v3.7.15) or C(v1.36.3+k3s1) as numbers; empty when there are none."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text.strip())
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()


def release_for(chart_version: str) -> Release | None:
    """What holds for this chart version, or None when it is older than all that are known or no version of Linkerd's charts."""
    match = re.fullmatch(r"(?:1\.16|20[2-9]\d\.(?:[1-9]|1[0-2]))\.\d+", chart_version)
    fitting = [row for row in RELEASES if match and version(row.chart_version) <= version(chart_version)]
    return replace(fitting[-1], chart_version=chart_version) if fitting else None


def linkerd_version_of(chart_version: str) -> str:
    """C(2026.6.3) to C(edge-26.6.3); C(1.16.11) to C(stable-2.14.10)."""
    numbers = version(chart_version)
    if numbers[:1] == (1,):
        return f"stable-2.14.{numbers[2] - 1}"
    return "edge-" + ".".join(str(number) for number in (numbers[0] % 100, *numbers[1:]))


def chart_version_of(linkerd_version: str) -> str:
    """C(edge-26.6.3), as linkerd-config names it, to the chart version C(2026.6.3); C(stable-2.14.10) to C(1.16.11)."""
    edge = re.fullmatch(r"edge-(\d{2})\.(\d+)\.(\d+)", linkerd_version)
    if edge:
        return f"20{edge.group(1)}.{edge.group(2)}.{edge.group(3)}"
    stable = re.fullmatch(r"stable-2\.14\.(\d+)", linkerd_version)
    return f"1.16.{int(stable.group(1)) + 1}" if stable else ""


def drops_non_http_in_ingress_mode(linkerd_version: str) -> bool:
    """Ingress mode forwarded nothing but HTTP from edge-21.5.1 (2.11) until edge-22.5.2 (2.12): CHANGES.md of linkerd2."""
    edge = re.fullmatch(r"edge-(\d+)\.(\d+)\.(\d+)", linkerd_version)
    if edge:
        return (21, 5, 1) <= tuple(int(part) for part in edge.groups()) < (22, 5, 2)
    return linkerd_version.startswith("stable-2.11.")
