# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written into routes of the Gateway API, and what comes of it."""

from __future__ import annotations

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Plan
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import plan_absent, plan_present
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.gateway_scene import (
    API,
    BEFORE_BACKENDS,
    BEFORE_GRPC,
    HEADER,
    NEWEST,
    REWRITE,
    SIMPLE,
    WEB,
    codes,
    planned,
    seen,
    set_by,
    snapshot,
    written,
)


def test_the_header_is_set_at_the_rule_with_one_backend() -> None:
    plan = planned(SIMPLE)
    (rule,) = written(plan)["rules"]
    assert rule["filters"] == [b.modifier(set=[b.header(WEB)])]
    assert "filters" not in rule["backendRefs"][0]
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]


@pytest.mark.parametrize(("tag", "kind"), [(NEWEST, "HTTPRoute"), (BEFORE_BACKENDS, "HTTPRoute"), (NEWEST, "GRPCRoute")])
def test_the_header_is_set_at_each_of_several_backends_where_traefik_applies_it(tag: str, kind: str) -> None:
    plan = planned(b.http_route("web", b.rule(b.ref("web", weight=9), b.ref("api")), kind=kind), tag=tag)
    if (tag, kind) == (NEWEST, "HTTPRoute"):
        (rule,) = written(plan)["rules"]
        assert [set_by(backend) for backend in rule["backendRefs"]] == [[b.header(WEB)], [b.header(API)]]
        assert "filters" not in rule
        assert {verdict.verdict for verdict in plan.verdicts} == {"safe_by_header"}
    else:
        assert not [step for step in plan.steps if step.object.kind == kind]
        assert {verdict.verdict for verdict in plan.verdicts} == {"safe_by_strip_endpoint_routed"}
        assert "L5D207" in codes(plan)


def test_one_service_named_twice_in_a_rule_is_one_backend() -> None:
    (rule,) = written(planned(b.http_route("web", b.rule(b.ref("web"), b.ref("web", weight=2)), kind="GRPCRoute")), "GRPCRoute")["rules"]
    assert set_by(rule) == [b.header(WEB)]


def test_a_filter_of_somebody_is_joined_not_doubled() -> None:
    theirs = b.modifier(set=[b.header("1", "x-a")], add=[b.header("2", "x-b")], remove=["x-c"])
    (rule,) = written(planned(b.http_route("web", b.rule(b.ref("web"), filters=[theirs, REWRITE]))))["rules"]
    joined = b.modifier(set=[b.header("1", "x-a"), b.header(WEB)], add=[b.header("2", "x-b")], remove=["x-c"])
    assert rule["filters"] == [joined, REWRITE]


@pytest.mark.parametrize("name", [HEADER, "L5D-Dst-Override"])
def test_a_wrong_value_of_somebody_is_put_right(name: str) -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(set=[b.header(API, name)])]))
    assert seen(route) == {"app/web:80": "misrouted"}
    plan = planned(route)
    assert set_by(written(plan)["rules"][0]) == [b.header(WEB, name)]
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]


@pytest.mark.parametrize("value", [WEB, "web.app.svc:80", "WEB.app.svc.cluster.local."])
def test_a_right_value_of_somebody_is_counted(value: str) -> None:
    plan = planned(b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(set=[b.header(value)])])))
    assert not [step for step in plan.steps if step.object.kind == "HTTPRoute"]
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]


@pytest.mark.parametrize("theirs", [{"add": [b.header(WEB)]}, {"add": [b.header(API)]}, {"remove": ["L5D-dst-override"]}])
def test_what_would_undo_our_set_moves_it_to_the_backend(theirs: Object) -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(**theirs)]))
    plan = planned(route)
    (rule,) = written(plan)["rules"]
    assert (set_by(rule), set_by(rule["backendRefs"][0])) == ([], [b.header(WEB)])
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]
    assert ("L5D225" in codes(plan)) is ("add" in theirs)


@pytest.mark.parametrize(
    ("theirs", "before", "after"),
    [
        ({"add": [b.header(WEB)]}, "relayable", "safe_by_header"),  # the only value, once the strip is there
        ({"remove": [HEADER]}, "safe_by_strip_endpoint_routed", "safe_by_strip_endpoint_routed"),
    ],
)
def test_where_there_is_no_place_for_ours_the_strip_has_to_do(theirs: Object, before: str, after: str) -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(**theirs)]))
    assert seen(route, tag=BEFORE_BACKENDS) == {"app/web:80": before}
    plan = planned(route, tag=BEFORE_BACKENDS)
    assert not [step for step in plan.steps if step.object.kind == "HTTPRoute"]
    assert [verdict.verdict for verdict in plan.verdicts] == [after]
    assert "L5D207" in codes(plan)


def test_a_wrong_value_that_is_added_is_refused_where_nothing_can_replace_it() -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(add=[b.header(API)])]))
    with pytest.raises(PlanningError, match="misrouted"):
        planned(route, tag=BEFORE_BACKENDS)


def test_ours_comes_after_whatever_asks() -> None:
    auth = b.forward_auth()
    behind = b.http_route("web", b.rule(b.ref("web"), filters=[b.extension("auth")]))
    (rule,) = written(planned(behind, auth))["rules"]
    assert [item["type"] for item in rule["filters"]] == ["ExtensionRef", "RequestHeaderModifier"]
    before = b.http_route("web", b.rule(b.ref("web"), filters=[b.modifier(remove=["x"]), b.extension("auth")]))
    plan = planned(before, auth)
    (rule,) = written(plan)["rules"]
    assert (set_by(rule), set_by(rule["backendRefs"][0])) == ([], [b.header(WEB)])
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]
    assert not [step for step in planned(before, auth, tag=BEFORE_BACKENDS).steps if step.object.kind == "HTTPRoute"]


def test_a_header_before_an_auth_service_is_a_bypass() -> None:
    filters = [b.modifier(set=[b.header(WEB)]), b.extension("auth")]
    assert seen(b.http_route("web", b.rule(b.ref("web"), filters=filters)), b.forward_auth()) == {"app/web:80": "auth_bypassed"}


def test_error_pages_rule_out_a_header_here_too() -> None:
    pages = b.middleware("pages", errors={"status": ["500"], "service": {"name": "pages", "port": 80}})
    plan = planned(b.http_route("web", b.rule(b.ref("web"), filters=[b.extension("pages")])), pages)
    assert not [step for step in plan.steps if step.object.kind == "HTTPRoute"]
    assert "L5D216" in codes(plan)


@pytest.mark.parametrize(("tag", "kind"), [(BEFORE_BACKENDS, "HTTPRoute"), (NEWEST, "GRPCRoute")])
def test_a_filter_of_a_backend_that_traefik_ignores_is_told(tag: str, kind: str) -> None:
    route = b.http_route("web", b.rule(b.ref("web", filters=[b.modifier(set=[b.header(WEB)])])), kind=kind)
    assert seen(route, tag=tag) == {"app/web:80": "relayable"}
    assert "L5D226" in codes(planned(route, tag=tag))
    assert "L5D226" not in codes(planned(route if kind == "HTTPRoute" else SIMPLE))


@pytest.mark.parametrize("count", [15, 16])
def test_a_full_list_of_filters_has_no_place_for_ours(count: int) -> None:
    route = b.http_route("web", b.rule(b.ref("web"), filters=[b.extension("limit")] * count), kind="GRPCRoute")
    plan = planned(route, b.middleware("limit", rateLimit={}))
    assert bool([step for step in plan.steps if step.object.kind == "GRPCRoute"]) is (count < 16)


def test_a_full_list_of_headers_moves_ours_to_the_backend() -> None:
    theirs = b.modifier(set=[b.header("1", f"x-{i}") for i in range(16)])
    (rule,) = written(planned(b.http_route("web", b.rule(b.ref("web"), filters=[theirs]))))["rules"]
    assert set_by(rule["backendRefs"][0]) == [b.header(WEB)]


def split(*children: str) -> Object:
    return b.traefik_service("split", weighted={"services": [{"name": name, "port": 80} for name in children]})


BEHIND = b.ref("split", None, kind="TraefikService", group="traefik.io")


def test_what_stands_behind_a_traefik_service_is_judged_each_for_itself() -> None:
    plan = planned(b.http_route("web", b.rule(b.ref("web"), BEHIND)), split("api", "gone"))
    (rule,) = written(plan)["rules"]
    assert [set_by(backend) for backend in rule["backendRefs"]] == [[b.header(WEB)], []]
    worth = {"app/web:80": "safe_by_header", "app/api:80": "safe_by_strip_endpoint_routed", "app/gone:80": "broken"}
    assert {v.backend: v.verdict for v in plan.verdicts} == worth
    assert "L5D207" in codes(plan)


def test_one_service_behind_a_traefik_service_takes_the_header_of_its_rule() -> None:
    plan = planned(b.http_route("web", b.rule(BEHIND)), split("api"))
    assert set_by(written(plan)["rules"][0]) == [b.header(API)]
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_by_header"]


def test_a_service_behind_a_traefik_service_is_dialled_by_its_cluster_ip_too() -> None:
    plan = planned(b.http_route("web", b.rule(BEHIND)), split("api"), strategy="cluster_ip")
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_full"]


def test_mesh_routes_are_never_written() -> None:
    mesh = b.http_route("mesh", b.rule(b.ref("web")), parents=[{"group": "", "kind": "Service", "name": "web", "port": 80}])
    assert not [step for step in planned(mesh).steps if step.object.kind == "HTTPRoute"]


ROUTES = (
    b.http_route("web", b.rule(b.ref("web")), b.rule(b.ref("web")), b.rule(b.ref("web"), b.ref("api"))),
    b.http_route("joined", b.rule(b.ref("web"), filters=[b.modifier(set=[b.header("1", "x")])])),
    b.http_route("added", b.rule(b.ref("web"), filters=[b.modifier(add=[b.header(WEB)])])),
    b.http_route("wrong", b.rule(b.ref("web"), filters=[b.modifier(set=[b.header(API)])])),
    b.http_route("empty", {**b.rule(b.ref("web")), "filters": []}),
    b.http_route("grpc", b.rule(b.ref("web")), kind="GRPCRoute"),
    b.http_route("headless", b.rule(b.ref("hl"))),
)


@pytest.mark.parametrize("strategy", ["header", "cluster_ip"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda obj: str(obj["metadata"]["name"]))
def test_twice_is_once_and_absent_gives_back_exactly_what_was_there(route: Object, strategy: str) -> None:
    before = snapshot(route, b.headless("hl"))
    steps = plan_present(before, Intent(strategy=strategy), TRAEFIK).plan.steps
    after = before.after(steps)
    again = plan_present(after, Intent(strategy=strategy), TRAEFIK).plan.steps
    assert [step.to_dict() for step in again if step.object.kind != "Deployment"] == []
    back = after.after(plan_absent(after, Intent(strategy=strategy), TRAEFIK).plan.steps)
    for kind in ("HTTPRoute", "GRPCRoute", "Service"):
        assert back.of(kind) == before.of(kind)


def test_another_backend_replaces_our_header_in_one_write() -> None:
    """In between, two filters of one type would be refused by the API."""
    before = snapshot(SIMPLE)
    after = before.after(plan_present(before, Intent(strategy="header"), TRAEFIK).plan.steps)
    (live,) = after.of("HTTPRoute")
    moved = {**live, "spec": {**live["spec"], "rules": [{**live["spec"]["rules"][0], "backendRefs": [b.ref("api")]}]}}
    plan = plan_present(after.after([]), Intent(strategy="header"), TRAEFIK).plan
    assert plan.steps == []
    changed = snapshot(moved, *after.of("Middleware"))
    (step,) = [s for s in plan_present(changed, Intent(strategy="header"), TRAEFIK).plan.steps if s.object.kind == "HTTPRoute"]
    assert step.after
    assert set_by(step.after["spec"]["rules"][0]) == [b.header(API)]


def test_what_somebody_adds_to_our_filter_stays_theirs() -> None:
    before = snapshot(SIMPLE)
    after = before.after(plan_present(before, Intent(strategy="header"), TRAEFIK).plan.steps)
    (live,) = after.of("HTTPRoute")
    rule = live["spec"]["rules"][0]
    touched = {**rule, "filters": [b.modifier(set=[*set_by(rule), b.header("1", "x-a")])]}
    changed = snapshot({**live, "spec": {**live["spec"], "rules": [touched]}}, *after.of("Middleware"))
    kept = changed.after(plan_present(changed, Intent(strategy="header"), TRAEFIK).plan.steps)
    assert set_by(kept.of("HTTPRoute")[0]["spec"]["rules"][0]) == [b.header("1", "x-a"), b.header(WEB)]
    (back,) = kept.after(plan_absent(kept, Intent(), TRAEFIK).plan.steps).of("HTTPRoute")
    assert back["spec"]["rules"][0]["filters"] == [b.modifier(set=[b.header("1", "x-a")])]


def test_cluster_ip_throws_the_switch_of_the_gateway_provider_where_it_is_on() -> None:
    def arguments(plan: Plan) -> list[str]:
        (step,) = [step for step in plan.steps if step.object.kind == "Deployment"]
        assert step.after
        args: list[str] = step.after["spec"]["template"]["spec"]["containers"][0]["args"]
        return [argument for argument in args if "nativeLBByDefault" in argument]

    switch = "--providers.kubernetesgateway.nativeLBByDefault=true"
    plan = planned(SIMPLE, strategy="cluster_ip")
    assert switch in arguments(plan)
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_full"]
    assert switch not in arguments(planned(SIMPLE, strategy="cluster_ip", without="--providers.kubernetesgateway"))
    early = planned(SIMPLE, strategy="cluster_ip", tag=BEFORE_GRPC)
    assert switch not in arguments(early)
    assert "L5D227" in codes(early)
    assert [verdict.verdict for verdict in early.verdicts] == ["safe_endpoint_routed"]


def test_a_headless_service_is_opted_out_by_the_gateways_annotation() -> None:
    plan = planned(b.http_route("web", b.rule(b.ref("hl"))), b.headless("hl"), strategy="cluster_ip")
    (step,) = [step for step in plan.steps if step.object.kind == "Service"]
    assert step.after
    assert step.after["metadata"]["annotations"]["traefik.io/service.nativelb"] == "false"
    assert "traefik.ingress.kubernetes.io/service.nativelb" not in step.after["metadata"]["annotations"]
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_endpoint_routed"]
    assert "L5D205" in codes(plan)


def test_an_owner_may_opt_a_service_out() -> None:
    own = b.service("own", annotations={"traefik.io/service.nativelb": "false"})
    plan = planned(b.http_route("web", b.rule(b.ref("own"))), own, strategy="cluster_ip")
    assert "L5D211" in codes(plan)
    assert [verdict.verdict for verdict in plan.verdicts] == ["safe_endpoint_routed"]


def test_a_modifier_after_a_middleware_comes_with_its_value_at_once() -> None:
    guarded = b.http_route(
        "web",
        {
            **b.rule(b.ref("web")),
            "filters": [{"type": "ExtensionRef", "extensionRef": {"group": "traefik.io", "kind": "Middleware", "name": "auth"}}],
        },
    )
    plan = planned(guarded, b.middleware("auth", forwardAuth={"address": "http://auth"}), mode="ingress")
    assert set_by(written(plan)["rules"][0]) == [{"name": HEADER, "value": WEB}]
