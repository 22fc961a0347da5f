# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request takes a rule, and where it may be sent."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref, Verdict
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe import addresses, matcher
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.targets import targets
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.variants import ALL, Endpoint, chosen
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.ways import Way, WayError, usable
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes.base import Backend, Route, Rule

OWN = "web.app.svc.cluster.local:80"
NOBODY = "l5d-probe.invalid"


@pytest.mark.parametrize(
    ("match", "way"),
    [
        ("Host(`a.test`)", Way("a.test", "/")),
        ("Host(`a.test`, `b.test`) && Path(`/x`)", Way("a.test", "/x")),
        ('Host("a.test") && PathPrefix("/x")', Way("a.test", "/x")),
        ("PathPrefix(`/x`) || Host(`a.test`)", Way("a.test", "/x")),
        ("Host(`a.test`) && !PathPrefix(`/admin`)", Way("a.test", "/")),
        ("Host(`a.test`) && (PathPrefix(`/a`) || PathPrefix(`/b`)) && !Path(`/a`)", Way("a.test", "/b")),
        ("PathPrefix(`/`)", Way(NOBODY, "/")),
        ("Host(`a.test`) && Method(`HEAD`, `PUT`)", Way("a.test", "/", "HEAD")),
        ("  Host( `a.test` )  ", Way("a.test", "/")),
    ],
)
def test_a_matcher_becomes_a_request(match: str, way: Way) -> None:
    assert matcher.way(match) == way


@pytest.mark.parametrize(
    "match",
    [
        "",
        "no match",
        "Host(`a.test`",
        "Host(`a.test`) &&",
        "Host()",
        "HostRegexp(`.+`)",
        "Host(`a.test`) && Headers(`X-A`, `b`)",
        "Host(`a.test`) && ClientIP(`10.0.0.0/8`)",
        "Host(`a.test`) && !Host(`a.test`)",
        "Host(`a.test`) && Method(`POST`)",
        "Host(`a.test`) Path(`/x`)",
        "é",
        "!" * 600 + "Host(`a`)",
    ],
)
def test_a_matcher_that_no_plain_request_meets_is_said_so(match: str) -> None:
    with pytest.raises(WayError):
        matcher.way(match)


@given(st.text(alphabet='Hostah()`&|!, /PMx"\\', max_size=80))
def test_no_matcher_is_a_crash(match: str) -> None:
    try:
        found = matcher.way(match)
    except WayError:
        return
    assert found.method in ("GET", "HEAD")


@pytest.mark.parametrize(("host", "sent"), [("a.test", "a.test"), ("*.a.test", "l5d-probe.a.test")])
def test_a_wildcard_stands_for_a_name(host: str, sent: str) -> None:
    assert usable(Way(host, "/")).host == sent


@pytest.mark.parametrize(
    "way", [Way("a b", "/"), Way("a\r\nX: y", "/"), Way("ä.test", "/"), Way("", "/"), Way("a", "x"), Way("a", "/(.*)")]
)
def test_what_no_request_can_carry_is_refused(way: Way) -> None:
    with pytest.raises(WayError):
        usable(way)


def route(kind: str, *names: str) -> Route:
    ref = Ref("any/v1", kind, "web", "app")
    return Route(ref, {}, [Rule(name, [Backend("app", "web", 80, port=80)]) for name in names])


def verdicts(of: Route, *words: str) -> list[Verdict]:
    return [Verdict(of.ref, rule.name, "app/web:80", word, "", safe=True) for rule, word in zip(of.rules, words, strict=True)]


@pytest.mark.parametrize(
    ("kind", "rule", "way"),
    [
        ("Ingress", "a.test/x", Way("a.test", "/x")),
        ("Ingress", "*/x", Way(NOBODY, "/x")),
        ("Ingress", "default backend", Way(NOBODY, "/")),
        ("IngressRoute", "Host(`a.test`)", Way("a.test", "/")),
    ],
)
def test_every_kind_says_how_its_requests_look(kind: str, rule: str, way: Way) -> None:
    of = route(kind, rule)
    (target,) = targets([of], verdicts(of, "safe_full"), "example.org")
    assert target.way == way
    assert target.own == "web.app.svc.example.org:80"
    assert target.verdicts == ("safe_full",)


@pytest.mark.parametrize(
    ("matches", "way"),
    [
        (None, Way("a.test", "/")),
        ([], Way("a.test", "/")),
        ([{"path": {"type": "PathPrefix", "value": "/x"}}], Way("a.test", "/x")),
        ([{"path": {"value": "/x"}, "method": "HEAD"}], Way("a.test", "/x", "HEAD")),
        ([{"headers": [{"name": "a"}]}, {"method": "POST"}, {"path": {"type": "Exact", "value": "/y"}}], Way("a.test", "/y")),
        ([{"queryParams": [{"name": "a"}]}], None),
        ([{"path": {"type": "RegularExpression", "value": "/x"}}], None),
    ],
)
def test_a_route_of_the_gateway_api_says_it_in_its_matches(matches: object, way: Way | None) -> None:
    of = route("HTTPRoute", "a.test/")
    of.object["spec"] = {"hostnames": ["a.test", "b.test"]}
    of.rules[0].raw = {"matches": matches}
    assert targets([of], verdicts(of, "safe_full"), "cluster.local")[0].way == way


def test_without_a_host_name_any_will_do() -> None:
    of = route("HTTPRoute", "*/")
    of.rules[0].raw = {}
    assert targets([of], verdicts(of, "safe_full"), "cluster.local")[0].way == Way(NOBODY, "/")


def test_grpc_is_left_out() -> None:
    of = route("GRPCRoute", "a.test/shop.Cart/*")
    assert "POST" in targets([of], verdicts(of, "safe_full"), "cluster.local")[0].problem


def test_a_rule_without_a_request_says_why() -> None:
    of = route("Ingress", "a.test/(.*)")
    (target,) = targets([of], verdicts(of, "relayable"), "cluster.local")
    assert target.way is None
    assert "pattern" in target.problem
    other = route("Unheard", "a.test/")
    assert "Unheard" in targets([other], verdicts(other, "relayable"), "cluster.local")[0].problem


def test_what_never_reaches_a_backend_is_no_target() -> None:
    of = route("Ingress", "a/", "b/", "c/", "d/")
    found = targets([of], verdicts(of, "broken", "internal", "not_http", "safe_full"), "cluster.local")
    assert [target.rule for target in found] == ["d/"]


def test_http2_knows_neither_case_nor_connection() -> None:
    names = {variant.name for variant in chosen(None, Endpoint(443, tls=True, http2=True), OWN)}
    assert names == {variant.name for variant in ALL} - {"other_case", "hop_by_hop"}
    assert [variant.name for variant in chosen(["plain"], Endpoint(80, tls=False), OWN)] == ["plain"]


def test_two_values_are_sent_only_where_the_right_one_is_known() -> None:
    left_out = {variant.name for variant in ALL} - {variant.name for variant in chosen(None, Endpoint(80, tls=False), "")}
    assert left_out == {"twice_forged_first", "twice_forged_last"}


TEMPLATE: Object = {"metadata": {"labels": {"app": "traefik", "more": "x"}}}


def service(selector: Object, **more: object) -> Object:
    return {"spec": {"selector": selector, **more}, "status": {"loadBalancer": {"ingress": [{"ip": "192.168.1.10"}, {"hostname": "x"}]}}}


def test_only_services_in_front_of_the_controller_lend_their_addresses() -> None:
    ours = service({"app": "traefik"}, clusterIP="10.43.0.5", clusterIPs=["10.43.0.5", "fd00::5"], externalIPs=["192.168.1.11"])
    others = [service({"app": "other"}, clusterIP="10.43.0.6"), service({}, clusterIP="10.43.0.7"), {"spec": None}]
    found = {str(ip) for ip in addresses.of_services([ours, *others], TEMPLATE)}
    assert found == {"10.43.0.5", "fd00::5", "192.168.1.11", "192.168.1.10"}


def test_pods_and_nodes_lend_theirs() -> None:
    pods: list[Object] = [{"status": {"podIP": "10.42.0.9", "podIPs": [{"ip": "10.42.0.9"}, {"ip": "fd00::9"}]}}, {}]
    assert {str(ip) for ip in addresses.of_pods(pods)} == {"10.42.0.9", "fd00::9"}
    entries = [{"type": "InternalIP", "address": "192.168.1.2"}, {"type": "Hostname", "address": "192.168.1.3"}]
    assert {str(ip) for ip in addresses.of_nodes([{"status": {"addresses": entries}}])} == {"192.168.1.2"}


@pytest.mark.parametrize(
    ("address", "foreign"),
    [("127.0.0.1", False), ("127.9.9.9", False), ("::1", False), ("::ffff:127.0.0.1", False), ("192.168.1.2", False), ("1.1.1.1", True)],
)
def test_an_address_that_is_not_the_controllers_is_foreign(address: str, foreign: bool) -> None:
    ip = addresses.parse(address)
    assert ip is not None
    assert bool(addresses.foreign([ip], {ipaddress.ip_address("192.168.1.2")})) is foreign


def test_one_foreign_address_of_several_is_enough() -> None:
    both = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("1.1.1.1")]
    assert addresses.foreign(both, set()) == both[1:]
