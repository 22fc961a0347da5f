# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What depends on the Linkerd release: one table, asked by name.

Chart versions are the linkerd-control-plane chart's. Sources: published charts' values, CHANGES.md and release notes.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """Facts that hold from C(chart_version) on, until the next row."""

    name: str
    chart_version: str
    min_kubernetes: tuple[int, int]
    """kubeVersion of the charts: Helm refuses an older one."""
    max_kubernetes: tuple[int, int]
    """The newest that Linkerd's documentation names (reference/k8s-versions); newer ones may well work."""
    gateway_api: tuple[str, str]
    """The oldest and newest bundle of the Gateway API's CRDs that Linkerd's documentation names (features/gateway-api)."""
    architectures: tuple[str, ...]
    """Of the images; those for arm (32 bits) ended with edge-25.8.1."""
    native_sidecar_default: bool
    """proxy.nativeSidecar, true by default since edge-26.5.2."""
    has_jaeger_extension: bool
    """linkerd-jaeger was removed in edge-25.10.1."""
    default_iptables_mode: str
    """nft by default since edge-25.8.2."""
    installs_gateway_api: bool
    """linkerd-crds stopped to install the Gateway API CRDs in edge-25.9.4."""
    transport_header_default: bool
    """Meshed requests go to the proxy's own port 4143: proxy.outboundTransportMode is transport-header since edge-25.3.2."""
    traces_by_otlp: bool = True
    """The jaeger injector knows webhook.collectorTraceProtocol since edge-24.10.1; before, proxies speak OpenCensus only."""
    traces_to_trust_domain: bool = False
    """Until edge-26.7.1 (linkerd2#15404) proxies look for the trace collector's identity in clusterDomain, not in identityTrustDomain."""


ARM64 = ("amd64", "arm64")
ARM_TOO = ("amd64", "arm64", "arm")

RELEASES: tuple[Release, ...] = (
    Release("2.14", "1.16.0", (1, 21), (1, 28), ("0.7.0", "1.1.1"), ARM_TOO, False, True, "legacy", True, False, False),
    Release("2.16", "2024.8.2", (1, 22), (1, 29), ("0.7.0", "1.1.1"), ARM_TOO, False, True, "legacy", True, False, False),
    Release("2.17", "2024.11.8", (1, 22), (1, 31), ("0.7.0", "1.1.1"), ARM_TOO, False, True, "legacy", True, False),
    Release("2.18", "2025.4.4", (1, 23), (1, 32), ("1.1.1", "1.2.1"), ARM_TOO, False, True, "legacy", True, True),
    Release("edge-25.8", "2025.8.2", (1, 23), (1, 32), ("1.1.1", "1.2.1"), ARM64, False, True, "nft", True, True),
    Release("edge-25.9", "2025.9.4", (1, 23), (1, 32), ("1.1.1", "1.2.1"), ARM64, False, True, "nft", False, True),
    Release("2.19", "2025.10.1", (1, 23), (1, 35), ("1.1.1", "1.2.1"), ARM64, False, False, "nft", False, True),
    Release("2.20", "2026.5.2", (1, 31), (1, 35), ("1.2.1", "1.5.1"), ARM64, True, False, "nft", False, True),
    Release("edge-26.7", "2026.7.1", (1, 31), (1, 35), ("1.2.1", "1.5.1"), ARM64, True, False, "nft", False, True, True, True),
)
DEFAULT_CHART_VERSION = "2026.6.3"


def version(text: str) -> Version:
    """C(2026.6.3), C(v3.7.15) or C(v1.36.3+k3s1) as numbers; empty when there are none."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text.strip())
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()


def release_for(chart_version: str) -> Release | None:
    """The row that describes this chart version, or None when it is older than all of them or not a version."""
    wanted = version(chart_version)
    fitting = [row for row in RELEASES if version(row.chart_version) <= wanted]
    return fitting[-1] if wanted and fitting else None


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
