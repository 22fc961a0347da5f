# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the nodes have room for the proxies that are going to come.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from decimal import Decimal

from ..findings import finding
from ..model import Finding, Object, Ref
from ..quantities import cores, mebibytes, quantity
from .nodes import schedulable
from .view import Facts, PodUse, View

CLUSTER = Ref("v1", "Cluster", "kubernetes")
USED_CPU, USED_MEMORY = Decimal("0.01"), Decimal(20 * 1024**2)
"""What a quiet proxy takes, for those that ask for nothing: values-ha.yaml of Linkerd's chart asks for 20Mi."""
LITTLE = Decimal("0.05")
"""Part of a node's memory that should stay free."""


class Room(t.NamedTuple):
    node: Object
    cpu: Decimal
    memory: Decimal
    """Free of requests."""
    proxies: int
    """That come to the pods which run there now."""


def findings(view: View) -> list[Finding]:
    return [*_lacking(view), *_tight(view)]


def facts(view: View) -> Facts:
    rooms = measure(view)
    return {
        "proxies": sum(room.proxies for room in rooms),
        "proxy_cpu": view.wanted.proxy_cpu,
        "proxy_memory": view.wanted.proxy_memory,
        "nodes": [
            {"name": room.node["metadata"]["name"], "cpu": cores(room.cpu), "memory": mebibytes(room.memory), "proxies": room.proxies}
            for room in rooms
        ],
    }


def measure(view: View) -> list[Room]:
    """What is free on each node, before the proxies."""
    found = []
    for node in view.nodes:
        pods = [pod for pod in view.pods if pod.node == node["metadata"]["name"]]
        allocatable = (node.get("status") or {}).get("allocatable") or {}
        cpu = quantity(allocatable.get("cpu")) - sum((pod.cpu for pod in pods), Decimal(0))
        memory = quantity(allocatable.get("memory")) - sum((pod.memory for pod in pods), Decimal(0))
        found.append(Room(node, cpu, memory, _proxies(pods)))
    return found


def _lacking(view: View) -> list[Finding]:
    """What all proxies ask for is more than what all nodes have left, so that pods would stay Pending."""
    rooms = [room for room in measure(view) if schedulable(room.node)]
    count = _proxies(view.pods)
    lacking = []
    for name, free, asked, words in (
        ("cpu", sum((room.cpu for room in rooms), Decimal(0)), quantity(view.wanted.proxy_cpu) * count, cores),
        ("memory", sum((room.memory for room in rooms), Decimal(0)), quantity(view.wanted.proxy_memory) * count, mebibytes),
    ):
        if asked > max(free, Decimal(0)):
            lacking.append(f"{words(asked)} of {name} where {words(max(free, Decimal(0)))} are free")
    return [finding("L5D136", CLUSTER, f"{count} proxies ask for {' and '.join(lacking)}")] if lacking else []


def _tight(view: View) -> list[Finding]:
    """A node whose memory would nearly be spoken for, also by proxies that ask for nothing."""
    each = max(quantity(view.wanted.proxy_memory), USED_MEMORY)
    found = []
    for room in measure(view):
        whole = quantity(((room.node.get("status") or {}).get("allocatable") or {}).get("memory"))
        left = room.memory - each * room.proxies
        if room.proxies and whole and left < whole * LITTLE:
            reason = f"{room.proxies} proxies take about {mebibytes(each * room.proxies)} of {mebibytes(max(room.memory, Decimal(0)))} free"
            found.append(finding("L5D137", Ref.of(room.node), reason))
    return found


def _proxies(pods: t.Iterable[PodUse]) -> int:
    return sum(pod.gets_proxy for pod in pods)
