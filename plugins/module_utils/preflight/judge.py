# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All concerns together: facts, and findings with the worst first. Pure.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..distribution import distribution
from ..findings import finding, sentence, worst_first
from ..model import Finding, Ref, Severity
from . import (
    clocks,
    gateway_api,
    helm,
    hosts,
    kubernetes,
    leftovers,
    networks,
    nodes,
    pairs,
    pod_security,
    room,
    terminating,
)
from .view import Facts, View

CONCERNS: tuple[t.Callable[[View], list[Finding]], ...] = (
    kubernetes.findings,
    nodes.findings,
    clocks.findings,
    gateway_api.findings,
    leftovers.findings,
    terminating.findings,
    pod_security.findings,
    networks.findings,
    room.findings,
    pairs.findings,
    hosts.findings,
    helm.findings,
)


def judge(view: View, ignored: t.Collection[str] = ()) -> Facts:
    found = [entry for concern in CONCERNS for entry in concern(view)]
    found += [finding("L5D113", Ref("v1", "Cluster", "kubernetes"), f"{what} may not be listed") for what in view.refused]
    found = worst_first(found)
    return {
        "changed": False,
        "kubernetes": {"version": view.version, "distribution": distribution(view.version)},
        "cluster_id": _identity(view),
        "nodes": nodes.facts(view),
        "gateway_api": gateway_api.facts(view),
        "linkerd": leftovers.facts(view),
        "bundled_traefik": any(
            (obj["metadata"].get("namespace"), obj["metadata"]["name"]) == ("kube-system", "traefik") for obj in view.helm_charts
        ),
        "terminating": terminating.facts(view),
        "room": room.facts(view),
        "hosts": hosts.facts(view),
        "helm": helm.facts(view),
        "findings": [entry.to_dict() for entry in found],
        "critical": [sentence(entry) for entry in found if entry.severity is Severity.CRITICAL and entry.code not in ignored],
    }


def _identity(view: View) -> str:
    """What tells one cluster from another: two kubeconfigs may spell the same server differently."""
    return str(((view.namespaces_by_name.get("kube-system") or {}).get("metadata") or {}).get("uid") or "")
