# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k3s' ServiceLB: a Service of type LoadBalancer is reachable at every node, and its status says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.rest import Object, Rest


def publish(rest: Rest) -> None:
    """Give an address to those that wait for one; Helm with --wait waits for it."""
    waiting = [service for service in rest.list("/api/v1/services", fieldSelector="spec.type=LoadBalancer") if is_waiting(service)]
    if not waiting:
        return
    ingress = [{"ip": address} for address in _addresses(rest.list("/api/v1/nodes"))]
    for service in waiting:
        meta = service["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status"
        rest.merge(path, {"status": {"loadBalancer": {"ingress": ingress}}})


def is_waiting(service: Object) -> bool:
    spec, status = service.get("spec") or {}, service.get("status") or {}
    wanted = spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")
    return wanted and not (status.get("loadBalancer") or {}).get("ingress")


def _addresses(nodes: list[Object]) -> list[str]:
    found = [address for node in nodes for address in (node.get("status") or {}).get("addresses") or []]
    return [address["address"] for address in found if address["type"] == "InternalIP"]
