# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies on the controller's pods, seen from those who dial it.

Meshed clients reach a port that is not skipped at the proxy's port, and whoever collects metrics dials the proxy's
admin port.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...linkerd import ports
from ...model import Finding, Object, Ref
from ...network_policy import INGRESS, Answer, isolating, port_admits, rules
from .view import View, some


def findings(view: View) -> list[Finding]:
    restricting = isolating(view.policies(view.workload.namespace), view.pod, INGRESS)
    if not restricting:
        return []
    admitted = [rule for policy in restricting for rule in rules(policy, INGRESS)]
    found = [*_shut_out(view, restricting, admitted)]
    if not _at(view, admitted, view.linkerd.admin_port):
        found.append(finding("L5D312", Ref.of(restricting[0]), f"{view.workload} at port {view.linkerd.admin_port}"))
    return found


def _shut_out(view: View, restricting: list[Object], admitted: list[Object]) -> list[Finding]:
    if not view.linkerd.transport_header:
        return []
    proxied = {
        name: port
        for name, port in view.context.controller.ports(view.context.snapshot.workload).items()
        if not ports.contains(view.skips_inbound, port)
    }
    wide = _at(view, admitted, view.linkerd.inbound_port)
    closed = [
        f"{name} ({port})"
        for name, port in sorted(proxied.items())
        if any(not any(_covers(one, rule) for one in wide) for rule in _at(view, admitted, port))
    ]
    return [finding("L5D311", Ref.of(restricting[0]), f"{view.workload} at {some(closed)}")] if closed else []


def _at(view: View, admitted: list[Object], port: int) -> list[Object]:
    """The rules that name this port, or no port at all."""
    return [rule for rule in admitted if port_admits(rule, view.pod, port) is Answer.YES]


def _covers(one: Object, other: Object) -> bool:
    """Whether everybody whom the other rule admits is admitted by this one as well."""
    peers, wanted = one.get("from") or [], other.get("from") or []
    return not peers or (bool(wanted) and all(peer in peers for peer in wanted))
