# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Service is behind an address, read from Services and EndpointSlices."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.rest import Object, Rest

SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True)
class Address:
    """C(service) is namespace/name:port; C(pod) says whether it is a pod's address or the Service's own."""

    ip: str
    port: int
    service: str
    pod: bool

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


def addresses(rest: Rest, namespaces: t.Collection[str]) -> list[Address]:
    """Everything that a route to a Service of these namespaces can end at."""
    found: list[Address] = []
    for namespace in namespaces:
        services = rest.list(f"/api/v1/namespaces/{namespace}/services")
        slices = rest.list(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices")
        for service in services:
            found += _own(namespace, service)
            ours = [s for s in slices if s["metadata"]["labels"].get(SERVICE_NAME) == service["metadata"]["name"]]
            found += [address for one in ours for address in _endpoints(namespace, service, one)]
    return found


def dns_names(rest: Rest, namespaces: t.Collection[str]) -> dict[str, str]:
    """Full name and address of each Service that has one."""
    return {
        f"{service['metadata']['name']}.{namespace}.svc.cluster.local": service["spec"]["clusterIP"]
        for namespace in namespaces
        for service in rest.list(f"/api/v1/namespaces/{namespace}/services")
        if service["spec"].get("clusterIP") not in (None, "", "None")
    }


def _own(namespace: str, service: Object) -> t.Iterator[Address]:
    address = service["spec"].get("clusterIP")
    if address not in (None, "", "None"):
        for port in service["spec"]["ports"]:
            yield Address(address, port["port"], _title(namespace, service, port), pod=False)


def _endpoints(namespace: str, service: Object, one: Object) -> t.Iterator[Address]:
    for port in service["spec"]["ports"]:
        numbers = [p["port"] for p in one.get("ports") or [] if p.get("name", "") == port.get("name", "")]
        for endpoint in one.get("endpoints") or []:
            for ip in endpoint["addresses"]:
                yield from (Address(ip, number, _title(namespace, service, port), pod=True) for number in numbers)


def _title(namespace: str, service: Object, port: Object) -> str:
    return f"{namespace}/{service['metadata']['name']}:{port['port']}"
