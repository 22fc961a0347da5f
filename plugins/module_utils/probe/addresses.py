# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses are the ingress controller's own, so that a probe never asks anybody else.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..model import Object
from ..routes.base import mapping, mappings, text

IP: t.TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
REMEDY = (
    "Give loopback, an address of a Service in front of the controller (load balancer, external or cluster IP), "
    "of one of its pods, or of a node."
)


def parse(address: str) -> IP | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def of_services(services: t.Iterable[Object], template: Object) -> set[IP]:
    """Of those that select the controller's pods."""
    labels = mapping(mapping(template.get("metadata")).get("labels"))
    written: list[t.Any] = []
    for service in services:
        spec = mapping(service.get("spec"))
        selector = mapping(spec.get("selector"))
        if selector and selector.items() <= labels.items():
            written += [spec.get("clusterIP"), *_list(spec.get("clusterIPs")), *_list(spec.get("externalIPs"))]
            balancer = mapping(mapping(service.get("status")).get("loadBalancer"))
            written += [ingress.get("ip") for ingress in mappings(balancer.get("ingress"))]
    return _parsed(written)


def of_pods(pods: t.Iterable[Object]) -> set[IP]:
    status = [mapping(pod.get("status")) for pod in pods]
    return _parsed([one.get("podIP") for one in status] + [ip.get("ip") for one in status for ip in mappings(one.get("podIPs"))])


def of_nodes(nodes: t.Iterable[Object]) -> set[IP]:
    found = [entry for node in nodes for entry in mappings(mapping(node.get("status")).get("addresses"))]
    return _parsed([entry.get("address") for entry in found if entry.get("type") in ("InternalIP", "ExternalIP")])


def foreign(resolved: t.Iterable[IP], own: t.Collection[IP]) -> list[IP]:
    return [ip for ip in resolved if not ip.is_loopback and ip not in own]


def _parsed(written: t.Iterable[t.Any]) -> set[IP]:
    return {ip for value in written if (ip := parse(text(value))) is not None}


def _list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []
