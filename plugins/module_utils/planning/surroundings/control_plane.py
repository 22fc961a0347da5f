# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies on the controller's pods that keep a proxy from Linkerd's control plane, or from DNS to find it.

A proxy without an identity never gets ready. Ports: the control plane's Services in Linkerd's chart.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ...findings import finding
from ...linkerd.annotations import COMPONENT_LABEL, CONTROL_PLANE_LABEL
from ...model import Finding, Ref
from ...network_policy import EGRESS, Answer, Flow, Place, allows, isolating
from .view import View, some


class Need(t.NamedTuple):
    """Something that every proxy dials."""

    what: str
    target: Place
    port: int
    protocol: str = "TCP"


def findings(view: View) -> list[Finding]:
    policies = view.policies(view.workload.namespace)
    restricting = isolating(policies, view.pod, EGRESS)
    if not restricting:
        return []
    answers: dict[Answer, list[str]] = {}
    for need in _needs(view):
        answer = allows(policies, Flow(view.pod, need.target, need.port, need.protocol), EGRESS)
        answers.setdefault(answer, []).append(f"{need.what} ({need.port}/{need.protocol})")
    named = Ref.of(restricting[0])
    found = []
    if Answer.NO in answers:
        found.append(finding("L5D309", named, f"{view.workload} may not reach {some(answers[Answer.NO], 4)}"))
    if Answer.MAYBE in answers:
        found.append(finding("L5D313", named, f"whether {view.workload} may reach {some(answers[Answer.MAYBE], 4)}"))
    return found


def _needs(view: View) -> list[Need]:
    identity, destination = (_component(view, name) for name in ("identity", "destination"))
    dns = Place("kube-system", {"k8s-app": "kube-dns"}, view.namespace_labels("kube-system"), partial=True)
    return [
        Need("Linkerd's identity", identity, 8080),
        Need("Linkerd's destination", destination, 8086),
        Need("Linkerd's policy", destination, 8090),
        Need("DNS", dns, 53, "UDP"),
    ]


def _component(view: View, name: str) -> Place:
    """As it runs, where its pods were read; they carry a proxy themselves."""
    namespace = view.linkerd.namespace
    labels = view.namespace_labels(namespace)
    for pods in view.around.meshed_pods:
        if pods.namespace == namespace and (COMPONENT_LABEL, name) in pods.labels:
            return Place(namespace, dict(pods.labels), labels, dict(pods.ports))
    return Place(namespace, {COMPONENT_LABEL: name, CONTROL_PLANE_LABEL: namespace}, labels, partial=True)
