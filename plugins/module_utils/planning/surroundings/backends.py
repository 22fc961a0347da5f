# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies between the controller and its meshed backends.

A meshed request does not go to the app's port: one proxy dials the other at the port of the proxy (4143), and policies
are enforced outside of the pod. Source: endpoint_translator.go of linkerd2 (a port that the backend skips inbound is
dialled as it is), proxy.outboundTransportMode of its chart.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...findings import finding
from ...linkerd import ports
from ...model import Finding, Object, Ref
from ...network_policy import EGRESS, INGRESS, Answer, Flow, Place, allowed, allows, isolated, isolating, lets_through
from ...routes.base import Backend, mapping
from ..around import MeshedPods
from .view import View, some

CODES = {Answer.NO: "L5D310", Answer.MAYBE: "L5D313"}


def findings(view: View) -> list[Finding]:
    if not view.around.network_policies or not view.linkerd.transport_header:
        return []
    return _Search(view, view.pod).findings()


@dataclass(slots=True)
class _Search:
    view: View
    controller: Place
    policies: dict[str, list[Object]] = field(default_factory=dict)
    pods: dict[tuple[str, str, str], list[MeshedPods]] = field(default_factory=dict)
    """By namespace and one label, for a Service's selector to begin with."""

    def findings(self) -> list[Finding]:
        self._index()
        blamed: dict[tuple[str, Ref], list[str]] = {}
        for backend in self._restricted():
            for pods in self._of(backend):
                answer, policy = self._judge(backend, pods)
                if policy is not None:
                    names = blamed.setdefault((CODES[answer], policy), [])
                    names += [] if str(backend) in names[-1:] else [str(backend)]
        port = self.view.linkerd.inbound_port
        return [finding(code, policy, f"{self.view.workload} to {some(names)} at port {port}") for (code, policy), names in blamed.items()]

    def _index(self) -> None:
        for policy in self.view.around.network_policies:
            self.policies.setdefault(str(policy["metadata"].get("namespace")), []).append(policy)
        for pods in self.view.around.meshed_pods:
            for key, value in pods.labels:
                self.pods.setdefault((pods.namespace, key, value), []).append(pods)

    def _restricted(self) -> t.Iterator[Backend]:
        """Backends to which any policy could matter."""
        by_egress = isolated(self.policies.get(self.controller.namespace, []), self.controller, EGRESS) > Answer.NO
        return (backend for backend in self.view.backends() if by_egress or backend.namespace in self.policies)

    def _of(self, backend: Backend) -> t.Iterator[MeshedPods]:
        """Meshed pods that the Service selects; policies make no difference to a request without a proxy at its other end."""
        selector = mapping(mapping(mapping(backend.service).get("spec")).get("selector"))
        if not selector:
            return iter(())
        candidates = min((self.pods.get((backend.namespace, key, value), []) for key, value in selector.items()), key=len)
        return (pods for pods in candidates if selector.items() <= set(pods.labels))

    def _judge(self, backend: Backend, pods: MeshedPods) -> tuple[Answer, Ref | None]:
        """Whether a policy lets the app's port through but not the proxy's, and which."""
        named = dict(pods.ports)
        dialled = named.get(backend.target_port) if isinstance(backend.target_port, str) else backend.target_port
        if not isinstance(dialled, int) or ports.contains(ports.lenient(pods.skip_inbound), dialled):
            return Answer.YES, None
        target = Place(pods.namespace, dict(pods.labels), self.view.namespace_labels(pods.namespace), named)
        plain = Flow(self.controller, target, dialled)
        meshed = Flow(self.controller, target, self.view.linkerd.inbound_port)
        ends = [*self.policies.get(target.namespace, []), *self.policies.get(self.controller.namespace, [])]
        before, after = allowed(ends, plain), allowed(ends, meshed)
        if before is Answer.NO or after is Answer.YES:
            return Answer.YES, None
        direction = min((INGRESS, EGRESS), key=lambda one: allows(ends, meshed, one))
        return (Answer.NO if (before, after) == (Answer.YES, Answer.NO) else Answer.MAYBE), _blamed(ends, plain, direction)


def _blamed(policies: list[Object], plain: Flow, direction: str) -> Ref:
    """The policy that lets the app's port through: it is the one to widen."""
    restricting = isolating(policies, plain.ends(direction)[0], direction)
    return Ref.of(max(restricting, key=lambda policy: lets_through(policy, plain, direction)))
