# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Linkerd's clusterNetworks hold the addresses of pods and Services, as `linkerd check` asks.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..errors import InputError
from ..findings import finding
from ..model import Finding, Ref
from .view import View

Network: t.TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def findings(view: View) -> list[Finding]:
    known = [_network(text) for text in view.wanted.cluster_networks]
    found = [
        finding("L5D135", Ref.of(node), f"its pods get addresses of {node['spec']['podCIDR']}")
        for node in view.nodes
        if not _inside((node.get("spec") or {}).get("podCIDR"), known)
    ]
    pod = next((pod for pod in view.pods if not _inside(pod.ip, known)), None)
    if pod and not found:
        found.append(finding("L5D135", Ref("v1", "Pod", pod.name, pod.namespace), f"its address is {pod.ip}"))
    service = next((obj for obj in view.services if not _inside(_cluster_ip(obj), known)), None)
    if service:
        found.append(finding("L5D135", Ref.of(service), f"its address is {_cluster_ip(service)}"))
    return found


def _cluster_ip(service: t.Mapping[str, t.Any]) -> str:
    address = str((service.get("spec") or {}).get("clusterIP") or "")
    return "" if address == "None" else address


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise InputError("cluster_networks", f"{text!r} is no network", "Write networks like 10.0.0.0/8.") from error


def _inside(text: str | None, known: t.Sequence[Network]) -> bool:
    """What is not known is not outside: some clusters give their nodes no range of their own."""
    if not text:
        return True
    inner = ipaddress.ip_network(text, strict=False)
    return any(outer.version == inner.version and inner.subnet_of(outer) for outer in known)  # type: ignore[arg-type]
