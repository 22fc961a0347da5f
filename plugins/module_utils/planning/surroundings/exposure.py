# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How clients reach the controller: host ports, UDP, and whether its Service keeps their addresses.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...model import Finding, Object, Ref
from ...routes.base import mapping, mappings
from .view import View, some


def findings(view: View) -> list[Finding]:
    container = view.context.controller.find_container(view.template["spec"])
    ports = mappings(container.get("ports"))
    host = [f"{port['hostPort']} to {port.get('containerPort')}" for port in ports if port.get("hostPort")]
    udp = [f"{port.get('name') or '-'} ({port.get('containerPort')})" for port in ports if port.get("protocol") == "UDP"]
    return [
        *([finding("L5D315", view.workload, some(host))] if host else []),
        *([finding("L5D317", view.workload, some(udp))] if udp else []),
        *(finding("L5D316", Ref.of(service)) for service in view.context.snapshot.of("Service") if _hides_clients(view, service)),
    ]


def _hides_clients(view: View, service: Object) -> bool:
    spec = mapping(service.get("spec"))
    if spec.get("externalTrafficPolicy") != "Cluster" or service["metadata"].get("namespace") != view.workload.namespace:
        return False
    selector = mapping(spec.get("selector"))
    return bool(selector) and selector.items() <= view.labels.items()
