# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d-dst-override by hand, as recipes for Traefik have it: counted when it is right, explained when it is not, taken over on demand."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, OWNER_VALUE, Object, Phase, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.recipes import is_pure
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World

RIGHT = "web.app.svc.cluster.local:8080"
PORTS = [{"name": "http", "port": 8080, "targetPort": 80}]
WEB = b.service("web", ports=PORTS)
ANNOTATED = {b.CHAIN: "app-recipe@kubernetescrd"}
ADOPT = Intent(strategy="header", adopt=True)


def in_an_ingress(*others: str) -> Object:
    return b.ingress("shop", ("web", 8080), annotations={b.CHAIN: ",".join(["app-recipe@kubernetescrd", *others])})


def in_an_ingress_route(*others: str) -> Object:
    return b.ingress_route("shop", b.route("PathPrefix(`/`)", {"name": "web", "port": 8080}, middlewares=["recipe", *others]))


def wrong(value: str, *objects: Object, route: Object | None = None) -> list[str]:
    plan = audit(b.snapshot(WEB, route or in_an_ingress_route(), b.setting(value), *objects), Intent(), TRAEFIK)
    return [finding.reason for finding in plan.findings if finding.code == "L5D243"]


@pytest.mark.parametrize("value", [RIGHT, "WEB.app.svc.Cluster.Local.:8080", "web.app.svc:8080"])
@pytest.mark.parametrize("route", [in_an_ingress(), in_an_ingress_route()])
def test_a_right_one_is_counted_and_not_doubled(value: str, route: Object) -> None:
    assert wrong(value, route=route) == []
    joint = World(b.snapshot(WEB, route, b.setting(value))).plan(Intent(strategy="header"))
    assert {step.object.kind for step in joint.plan.steps}.isdisjoint({"Ingress", "IngressRoute", "Service"})
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_header"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("other.app.svc.cluster.local:8080", "which is not web.app.svc.cluster.local"),
        ("web.other.svc.cluster.local:8080", "which is not web.app.svc.cluster.local"),
        ("web.app:8080", "which is not web.app.svc.cluster.local"),
        ("web.app.svc.cluster.local", "which has no port, so that the proxy takes 80, and the Service's is 8080"),
        ("web.app.svc.cluster.local:http", "which has a name for its port, so that the proxy takes 80, and the Service's is 8080"),
        ("web.app.svc.cluster.local:80", "which has port 80, and the Service's is 8080"),
    ],
)
@pytest.mark.parametrize("route", [in_an_ingress(), in_an_ingress_route()])
def test_what_is_wrong_is_said(value: str, words: str, route: Object) -> None:
    (reason,) = wrong(value, route=route)
    assert reason.endswith(f"Middleware app-recipe@kubernetescrd sets it to {value!r}, {words}")


def test_one_before_an_auth_service_is_wrong_too() -> None:
    (reason,) = wrong(RIGHT, b.forward_auth(), route=in_an_ingress("app-auth@kubernetescrd"))
    assert "sets it before app-auth@kubernetescrd" in reason


def test_an_annotation_of_traefik_1_is_read_by_nobody() -> None:
    old = b.ingress("shop", ("web", 8080), annotations={"ingress.kubernetes.io/custom-request-headers": f"l5d-dst-override:{RIGHT}"})
    (reason,) = wrong(RIGHT, route=old)
    assert "is for Traefik 1" in reason


# Taking over.


@pytest.mark.parametrize("tag", ["3.0.4", "3.7.15"])
@pytest.mark.parametrize("value", [RIGHT, "other.app.svc.cluster.local:80"])
@pytest.mark.parametrize("route", [in_an_ingress, in_an_ingress_route])
def test_adopting_puts_ours_in_its_place_and_absent_gives_it_back(tag: str, value: str, route: t.Callable[..., Object]) -> None:
    auth = "app-auth@kubernetescrd" if route is in_an_ingress else "auth"
    given_route = route(auth)
    workload = b.deployment(b.pod_template(tag=tag))
    world = World(b.snapshot(WEB, given_route, b.setting(value), b.forward_auth(), workload=workload), tag)
    before = world.owned()
    joint = world.plan(ADOPT)
    assert "L5D245" in {finding.code for finding in joint.plan.findings}
    world.apply(joint)
    names = TRAEFIK.read(world.snapshot).routes[0].rules[0]
    assert names.chain[0] == "app-auth@kubernetescrd"
    assert [*names.chain, *names.backends[0].chain][-1] == "app-l5d-web-8080@kubernetescrd"
    assert len([*names.chain, *names.backends[0].chain]) == 2
    assert [verdict.verdict for verdict in world.plan(ADOPT).plan.verdicts] == ["safe_by_header"]
    for intent in (ADOPT, Intent(strategy="header")):
        assert world.plan(intent).plan.steps == [], "what was taken over stays so"
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before


@pytest.mark.parametrize(("mode", "phase"), [("ingress", Phase.UNREFERENCE), ("enabled", Phase.REFERENCES)])
def test_a_recipe_goes_when_nobody_needs_it_and_before_a_wrong_one_counts(mode: str, phase: Phase) -> None:
    """A proxy in ingress mode without a strip would be an open relay without it; one in enabled mode begins to read it."""
    workload = b.deployment(b.pod_template(annotations={"linkerd.io/inject": mode}, tag="3.0.4"), namespace="edge")
    route = b.ingress("shop", ("web", 8080), ("api", 80), annotations=ANNOTATED)
    world = World(b.snapshot(WEB, b.service("api"), route, b.setting(RIGHT), workload=workload), "3.0.4")
    steps = world.plan(ADOPT).plan.steps
    assert [step.phase for step in steps if step.object.kind == "Ingress"] == [phase]
    world.apply(world.plan(ADOPT))
    away = world.plan(Intent(), absent=True).plan.steps
    assert [step.phase for step in away if step.object.kind == "Ingress"] == [Phase.REFERENCES if mode == "ingress" else Phase.UNREFERENCE]


def test_a_recipe_is_not_needed_by_cluster_ip() -> None:
    world = World(b.snapshot(WEB, in_an_ingress(), b.setting(RIGHT)))
    world.apply(world.plan(Intent(adopt=True)))
    assert TRAEFIK.read(world.snapshot).routes[0].rules[0].chain == ()
    assert b.CHAIN not in world.snapshot.of("Ingress")[0]["metadata"]["annotations"]


def test_a_middleware_that_does_more_is_left_alone() -> None:
    both = b.middleware("recipe", headers={"customRequestHeaders": {"l5d-dst-override": RIGHT, "X-Forwarded-Proto": "https"}})
    joint = World(b.snapshot(WEB, in_an_ingress(), both)).plan(ADOPT)
    assert "L5D246" in {finding.code for finding in joint.plan.findings}
    assert not any(step.phase is Phase.UNREFERENCE for step in joint.plan.steps)


# Somebody's own Middleware that l5d_apply wrote, and with it the collection's label.


def labelled(middleware: Object) -> Object:
    return {**middleware, "metadata": {**middleware["metadata"], "labels": {OWNER_LABEL: OWNER_VALUE}}}


@pytest.mark.parametrize(
    "theirs",
    [
        b.forward_auth(),
        b.setting("", name="strip"),
        b.setting(RIGHT, name="l5d-web"),
        b.middleware("l5d-web-8080-auth", basicAuth={"secret": "users"}),
        b.middleware("l5d-limit-100", rateLimit={"average": 100}),
    ],
)
@pytest.mark.parametrize("strategy", ["header", "cluster_ip"])
def test_what_a_user_writes_with_l5d_apply_stays_theirs(theirs: Object, strategy: str) -> None:
    world = World(b.snapshot(WEB, in_an_ingress_route(), b.setting("", name="recipe"), labelled(theirs)))
    for intent, absent in ((Intent(strategy=strategy), False), (Intent(), True)):
        joint = world.plan(intent, absent=absent)
        assert Ref.of(theirs) not in {step.object for step in joint.plan.steps}
        world.apply(joint)
    assert labelled(theirs) in world.snapshot.of("Middleware")


@pytest.mark.parametrize("route", [in_an_ingress(), in_an_ingress_route()])
def test_a_right_recipe_with_our_label_is_counted_as_well(route: Object) -> None:
    joint = World(b.snapshot(WEB, route, labelled(b.setting(RIGHT)))).plan(Intent(strategy="header"))
    assert {step.object.kind for step in joint.plan.steps}.isdisjoint({"Ingress", "IngressRoute", "Service"})


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("name", ["l5d-strip", "l5d-gone-80", "l5d-a-b-8080"])
def test_one_of_ours_that_nothing_needs_goes(name: str, absent: bool) -> None:
    stale = labelled(b.setting(RIGHT, name=name))
    joint = World(b.snapshot(WEB, in_an_ingress_route(), b.setting(RIGHT), stale)).plan(Intent(), absent=absent)
    assert [(step.object, step.verb) for step in joint.plan.steps if step.phase is Phase.PRUNE] == [(Ref.of(stale), "delete")]


@pytest.mark.parametrize(
    ("spec", "pure"),
    [
        ({"headers": {"customRequestHeaders": {"L5d-Dst-Override": RIGHT}}}, True),
        ({"headers": {"customRequestHeaders": {"l5d-dst-override": ""}}}, True),
        ({"headers": {"customRequestHeaders": {"l5d-dst-override": RIGHT, "a": "b"}}}, False),
        ({"headers": {"customRequestHeaders": {"l5d-dst-override": RIGHT}, "frameDeny": True}}, False),
        ({"headers": {"customRequestHeaders": {}}}, False),
        ({"headers": {"customRequestHeaders": ["l5d-dst-override"]}}, False),
        ({"chain": {"middlewares": [{"name": "recipe"}]}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_only_what_does_nothing_else_can_be_taken_over(spec: t.Any, pure: bool) -> None:
    assert is_pure({"metadata": {}, "spec": spec}) is pure
    ours = {"name": "l5d-strip", "labels": {"app.kubernetes.io/managed-by": "pimesh.linkerd"}}
    assert not is_pure({"metadata": ours, "spec": spec})


# A strip that is there.


def arguments(*chains: str) -> list[str]:
    return [*b.ARGUMENTS, *(f"--entryPoints.{name}.http.middlewares={chain}" for name in b.LISTENERS for chain in chains)]


def stripped_by_us(*chains: str) -> bool:
    objects = (b.setting("", "strip"), b.middleware("limit", rateLimit={}), b.forward_auth(), b.service("web"), b.ingress("s", ("web", 80)))
    joint = World(b.snapshot(*objects, workload=b.deployment(b.pod_template(arguments(*chains))))).plan(Intent(strategy="header"))
    assert all(verdict.safe for verdict in joint.plan.verdicts)
    return any("l5d-strip" in argument for argument in joint.expected_template["spec"]["containers"][0]["args"])


def test_somebody_elses_strip_at_the_entry_points_is_counted() -> None:
    assert not stripped_by_us("app-strip@kubernetescrd")
    assert not stripped_by_us("app-limit@kubernetescrd,app-strip@kubernetescrd")
    assert stripped_by_us("app-auth@kubernetescrd,app-strip@kubernetescrd"), "an auth service hears the client's header before it"
    assert stripped_by_us("app-limit@kubernetescrd")
    assert stripped_by_us("app-strip@kubernetescrd", "app-limit@kubernetescrd"), "only the last of two is sure to run"


# Whatever there is.


@given(worlds(), st.sampled_from(["cluster_ip", "header"]), st.booleans())
def test_adopting_ends_and_can_be_undone(world: World, strategy: str, still: bool) -> None:
    before, intent = world.owned(), Intent(strategy=strategy, adopt=True)
    try:
        joint = world.plan(intent)
    except PlanningError:
        assume(False)
    world.apply(joint)
    assert world.plan(Intent(strategy=strategy, adopt=still)).plan.steps == []
    reading = TRAEFIK.read(world.snapshot)
    for route in reading.routes:
        for rule, backend in route.backends():
            assert not any(is_pure(reading.catalogue.get(link)) for link in (*rule.chain, *backend.chain))
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before
