# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What NetworkPolicies let through, evaluated as the Kubernetes API defines them.

Where something is not known (labels that a pod may carry besides, addresses behind an ipBlock), the answer is MAYBE.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

from .linkerd import selectors
from .model import Object
from .routes.base import mapping, mappings

API_VERSION, KIND = "networking.k8s.io/v1", "NetworkPolicy"
INGRESS, EGRESS = "Ingress", "Egress"
PEERS = {INGRESS: "from", EGRESS: "to"}
EVERY_ADDRESS = ("0.0.0.0/0", "::/0")
NAMESPACE_NAME = "kubernetes.io/metadata.name"


class Answer(enum.IntEnum):
    """Three-valued: C(and) is the least, C(or) the greatest."""

    NO = 0
    MAYBE = 1
    YES = 2

    @property
    def opposite(self) -> Answer:
        return Answer(2 - self)


@dataclass(frozen=True, slots=True)
class Place:
    """A pod as policies see it. C(partial) means that it may carry more labels than these."""

    namespace: str
    labels: t.Mapping[str, str]
    namespace_labels: t.Mapping[str, str] | None = None
    ports: t.Mapping[str, int] = field(default_factory=dict)
    """Numbers of its container ports by name."""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection: who dials whom, at which port of the pod."""

    source: Place
    target: Place
    port: int
    protocol: str = "TCP"

    def ends(self, direction: str) -> tuple[Place, Place]:
        """The pod whose policies count in that direction, and its peer."""
        return (self.target, self.source) if direction == INGRESS else (self.source, self.target)


Policies = t.Sequence[Object]


def allowed(policies: Policies, flow: Flow) -> Answer:
    """Both ends have to agree."""
    return min(allows(policies, flow, INGRESS), allows(policies, flow, EGRESS))


def allows(policies: Policies, flow: Flow, direction: str) -> Answer:
    """Whether one end agrees: no policy isolates it, or one that does lets this through."""
    pod, _peer = flow.ends(direction)
    free = isolated(policies, pod, direction).opposite
    return max([free, *(min(_selects(policy, pod, direction), lets_through(policy, flow, direction)) for policy in policies)])


def isolated(policies: Policies, pod: Place, direction: str) -> Answer:
    return max([Answer.NO, *(_selects(policy, pod, direction) for policy in policies)])


def isolating(policies: Policies, pod: Place, direction: str) -> list[Object]:
    """The policies that may select this pod."""
    return [policy for policy in policies if _selects(policy, pod, direction) > Answer.NO]


def lets_through(policy: Object, flow: Flow, direction: str) -> Answer:
    return max([Answer.NO, *(rule_admits(policy, rule, flow, direction) for rule in rules(policy, direction))])


def rules(policy: Object, direction: str) -> list[Object]:
    return mappings(mapping(policy.get("spec")).get(direction.lower()))


def rule_admits(policy: Object, rule: Object, flow: Flow, direction: str) -> Answer:
    _pod, other = flow.ends(direction)
    namespace = str(mapping(policy.get("metadata")).get("namespace") or "")
    peers = mappings(rule.get(PEERS[direction]))
    by_peer = max(_peer(peer, namespace, other) for peer in peers) if peers else Answer.YES
    return min(by_peer, port_admits(rule, flow.target, flow.port, flow.protocol))


def port_admits(rule: Object, target: Place, port: int, protocol: str = "TCP") -> Answer:
    listed = mappings(rule.get("ports"))
    return max(_port(entry, target, port, protocol) for entry in listed) if listed else Answer.YES


def _selects(policy: Object, pod: Place, direction: str) -> Answer:
    spec = mapping(policy.get("spec"))
    given = spec.get("policyTypes")
    types = given if isinstance(given, list) and given else [INGRESS, *([EGRESS] if spec.get("egress") else [])]
    if direction not in types or mapping(policy.get("metadata")).get("namespace") != pod.namespace:
        return Answer.NO
    return _matches(mapping(spec.get("podSelector")), pod.labels, partial=pod.partial)


def _peer(peer: Object, policy_namespace: str, other: Place) -> Answer:
    if "ipBlock" in peer:
        block = mapping(peer["ipBlock"])
        return Answer.YES if block.get("cidr") in EVERY_ADDRESS and not block.get("except") else Answer.MAYBE
    if peer.get("namespaceSelector") is None:
        in_namespace = Answer.YES if other.namespace == policy_namespace else Answer.NO
    else:
        known = {**(other.namespace_labels or {}), NAMESPACE_NAME: other.namespace}
        in_namespace = _matches(mapping(peer["namespaceSelector"]), known, partial=other.namespace_labels is None)
    return min(in_namespace, _matches(mapping(peer.get("podSelector")), other.labels, partial=other.partial))


def _port(entry: Object, target: Place, port: int, protocol: str) -> Answer:
    if (entry.get("protocol") or "TCP") != protocol:
        return Answer.NO
    first, last = entry.get("port"), entry.get("endPort")
    if first is None:
        return Answer.YES
    if isinstance(first, str):
        return Answer.MAYBE if target.partial and first not in target.ports else _yes(target.ports.get(first) == port)
    if not isinstance(first, int):
        return Answer.MAYBE
    return _yes(first <= port <= (last if isinstance(last, int) else first))


def _matches(selector: Object, labels: t.Mapping[str, str], *, partial: bool) -> Answer:
    """Requirement by requirement, because one on a label that is not known may hold or not."""
    wanted = [{"key": key, "operator": "In", "values": [value]} for key, value in mapping(selector.get("matchLabels")).items()]
    answer = Answer.YES
    for requirement in [*wanted, *mappings(selector.get("matchExpressions"))]:
        known = requirement.get("key") in labels or not partial
        answer = min(answer, _yes(selectors.matches({"matchExpressions": [requirement]}, labels)) if known else Answer.MAYBE)
    return answer


def _yes(condition: object) -> Answer:
    return Answer.YES if condition else Answer.NO
