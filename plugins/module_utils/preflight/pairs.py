# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wishes that cannot be had together.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.releases import version
from ..model import Finding, Ref
from .nodes import schedulable
from .view import View

NATIVE_SIDECARS = (1, 29)
"""Kubernetes runs them without a feature gate since then (KEP-753)."""
HIGH_AVAILABILITY_NODES = 3
"""values-ha.yaml asks for three replicas of each part, no two of them on one node."""


def findings(view: View) -> list[Finding]:
    return [finding("L5D138", Ref("v1", "Release", f"linkerd-{view.wanted.release.name}"), reason) for reason in impossible(view)]


def impossible(view: View) -> list[str]:
    wanted, release = view.wanted, view.wanted.release
    native = release.native_sidecar_default if wanted.native_sidecar is None else wanted.native_sidecar
    ready = sum(schedulable(node) for node in view.nodes)
    reasons = []
    if wanted.jaeger_chart and not release.has_jaeger_extension:
        reasons.append(
            f"there is no chart linkerd-jaeger for Linkerd {release.name} (charts {wanted.chart_version}): it ended with edge-25.9.4, "
            "and tracing is proxy.tracing of the control plane since then"
        )
    if native and version(view.version)[:2] < NATIVE_SIDECARS:
        reasons.append(f"native sidecars need Kubernetes 1.29, and this is {view.version}")
    if wanted.high_availability and ready < HIGH_AVAILABILITY_NODES:
        reasons.append(f"high availability needs {HIGH_AVAILABILITY_NODES} nodes that take pods, and {ready} of {len(view.nodes)} do")
    return reasons
