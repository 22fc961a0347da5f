# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies: what the API's own documentation says of each field, and what holds for any of them."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.network_policy import (
    EGRESS,
    INGRESS,
    Answer,
    Flow,
    Place,
    allowed,
    allows,
    isolated,
    isolating,
)
from tests.unit.plugins.module_utils import builders as b

NO, MAYBE, YES = Answer
TRAEFIK = Place("edge", {"app": "traefik", "tier": "front"}, {"team": "net"})
WEB = Place("app", {"app": "web"}, {"team": "shop"}, {"http": 8080})
FLOW = Flow(TRAEFIK, WEB, 8080)
FROM_EDGE = b.from_namespace("edge")


def admitting(*peers: Object, ports: t.Sequence[Object] = (), **spec: t.Any) -> Object:
    rule: Object = {**({"from": list(peers)} if peers else {}), **({"ports": list(ports)} if ports else {})}
    return b.network_policy("admit", "app", ingress=[rule], **spec)


def test_a_pod_that_no_policy_selects_is_open() -> None:
    others = [b.network_policy("other", "app", {"matchLabels": {"app": "db"}}), b.network_policy("deny", "elsewhere")]
    assert allowed([], FLOW) is allowed(others, FLOW) is YES
    assert isolated(others, WEB, INGRESS) is NO


@pytest.mark.parametrize(
    ("policy", "answer"),
    [
        (b.network_policy("deny", "app"), NO),
        (b.network_policy("deny", "app", ingress=[]), NO),
        (admitting(), YES),
        (admitting(FROM_EDGE), YES),
        (admitting(b.from_namespace("edge", {"app": "traefik"})), YES),
        (admitting(b.from_namespace("edge", {"app": "nginx"})), NO),
        (admitting(b.from_namespace("other"), FROM_EDGE), YES),
        (admitting({"namespaceSelector": {}}), YES),
        (admitting({"namespaceSelector": {"matchLabels": {"team": "net"}}}), YES),
        (admitting({"podSelector": {"matchLabels": {"app": "traefik"}}}), NO),
        (admitting({"podSelector": {}}), NO),
        (admitting({"ipBlock": {"cidr": "10.42.0.0/16"}}), MAYBE),
        (admitting({"ipBlock": {"cidr": "0.0.0.0/0"}}), YES),
        (admitting({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.42.0.0/16"]}}), MAYBE),
        (admitting(ports=[{"port": 8080}]), YES),
        (admitting(ports=[{"port": 80}]), NO),
        (admitting(ports=[{"port": "http"}]), YES),
        (admitting(ports=[{"port": "metrics"}]), NO),
        (admitting(ports=[{"port": 8080, "protocol": "UDP"}]), NO),
        (admitting(ports=[{"protocol": "TCP"}]), YES),
        (admitting(ports=[{"port": 8000, "endPort": 8100}]), YES),
        (admitting(ports=[{"port": 8081, "endPort": 8100}]), NO),
        (admitting(FROM_EDGE, ports=[{"port": 80}, {"port": 8080}]), YES),
        (admitting(FROM_EDGE, policyTypes=["Egress"]), YES),
        (b.network_policy("deny", "app", {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}), NO),
        (b.network_policy("deny", "app", {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}), YES),
        (b.network_policy("deny", "app", {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}), YES),
    ],
)  # fmt: skip
def test_one_policy_at_the_target(policy: Object, answer: Answer) -> None:
    assert allows([policy], FLOW, INGRESS) is answer
    assert allowed([policy], FLOW) is answer


def test_egress_is_restricted_only_where_a_policy_says_so() -> None:
    to_web = {"to": [b.from_namespace("app")], "ports": [{"port": 8080}]}
    for spec, answer in (
        ({"egress": [to_web]}, YES),
        ({"policyTypes": ["Egress"]}, NO),
        ({"ingress": [{}]}, YES),
        ({"egress": []}, YES),
        ({"egress": [], "policyTypes": ["Ingress", "Egress"]}, NO),
        ({"egress": [{"ports": [{"port": 443}]}]}, NO),
        ({"egress": [{"ports": [{"port": "http"}]}]}, YES),
    ):
        assert allows([b.network_policy("out", "edge", **t.cast("Object", spec))], FLOW, EGRESS) is answer, spec


def test_both_ends_have_to_agree() -> None:
    shut = b.network_policy("shut", "edge", policyTypes=["Egress"])
    assert allowed([admitting(), shut], FLOW) is NO


def test_policies_add_up() -> None:
    assert allowed([b.network_policy("deny", "app"), admitting(FROM_EDGE)], FLOW) is YES


def test_what_is_not_known_decides_nothing() -> None:
    unknown = Place("app", {"app": "web"}, None, partial=True)
    flow = Flow(TRAEFIK, unknown, 8080)
    assert allowed([b.network_policy("deny", "app", {"matchLabels": {"tier": "back"}})], flow) is MAYBE
    assert allowed([b.network_policy("deny", "app", {"matchLabels": {"app": "db"}})], flow) is YES
    assert allowed([admitting(ports=[{"port": "http"}])], flow) is MAYBE
    assert allowed([b.network_policy("out", "edge", egress=[{"to": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}])], flow) is MAYBE


# What holds for any of them.

KEYS, VALUES = ("app", "tier"), ("web", "traefik")
LABELS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2)
REQUIREMENTS = st.fixed_dictionaries(
    {"key": st.sampled_from(KEYS), "operator": st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist"))},
    optional={"values": st.lists(st.sampled_from(VALUES), min_size=1, max_size=2)},
)
SELECTORS = st.fixed_dictionaries({}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(REQUIREMENTS, max_size=1)})
POD_PEERS = st.fixed_dictionaries({"podSelector": SELECTORS}, optional={"namespaceSelector": SELECTORS})
BLOCKS = st.just({"ipBlock": {"cidr": "10.0.0.0/8"}})
PORTS = st.fixed_dictionaries({}, optional={"port": st.sampled_from((80, 8080, 4143, "http")), "protocol": st.sampled_from(("TCP", "UDP"))})


def policies_of(peers: st.SearchStrategy[Object]) -> st.SearchStrategy[Object]:
    def rule(peer: str) -> st.SearchStrategy[Object]:
        return st.fixed_dictionaries({}, optional={peer: st.lists(peers, max_size=2), "ports": st.lists(PORTS, max_size=2)})

    spec: st.SearchStrategy[Object] = st.fixed_dictionaries(
        {"podSelector": SELECTORS},
        optional={
            "ingress": st.lists(rule("from"), max_size=2),
            "egress": st.lists(rule("to"), max_size=2),
            "policyTypes": st.lists(st.sampled_from((INGRESS, EGRESS)), min_size=1, max_size=2, unique=True),
        },
    )
    return st.builds(lambda namespace, spec: {"metadata": {"name": "any", "namespace": namespace}, "spec": spec}, NAMESPACES, spec)


NAMESPACES = st.sampled_from(("edge", "app"))
PLACES = st.builds(Place, NAMESPACES, LABELS, LABELS, st.sampled_from(({}, {"http": 8080})))
FLOWS = st.builds(Flow, PLACES, PLACES, st.sampled_from((80, 8080, 4143)))
DIRECTIONS = st.sampled_from((INGRESS, EGRESS))
POLICIES = policies_of(POD_PEERS | BLOCKS)
OPEN: Object = {"podSelector": {}, "ingress": [{}], "egress": [{}], "policyTypes": [INGRESS, EGRESS]}


@given(st.lists(POLICIES, max_size=3), FLOWS)
def test_a_policy_that_allows_everything_allows_everything(policies: list[Object], flow: Flow) -> None:
    wide = [b.network_policy("wide", namespace, **OPEN) for namespace in ("edge", "app")]
    assert allowed([*policies, *wide], flow) is YES


@given(st.lists(POLICIES, max_size=3), POLICIES, FLOWS, DIRECTIONS)
def test_one_more_policy_never_ends_isolation_and_never_closes_what_isolated_pods_have_open(
    policies: list[Object], more: Object, flow: Flow, direction: str
) -> None:
    pod, _peer = flow.ends(direction)
    before = isolated(policies, pod, direction)
    assert isolated([*policies, more], pod, direction) >= before
    if before is YES:
        assert allows([*policies, more], flow, direction) >= allows(policies, flow, direction)
    if not isolating([more], pod, direction):
        assert allows([*policies, more], flow, direction) is allows(policies, flow, direction)


@given(st.lists(policies_of(POD_PEERS), max_size=3), FLOWS)
def test_where_everything_is_known_the_answer_is_certain(policies: list[Object], flow: Flow) -> None:
    assert allowed(policies, flow) is not MAYBE


@given(st.lists(POLICIES, max_size=3), FLOWS, LABELS)
def test_more_knowledge_never_turns_an_answer_round(policies: list[Object], flow: Flow, labels: dict[str, str]) -> None:
    target = Place(flow.target.namespace, labels, None, partial=True)
    vague = allowed(policies, Flow(flow.source, target, flow.port))
    known = Place(target.namespace, {**flow.target.labels, **labels}, flow.target.namespace_labels, flow.target.ports)
    assert vague in (MAYBE, allowed(policies, Flow(flow.source, known, flow.port)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(("podSelector", "ingress", "from", "ports", "port", "ipBlock", "matchLabels", "policyTypes")), inner
            )
        ),
        max_leaves=8,
    ),
    FLOWS,
)
def test_what_is_not_understood_is_no_crash(spec: t.Any, flow: Flow) -> None:
    policy = {"metadata": {"name": "odd", "namespace": "app"}, "spec": spec}
    assert allowed([policy], flow) in Answer
