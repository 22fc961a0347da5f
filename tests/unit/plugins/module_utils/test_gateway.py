# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the Gateway API: whose they are, and what they say."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.gateway_scene import (
    BEFORE_GRPC,
    FIRST,
    MIRROR,
    NEWEST,
    REDIRECT,
    RESPONSE,
    REWRITE,
    SIMPLE,
    STRIP,
    SWITCH,
    codes,
    planned,
    seen,
    set_by,
    snapshot,
    written,
)


@pytest.mark.parametrize(
    ("parents", "served"),
    [
        ([b.PARENT], True),
        ([{"name": "gw", "namespace": "edge"}], True),
        ([{"name": "gw"}], False),
        ([{"kind": "Service", "group": "", "name": "web", "port": 80}], False),
        ([{"kind": "Service", "group": "", "name": "web"}, b.PARENT], True),
        ([{**b.PARENT, "name": "absent"}], False),
        ([{**b.PARENT, "kind": "ListenerSet"}], False),
        ([{**b.PARENT, "group": "example.org"}], False),
        ([], False),
    ],
)
def test_a_route_is_ours_where_a_parent_is_a_gateway_of_ours(parents: list[Object], served: bool) -> None:
    assert bool(seen(b.http_route("web", b.rule(b.ref("web")), parents=parents))) is served


def test_a_gateway_of_another_class_is_somebody_elses() -> None:
    other = b.gateway_class("other", "example.org/controller")
    assert seen(SIMPLE, b.gateway_class(), other, b.gateway(class_name="other")) == {}
    assert seen(SIMPLE, b.gateway_class(), b.gateway(class_name="absent")) == {}


def test_without_the_provider_no_gateway_is_served() -> None:
    assert seen(SIMPLE, without="--providers.kubernetesgateway") == {}
    assert seen(SIMPLE, arguments=["--providers.kubernetesgateway.labelselector=a=b"]) == {}
    assert seen(SIMPLE, arguments=["--providers.kubernetesgateway.namespaces=edge"]) == {}
    assert seen(SIMPLE, arguments=["--providers.kubernetesgateway.namespaces=edge,app"]) == {"app/web:80": "relayable"}


def test_before_3_1_the_provider_needs_a_switch() -> None:
    """Read in its source: without it the provider is taken out of the configuration."""
    assert seen(SIMPLE, tag=FIRST) == {"app/web:80": "relayable"}
    assert seen(SIMPLE, tag=FIRST, without=SWITCH) == {}
    assert seen(SIMPLE, tag=BEFORE_GRPC) == {"app/web:80": "relayable"}


BOTH = (b.listener(), b.listener("websecure", 8443, "HTTPS"))


@pytest.mark.parametrize(
    ("listeners", "parent", "route", "verdict"),
    [
        (BOTH, {}, {}, "relayable"),  # by websecure, which has no strip
        (BOTH, {"sectionName": "web"}, {}, "safe_by_strip_endpoint_routed"),
        (BOTH, {"port": 8000}, {}, "safe_by_strip_endpoint_routed"),
        (BOTH, {"port": 8443}, {}, "relayable"),
        (BOTH, {"sectionName": "absent"}, {}, "broken"),
        ([b.listener(port=80)], {}, {}, "broken"),
        ([b.listener(protocol="TCP")], {}, {}, "broken"),
        ([b.listener(protocol="TLS")], {}, {}, "broken"),
        ([b.listener(hostname="*.example")], {}, {}, "safe_by_strip_endpoint_routed"),
        ([b.listener(hostname="a.web.example")], {}, {"hostnames": ["*.web.example"]}, "safe_by_strip_endpoint_routed"),
        ([b.listener(hostname="*.org")], {}, {}, "broken"),
        ([b.listener(hostname="*.org")], {}, {"hostnames": None}, "safe_by_strip_endpoint_routed"),
        ([b.listener(allowedRoutes={})], {}, {}, "broken"),
        ([b.listener(allowedRoutes={"namespaces": {"from": "Same"}})], {}, {}, "broken"),
        ([b.listener(allowedRoutes={"namespaces": {"from": "Selector", "selector": {}}})], {}, {}, "safe_by_strip_endpoint_routed"),
        ([b.listener(allowedRoutes={"namespaces": {"from": "All"}, "kinds": [{"kind": "GRPCRoute"}]})], {}, {}, "broken"),
    ],
)
def test_a_listener_stands_for_the_entry_point_of_its_port(
    listeners: t.Sequence[Object], parent: Object, route: Object, verdict: str
) -> None:
    made = b.http_route("web", b.rule(b.ref("web")), parents=[{**b.PARENT, **parent}], **route)
    found = seen(made, b.gateway_class(), b.gateway(*listeners), b.setting("", "strip"), arguments=[STRIP])
    assert found == {"app/web:80": verdict}


def test_a_plain_listener_does_not_stand_for_an_entry_point_with_tls() -> None:
    tls = "--entryPoints.web.http.tls=true"
    assert seen(SIMPLE, arguments=[tls]) == {"app/web:80": "broken"}
    assert seen(SIMPLE, b.gateway_class(), b.gateway(b.listener(protocol="HTTPS")), arguments=[tls]) == {"app/web:80": "relayable"}


@pytest.mark.parametrize(
    ("backend", "verdict", "reason"),
    [
        (b.ref("web"), "relayable", ""),
        ({"name": "web", "port": 80}, "relayable", ""),
        (b.ref("web", group="core"), "relayable", ""),
        (b.ref("web", 81), "broken", "has no port 81"),
        (b.ref("web", "http"), "broken", "without the number of its port"),
        (b.ref("web", None), "broken", "without the number of its port"),
        (b.ref("web", True), "broken", "without the number of its port"),
        (b.ref("gone"), "broken", "does not exist"),
        (b.ref("far", namespace="other"), "broken", "no ReferenceGrant of namespace other lets a HTTPRoute of app use Service far"),
        (b.ref("ext"), "broken", "ExternalName"),
        (
            b.ref("web", kind="ServiceImport", group="multicluster.x-k8s.io"),
            "broken",
            "the backend is ServiceImport app/web, not a Service",
        ),
        (b.ref("web", group="example.org"), "broken", "not a Service"),
        (b.ref("split", None, kind="TraefikService", group="traefik.io"), "broken", "TraefikService app/split does not exist"),
        (b.ref("api@internal", None, kind="TraefikService", group="traefik.io"), "internal", ""),
    ],
)
def test_backends(backend: Object, verdict: str, reason: str) -> None:
    plan = audit(snapshot(b.http_route("web", b.rule(backend)), b.external("ext"), mode="ingress"), Intent(), TRAEFIK)
    assert [found.verdict for found in plan.verdicts] == [verdict]
    assert reason in plan.verdicts[0].reason


@pytest.mark.parametrize(
    ("grant", "verdict"),
    [
        (b.reference_grant("other"), "relayable"),
        (b.reference_grant("other", name="far"), "relayable"),
        (b.reference_grant("other", name="near"), "broken"),
        (b.reference_grant("other", "elsewhere"), "broken"),
        (b.reference_grant("other", kind="GRPCRoute"), "broken"),
        (b.reference_grant("app"), "broken"),
    ],
)
def test_another_namespace_has_to_grant_it(grant: Object, verdict: str) -> None:
    route = b.http_route("web", b.rule(b.ref("far", namespace="other")))
    assert seen(route, grant) == {"other/far:80": verdict}
    assert seen(route, grant, tag=FIRST) == {"other/far:80": "broken"}


def test_a_header_names_the_namespace_of_its_backend() -> None:
    plan = planned(b.http_route("web", b.rule(b.ref("far", namespace="other"))), b.reference_grant("other"))
    assert set_by(written(plan)["rules"][0]) == [b.header("far.other.svc.cluster.local:80")]


@pytest.mark.parametrize(
    ("filters", "since"),
    [
        ([b.modifier(set=[b.header("x", "x")])], FIRST),
        ([b.extension("limit")], FIRST),
        ([REWRITE], "3.1.0"),
        ([RESPONSE], "3.2.0"),
        ([MIRROR], ""),
        ([{"type": "ExternalAuth"}], ""),
        ([{}], ""),
        ([b.extension("limit", "Limit", "example.org")], ""),
    ],
)
def test_a_filter_that_this_traefik_does_not_know_breaks_its_rule(filters: list[Object], since: str) -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=filters), b.rule(b.ref("api")))
    for tag in (FIRST, "3.1.0", "3.2.0", NEWEST):
        knows = since != "" and [int(part) for part in tag.split(".")] >= [int(part) for part in since.split(".")]
        worth = {"web.example/ app/web:80": "relayable" if knows else "broken", "web.example/ #2 app/api:80": "relayable"}
        assert seen(route, b.middleware("limit", rateLimit={}), tag=tag) == worth, tag


def test_a_redirect_has_no_backend() -> None:
    assert seen(b.http_route("web", {"matches": [], "filters": [REDIRECT]})) == {}


def test_a_missing_middleware_of_an_extension_breaks_the_rule() -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.extension("gone")]))
    plan = audit(snapshot(route, mode="ingress"), Intent(), TRAEFIK)
    assert [verdict.verdict for verdict in plan.verdicts] == ["broken"]
    assert "L5D210" in codes(plan)


def test_grpc_routes_are_served_since_3_2() -> None:
    matches = [{"method": {"type": "Exact", "service": "shop.Cart", "method": "Add"}}]
    route = b.http_route("grpc", b.rule(b.ref("web"), matches=matches), b.rule(b.ref("api"), matches=[]), kind="GRPCRoute")
    assert seen(route) == {"grpc.example/shop.Cart/Add app/web:80": "relayable", "grpc.example/*/* app/api:80": "relayable"}
    assert seen(route, tag=BEFORE_GRPC) == {}
    rewriting = b.http_route("grpc", b.rule(b.ref("web"), filters=[REWRITE]), kind="GRPCRoute")
    assert seen(rewriting) == {"app/web:80": "broken"}
