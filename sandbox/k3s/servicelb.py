# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k3s' ServiceLB: a Service of type LoadBalancer is reachable at every node, and its status says so.

Its pods take the Service's ports on each node as hostPorts. So of two Services with a port in common the second one's
pods stay pending, and it has no address until the first is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.rest import Object, Rest


def publish(rest: Rest) -> None:
    """Give an address to those that wait for one; Helm with --wait waits for it."""
    balancers = rest.list("/api/v1/services", fieldSelector="spec.type=LoadBalancer")
    taken = {port for service in balancers if _has_address(service) for port in _ports(service)}
    waiting = [service for service in balancers if is_waiting(service)]
    if not waiting:
        return
    ingress = [{"ip": address} for address in _addresses(rest.list("/api/v1/nodes"))]
    for service in waiting:
        if taken & _ports(service):
            continue
        taken |= _ports(service)
        meta = service["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status"
        rest.merge(path, {"status": {"loadBalancer": {"ingress": ingress}}})


def is_waiting(service: Object) -> bool:
    spec = service.get("spec") or {}
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass") and not _has_address(service)


def _has_address(service: Object) -> bool:
    return bool(((service.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _ports(service: Object) -> set[tuple[str, int]]:
    return {(port.get("protocol", "TCP"), port["port"]) for port in (service.get("spec") or {}).get("ports") or []}


def _addresses(nodes: list[Object]) -> list[str]:
    found = [address for node in nodes for address in (node.get("status") or {}).get("addresses") or []]
    return [address["address"] for address in found if address["type"] == "InternalIP"]
