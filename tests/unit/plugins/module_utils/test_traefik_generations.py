# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each generation of Traefik 2 and 3 is given, and what it is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit, plan_present
from tests.unit.plugins.module_utils import builders as b

WEB: Object = {"name": "web", "port": 80}
HEADLESS, STICKY = b.headless("hl"), b.service("sticky", annotations={b.STICKY: "true"})
OUTSIDE = b.external("ext")


def present(tag: str, *objects: Object, arguments: t.Sequence[str] = (), command: t.Sequence[str] = (), **intent: t.Any) -> Joint:
    template = b.pod_template([*b.ARGUMENTS, *arguments], tag=tag)
    if command:
        template["spec"]["containers"][0]["command"] = list(command)
    snapshot = b.snapshot(*objects, workload=b.deployment(template, "traefik"))
    return plan_present(snapshot, Intent(**intent), TRAEFIK)


def after(joint: Joint, kind: str, name: str) -> Object:
    """How an object will be; the last step of several counts."""
    found = [step.after for step in joint.plan.in_order() if (step.object.kind, step.object.name) == (kind, name)]
    assert found, f"{kind} {name} is not changed"
    assert found[-1] is not None
    return found[-1]


def changed(joint: Joint) -> set[tuple[str, str]]:
    return {(step.object.kind, step.object.name) for step in joint.plan.steps}


def verdicts(joint: Joint) -> dict[str, str]:
    return {f"{verdict.object.name} {verdict.backend}": verdict.verdict for verdict in joint.plan.verdicts}


def codes(found: t.Any) -> set[str]:
    return {finding.code for finding in getattr(found, "plan", found).findings}


def arguments_of(joint: Joint) -> list[str]:
    arguments: list[str] = joint.expected_template["spec"]["containers"][0]["args"]
    return arguments


# 2.10 and 2.11: ClusterIPs, but one by one.


@pytest.mark.parametrize("tag", ["2.10.0", "2.11.53"])
def test_without_a_switch_each_backend_is_told_to_use_its_cluster_ip(tag: str) -> None:
    route = b.ingress_route("r", b.route("Host(`r`)", WEB, {"name": "hl", "port": 80}, {**WEB, "sticky": {"cookie": {}}}))
    ingress = b.ingress("shop", ("web", 80), ("hl", 80), ("sticky", 80), ("ext", 80))
    joint = present(tag, route, ingress, b.service("web"), HEADLESS, STICKY, OUTSIDE)
    services = after(joint, "IngressRoute", "r")["spec"]["routes"][0]["services"]
    assert [service.get("nativeLB") for service in services] == [True, None, None]
    assert after(joint, "Service", "web")["metadata"]["annotations"][b.NATIVE_LB] == "true"
    assert changed(joint) == {("IngressRoute", "r"), ("Service", "web"), ("Deployment", "traefik")}
    assert not any("nativelbbydefault" in argument.lower() for argument in arguments_of(joint))
    assert {"L5D205", "L5D206", "L5D213", "L5D308"} <= codes(joint)
    worth = verdicts(joint)
    assert worth["shop app/web:80"] == "safe_full"
    assert worth["shop app/sticky:80"] == "safe_endpoint_routed"


def test_who_said_no_to_it_is_left_alone() -> None:
    route = b.ingress_route("r", b.route("Host(`r`)", {**WEB, "nativeLB": False}))
    joint = present("2.11.10", route, b.ingress("shop", ("web", 80)), b.service("web", annotations={b.NATIVE_LB: "false"}))
    assert changed(joint) == {("Deployment", "traefik")}
    assert "L5D211" in codes(joint)


def test_who_said_yes_already_is_not_ours() -> None:
    route = b.ingress_route("r", b.route("Host(`r`)", {**WEB, "nativeLB": True}))
    assert changed(present("2.11.10", route, b.service("web"))) == {("Deployment", "traefik")}


def test_objects_of_both_groups_are_one_set_of_routes_and_ours_go_into_the_newer_one() -> None:
    new = b.ingress_route("new", b.route("Host(`new`)", WEB))
    old = b.in_old_group(b.ingress_route("old", b.route("Host(`old`)", WEB)))
    joint = present("2.11.10", new, old, b.service("web"), strategy="header")
    assert verdicts(joint) == {"new app/web:80": "safe_by_header", "old app/web:80": "safe_by_header"}
    made = {step.object for step in joint.plan.steps if step.own}
    group = "traefik.io/v1alpha1"
    assert made == {Ref(group, "Middleware", "l5d-web-80", "app"), Ref(group, "Middleware", "l5d-strip", "traefik")}


# 2.2 to 2.9: the header.


@pytest.mark.parametrize("tag", ["2.2.0", "2.5.7", "2.9.10"])
def test_before_2_10_the_header_is_the_only_way(tag: str) -> None:
    route = b.in_old_group(b.ingress_route("r", b.route("Host(`r`)", WEB)))
    joint = present(tag, route, b.ingress("shop", ("web", 80)), b.service("web", annotations={b.NATIVE_LB: "true"}))
    assert (joint.strategy, joint.mode) == ("header", "ingress")
    assert verdicts(joint) == {"r app/web:80": "safe_by_header", "shop app/web:80": "safe_by_header"}
    assert {step.object.api_version for step in joint.plan.steps if step.own} == {"traefik.containo.us/v1alpha1"}
    assert "--entryPoints.web.http.middlewares=traefik-l5d-strip@kubernetescrd" in arguments_of(joint)
    assert after(joint, "Ingress", "shop")["metadata"]["annotations"][b.CHAIN] == "app-l5d-web-80@kubernetescrd"
    assert after(joint, "IngressRoute", "r")["spec"]["routes"][0]["middlewares"] == [{"name": "l5d-web-80", "namespace": "app"}]


def test_an_ingress_with_two_backends_is_covered_by_the_strip() -> None:
    joint = present("2.9.10", b.ingress("shop", ("web", 80), ("api", 80)), b.service("web"), b.service("api"))
    assert set(verdicts(joint).values()) == {"safe_by_strip_endpoint_routed"}
    assert "L5D207" in codes(joint)


def test_a_route_in_a_group_that_is_not_read_is_no_route() -> None:
    joint = present("2.9.10", b.ingress_route("new", b.route("Host(`new`)", WEB)), b.service("web"))
    assert verdicts(joint) == {}
    assert "L5D217" in codes(joint)


def test_old_apis_of_ingress_are_told() -> None:
    shop = (b.ingress("shop", ("web", 80)), b.service("web"))
    assert "L5D220" in codes(present("2.4.14", *shop))
    assert "L5D220" not in codes(present("2.5.0", *shop))


# 2.0 and 2.1: the header, and no strip.


def test_without_a_strip_every_backend_needs_its_own_header() -> None:
    route = b.in_old_group(b.ingress_route("r", b.route("Host(`r`)", WEB)))
    joint = present("2.1.9", route, b.service("web"))
    assert verdicts(joint) == {"r app/web:80": "safe_by_header"}
    assert [step.object.name for step in joint.plan.steps if step.own] == ["l5d-web-80"]
    assert not any("middlewares" in argument for argument in arguments_of(joint))
    assert {"L5D219", "L5D308"} <= codes(joint)


TWO = b.in_old_group(b.ingress_route("two", b.route("Host(`two`)", WEB, {"name": "api", "port": 80})))
ASKING = b.in_old_group(b.ingress_route("asking", b.route("Host(`asking`)", WEB, middlewares=["auth"])))


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (TWO, "two"),
        (ASKING, "asking"),
        (b.ingress("shop", ("web", 80)), "shop"),
    ],
)
def test_what_cannot_have_its_own_header_is_refused_without_a_strip(route: Object, name: str) -> None:
    objects = (route, b.service("web"), b.service("api"), b.in_old_group(b.forward_auth()))
    with pytest.raises(PlanningError, match=rf"{name}: .* would be relayable.*upgrade to 2\.2 or newer"):
        present("2.0.7", *objects)
    assert present("2.2.0", *objects).plan.steps


def test_the_reason_is_a_finding_too() -> None:
    joint = present("2.0.7", TWO, b.service("web"), b.service("api"), allow_relayable=True)
    assert "L5D218" in codes(joint)
    assert "L5D207" not in codes(joint)


# TCP and UDP.


def test_tcp_and_udp_backends_have_a_verdict_each_and_a_finding_for_the_object() -> None:
    tcp = b.tcp_route("db", WEB, {"name": "hl", "port": 80})
    udp = b.tcp_route("dns", WEB, kind="IngressRouteUDP")
    plan = audit(b.snapshot(tcp, udp, b.service("web"), HEADLESS), Intent(), TRAEFIK)
    assert [(v.object.name, v.backend, v.verdict) for v in plan.verdicts] == [
        ("db", "app/web:80", "not_http"),
        ("db", "app/hl:80", "not_http"),
        ("dns", "app/web:80", "not_http"),
    ]
    assert [finding.object.name for finding in plan.findings if finding.code == "L5D209"] == ["db", "dns"]


def test_the_switch_would_break_a_headless_tcp_backend_so_that_is_opted_out() -> None:
    """Traefik drops a TCP or UDP router too, when it is to dial a ClusterIP that is not there."""
    joint = present("3.6.15", b.tcp_route("db", WEB, {"name": "hl", "port": 80}), b.service("web"), HEADLESS)
    assert [s.get("nativeLB") for s in after(joint, "IngressRouteTCP", "db")["spec"]["routes"][0]["services"]] == [None, False]
    assert "L5D205" in codes(joint)


@pytest.mark.parametrize(("tag", "strategy"), [("2.11.10", "cluster_ip"), ("3.7.15", "header")])
def test_otherwise_tcp_is_not_touched(tag: str, strategy: str) -> None:
    joint = present(tag, b.tcp_route("db", WEB, {"name": "hl", "port": 80}), b.service("web"), HEADLESS, strategy=strategy)
    assert "IngressRouteTCP" not in {kind for kind, _name in changed(joint)}


# Options.


def test_with_safe_naming_namespace_and_name_are_joined_otherwise() -> None:
    safe = ["--providers.kubernetescrd.safenaming"]
    auth = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app_auth@kubernetescrd"})
    objects = (auth, b.service("web"), b.forward_auth())
    joint = present("3.7.11", *objects, arguments=safe, strategy="header")
    assert after(joint, "Service", "web")["metadata"]["annotations"][b.SERVICE_CHAIN] == "app_l5d-web-80@kubernetescrd"
    assert "--entryPoints.web.http.middlewares=traefik_l5d-strip@kubernetescrd" in arguments_of(joint)
    assert verdicts(joint) == {"shop app/web:80": "safe_by_header"}
    older = present("3.7.9", *objects, strategy="header")
    assert verdicts(older) == {"shop app/web:80": "broken"}
    assert "L5D210" in codes(older)


REFUSING = ["--providers.kubernetesingress.crossprovidernamespaces=home,traefik"]


def test_where_an_ingress_may_name_no_middleware_the_strip_has_to_do() -> None:
    home = b.ingress("blog", ("blog", 80), namespace="home")
    joint = present(
        "3.7.9", b.ingress("shop", ("web", 80)), home, b.service("web"), b.service("blog", "home"), arguments=REFUSING, strategy="header"
    )
    assert verdicts(joint) == {"shop app/web:80": "safe_by_strip_endpoint_routed", "blog home/blog:80": "safe_by_header"}
    assert [finding.object.name for finding in joint.plan.findings if finding.code == "L5D222"] == ["shop"]


@pytest.mark.parametrize(("tag", "verdict"), [("3.7.9", "broken"), ("3.7.0", "not_meshed")])
def test_an_ingress_that_names_one_nevertheless_is_not_served(tag: str, verdict: str) -> None:
    """A release before the option came does not know it."""
    shop = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-limit@kubernetescrd"})
    workload = b.deployment(b.pod_template([*b.ARGUMENTS, *REFUSING], tag=tag))
    plan = audit(b.snapshot(shop, b.service("web"), b.middleware("limit", rateLimit={}), workload=workload), Intent(), TRAEFIK)
    assert [found.verdict for found in plan.verdicts] == [verdict]


def test_an_ingress_route_may_name_its_own_namespaces_middlewares_but_no_other_providers() -> None:
    refusing = ["--providers.kubernetescrd.crossprovidernamespaces=home"]
    routes = [
        b.ingress_route(name, b.route("Host(`a`)", WEB, middlewares=[chain])) for name, chain in (("own", "limit"), ("file", "x@file"))
    ]
    workload = b.deployment(b.pod_template([*b.ARGUMENTS, *refusing]))
    plan = audit(b.snapshot(*routes, b.service("web"), b.middleware("limit", rateLimit={}), workload=workload), Intent(), TRAEFIK)
    assert [found.verdict for found in plan.verdicts] == ["not_meshed", "broken"]


def test_options_in_the_command_count_and_ours_go_after_them() -> None:
    command = ["traefik", "--providers.kubernetescrd.ingressclass=traefik", "--entryPoints.extra.address=:9443/tcp"]
    joint = present("3.7.9", b.ingress("shop", ("web", 80)), b.service("web"), command=command, strategy="header")
    assert "--entryPoints.extra.http.middlewares=traefik-l5d-strip@kubernetescrd" in arguments_of(joint)
    container = after(joint, "Deployment", "traefik")["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == command


def test_middlewares_of_an_entry_point_in_the_command_are_refused() -> None:
    command = ["traefik", "--entryPoints.web.http.middlewares=app-limit@kubernetescrd"]
    shop = (b.ingress("shop", ("web", 80)), b.service("web"), b.middleware("limit", rateLimit={}))
    with pytest.raises(PlanningError, match=r"the command of its container has --entryPoints\.web.*Move that option"):
        present("3.7.9", *shop, command=command, strategy="header")
    assert present("3.7.9", *shop, command=command).strategy == "cluster_ip"
