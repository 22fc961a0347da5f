# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cilium's socket load balancer turns a ClusterIP into a pod's address before the proxy sees the connection.

Source: Cilium's ConfigMap keys, and Linkerd's page on cluster configuration.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...model import Finding, Object, Ref
from .view import View

CONFIG = Ref("v1", "ConfigMap", "cilium-config", "kube-system")
BY_CLUSTER_IP = ("safe_full", "safe_by_strip_full")


def findings(view: View) -> list[Finding]:
    config = view.around.cilium
    if config is None or not _balances_at_the_socket(config.get("data") or {}):
        return []
    if not any(verdict.verdict in BY_CLUSTER_IP for verdict in view.verdicts):
        return []
    return [finding("L5D114", CONFIG)]


def _balances_at_the_socket(data: Object) -> bool:
    replaces = str(data.get("kube-proxy-replacement", "")).lower() in ("true", "strict") or str(data.get("bpf-lb-sock", "")) == "true"
    return replaces and str(data.get("bpf-lb-sock-hostns-only", "")).lower() != "true"
