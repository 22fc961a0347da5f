# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkPolicies around a controller: what they would keep from a proxy."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.around import MeshedPods
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.scene import CODES, EDGE, audited, found, pods, scene
from tests.unit.plugins.module_utils.test_network_policy import OPEN, POLICIES

DNS: Object = {"ports": [{"port": 53, "protocol": "UDP"}]}
TO_LINKERD = {"to": [b.from_namespace("linkerd")], "ports": [{"port": port} for port in (8080, 8086, 8090)]}


def egress(*rules: Object) -> Object:
    return b.network_policy("out", EDGE, {"matchLabels": dict(b.LABELS)}, egress=list(rules), policyTypes=["Egress"])


@pytest.mark.parametrize(
    ("rules", "code", "words"),
    [
        ([], "L5D309", "identity (8080/TCP), Linkerd's destination (8086/TCP), Linkerd's policy (8090/TCP), DNS (53/UDP)"),
        ([DNS], "L5D309", "identity (8080/TCP), Linkerd's destination (8086/TCP), Linkerd's policy (8090/TCP)"),
        ([TO_LINKERD], "L5D309", "may not reach DNS (53/UDP)"),
        ([{**TO_LINKERD, "ports": [{"port": 8080}]}, DNS], "L5D309", "destination (8086/TCP), Linkerd's policy (8090/TCP)"),
        ([TO_LINKERD, DNS], "", ""),
        ([{}], "", ""),
        ([DNS, {"to": [{"ipBlock": {"cidr": "10.42.0.0/16"}}]}], "L5D313", "identity (8080/TCP)"),
        ([DNS, {"to": [b.from_namespace("linkerd", {"own": "label"})]}], "L5D313", "identity (8080/TCP)"),
    ],
)
def test_egress_to_the_control_plane(rules: list[Object], code: str, words: str) -> None:
    snapshot = scene(network_policies=(egress(*rules),))
    result = found(snapshot)
    assert result.keys() & CODES == ({code} if code else set())
    if code:
        (one,) = result[code]
        assert one.object == Ref("networking.k8s.io/v1", "NetworkPolicy", "out", EDGE)
        assert words in one.reason
        assert code in audited(snapshot)


def test_the_control_plane_s_own_labels_count_where_its_pods_were_read() -> None:
    rules = [DNS, {"to": [b.from_namespace("linkerd", {"own": "label"})]}]
    components = ("identity", "destination")
    labels = [frozenset({("linkerd.io/control-plane-component", name), ("own", "label")}) for name in components]
    control = [MeshedPods("linkerd", own, frozenset(), "") for own in labels]
    assert not CODES & found(scene(network_policies=(egress(*rules),), meshed_pods=tuple(control))).keys()


FROM_EDGE = b.from_namespace(EDGE)
APP_ONLY = b.network_policy("app-only", "app", {"matchLabels": {"app": "web"}}, ingress=[{"from": [FROM_EDGE], "ports": [{"port": 8080}]}])


def admit(*ports: int | str, peers: t.Sequence[Object] = (FROM_EDGE,)) -> Object:
    rule = {"from": list(peers), "ports": [{"port": port} for port in ports]}
    return b.network_policy("app-only", "app", {"matchLabels": {"app": "web"}}, ingress=[rule])


@pytest.mark.parametrize(
    ("policy", "pod", "code"),
    [
        (admit(8080), pods(), "L5D310"),
        (admit(8080, 4143), pods(), ""),
        (admit(8080, "linkerd-proxy"), pods(ports={"linkerd-proxy": 4143}), ""),
        (admit(9000), pods(), ""),
        (admit(8080), pods(skip="8080"), ""),
        (admit(8080), pods(app="db"), ""),
        (admit(8080, peers=[b.from_namespace("other")]), pods(), ""),
        (admit(8080, peers=[{"ipBlock": {"cidr": "10.42.0.0/16"}}]), pods(), "L5D313"),
        (admit(8080, peers=[b.from_namespace(EDGE, b.LABELS)]), pods(), "L5D310"),
        (admit(8080, peers=[b.from_namespace(EDGE, {"linkerd.io/control-plane-ns": "linkerd"})]), pods(), "L5D310"),
        (b.network_policy("open", "app", ingress=[{}]), pods(), ""),
    ],
)
def test_a_meshed_backend_that_admits_only_its_own_port(policy: Object, pod: MeshedPods, code: str) -> None:
    snapshot = scene(network_policies=(policy,), meshed_pods=(pod,))
    result = found(snapshot)
    assert result.keys() & CODES == ({code} if code else set())
    if code:
        assert result[code] == [one for one in audit(snapshot, Intent(), TRAEFIK).findings if one.code == code]
        assert "app/web:80 at port 4143" in result[code][0].reason


def test_a_backend_without_a_proxy_is_dialled_at_its_own_port() -> None:
    assert not CODES & found(scene(network_policies=(APP_ONLY,))).keys()


def test_a_linkerd_that_dials_the_app_s_port_needs_no_other() -> None:
    snapshot = scene(network_policies=(APP_ONLY,), meshed_pods=(pods(),), linkerd={"transport_header": False})
    assert not CODES & found(snapshot).keys()


def test_named_target_ports_are_those_of_the_pods() -> None:
    http = {"name": "http", "port": 80, "targetPort": "web"}
    base = scene(network_policies=(admit(8081),), meshed_pods=(pods(ports={"web": 8081}),))
    snapshot = replace(base, objects={**base.objects, "Service": (b.service("web", ports=[http], selector={"app": "web"}),)})
    assert "L5D310" in found(snapshot)


def test_egress_of_the_controller_to_the_port_of_the_app_alone() -> None:
    policy = egress(TO_LINKERD, DNS, {"to": [b.from_namespace("app")], "ports": [{"port": 8080}]})
    (one,) = found(scene(network_policies=(policy,), meshed_pods=(pods(),)))["L5D310"]
    assert one.object.name == "out"


def test_many_backends_behind_one_policy_are_one_finding() -> None:
    services = [b.service(f"s{i}", selector={"app": "web"}) for i in range(5)]
    routes = [b.ingress(f"r{i}", (f"s{i}", 80)) for i in range(5)]
    (one,) = found(scene(*services, *routes, network_policies=(APP_ONLY,), meshed_pods=(pods(),)))["L5D310"]
    assert "and 3 more" in one.reason


def inbound(*rules: Object) -> Object:
    return b.network_policy("in", EDGE, ingress=list(rules))


METRICS: Object = {"ports": [{"port": 4191}]}


@pytest.mark.parametrize(
    ("rules", "codes"),
    [
        ([{"ports": [{"port": 8000}, {"port": 8443}]}, METRICS], set()),
        ([{"ports": [{"port": 8000}]}], {"L5D312"}),
        ([{"from": [FROM_EDGE], "ports": [{"port": 9100}]}, METRICS], {"L5D311"}),
        ([{"from": [FROM_EDGE], "ports": [{"port": 9100}, {"port": 4143}]}, METRICS], set()),
        ([{"from": [FROM_EDGE], "ports": [{"port": 9100}]}, {"from": [b.from_namespace("x")], "ports": [{"port": 4143}]}, METRICS], {"L5D311"}),
        ([{"from": [FROM_EDGE], "ports": [{"port": 9100}]}, {"ports": [{"port": 4143}]}, METRICS], set()),
        ([{"ports": [{"port": "metrics"}]}, METRICS], {"L5D311"}),
        ([{}], set()),
    ],
)  # fmt: skip
def test_clients_of_the_controller(rules: list[Object], codes: set[str]) -> None:
    snapshot = scene(network_policies=(inbound(*rules),))
    assert found(snapshot).keys() & CODES == codes


@given(st.lists(POLICIES, max_size=3))
def test_policies_that_allow_everything_leave_nothing_to_find(policies: list[Object]) -> None:
    wide = [b.network_policy("wide", namespace, **OPEN) for namespace in (EDGE, "app")]
    assert not CODES & found(scene(network_policies=(*policies, *wide), meshed_pods=(pods(),))).keys()
