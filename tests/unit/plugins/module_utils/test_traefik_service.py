# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands behind a TraefikService, and how it is kept safe without voiding what the TraefikService is for."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_absent
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes.base import Backend
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes.traefik_service import Expansion
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.test_traefik_generations import WEB, after, changed, codes, present, verdicts

API: Object = {"name": "api", "port": 80}
HEADLESS: Object = {"name": "hl", "port": 80}
SERVICES = (b.service("web"), b.service("api"), b.headless("hl"))
BY_NAME = {(obj["metadata"]["namespace"], obj["metadata"]["name"]): obj for obj in SERVICES}
SHAPES: dict[str, t.Any] = {
    "weighted": {"weighted": {"services": [{**WEB, "weight": 3}, API]}},
    "highestRandomWeight": {"highestRandomWeight": {"services": [WEB, API]}},
    "mirroring": {"mirroring": {**WEB, "mirrors": [{**API, "percent": 10}]}},
    "failover": {"failover": {"service": WEB, "fallback": API, "errors": {"status": ["500"]}}},
}


def nested(name: str) -> Object:
    return {"name": name, "kind": "TraefikService"}


def front(name: str, **more: object) -> Object:
    return b.ingress_route("front", b.route("Host(`front`)", {**nested(name), **more}))


def expand(root: str, *objects: Object) -> list[str]:
    leaves = Expansion(objects, BY_NAME)(Backend("app", root, None, kind="TraefikService"), Ref("", "", ""))
    return [leaf.problem or str(leaf) for leaf in leaves]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_followed_to_its_services(shape: str) -> None:
    assert expand("ts", b.traefik_service("ts", **SHAPES[shape])) == ["app/web:80", "app/api:80"]


def test_nesting_is_followed_and_what_is_shared_comes_once() -> None:
    top = b.traefik_service("top", weighted={"services": [nested("left"), nested("right"), {**WEB, "namespace": "other"}]})
    left, right = (b.traefik_service(name, weighted={"services": [nested("leaf")]}) for name in ("left", "right"))
    leaf = b.traefik_service("leaf", mirroring={**WEB, "mirrors": [API]})
    assert expand("top", top, left, right, leaf) == ["app/web:80", "app/api:80", "Service other/web does not exist"]


@pytest.mark.parametrize(
    ("objects", "shown"),
    [
        ([], "TraefikService app/ts does not exist"),
        ([b.traefik_service("ts")], "TraefikService app/ts names no service"),
        ([b.traefik_service("ts", weighted={"services": "all"})], "TraefikService app/ts names no service"),
        ([b.traefik_service("ts", weighted={"services": [nested("ts")]})], "TraefikService app/ts is behind itself"),
        (
            [b.traefik_service("ts", weighted={"services": [nested("b")]}), b.traefik_service("b", weighted={"services": [nested("ts")]})],
            "TraefikService app/ts is behind itself",
        ),
    ],
)
def test_what_cannot_be_followed_is_told(objects: list[Object], shown: str) -> None:
    assert expand("ts", *objects) == [shown]


def test_a_long_chain_of_them_is_no_trouble() -> None:
    links = [b.traefik_service(f"ts{i}", weighted={"services": [nested(f"ts{i + 1}")]}) for i in range(5000)]
    assert expand("ts0", *links, b.traefik_service("ts5000", weighted={"services": [WEB]})) == ["app/web:80"]


def test_many_that_share_everything_take_little_time() -> None:
    """Each layer names the next one ten times: followed naively, that is ten to the power of thirty."""
    layers = [b.traefik_service(f"ts{i}", weighted={"services": [nested(f"ts{i + 1}")] * 10}) for i in range(30)]
    assert expand("ts0", *layers, b.traefik_service("ts30", weighted={"services": [WEB]})) == ["app/web:80"]


# By ClusterIP.


@pytest.mark.parametrize("tag", ["2.10.0", "3.7.15"])
@pytest.mark.parametrize("shape", SHAPES)
def test_children_are_told_to_use_the_cluster_ip_for_no_switch_reaches_them(shape: str, tag: str) -> None:
    joint = present(tag, front("ts"), b.traefik_service("ts", **SHAPES[shape]), *SERVICES)
    text = str(after(joint, "TraefikService", "ts")["spec"])
    assert text.count("'nativeLB': True") == 2
    assert verdicts(joint) == {"front app/web:80": "safe_full", "front app/api:80": "safe_full"}


def test_a_headless_child_is_left_out() -> None:
    joint = present("3.7.15", front("ts"), b.traefik_service("ts", weighted={"services": [WEB, HEADLESS]}), *SERVICES)
    assert [s["nativeLB"] for s in after(joint, "TraefikService", "ts")["spec"]["weighted"]["services"]] == [True, False]
    assert "L5D205" in codes(joint)
    assert verdicts(joint)["front app/hl:80"] == "safe_endpoint_routed"


def test_one_that_no_route_names_is_not_ours_to_change() -> None:
    joint = present("3.7.15", front("ts"), *(b.traefik_service(name, **SHAPES["weighted"]) for name in ("ts", "unused")), *SERVICES)
    assert ("TraefikService", "unused") not in changed(joint)


# By header.


@pytest.mark.parametrize("shape", SHAPES)
def test_since_3_7_each_child_carries_its_own_header(shape: str) -> None:
    joint = present("3.7.15", front("ts"), b.traefik_service("ts", **SHAPES[shape]), *SERVICES, strategy="header")
    text = str(after(joint, "TraefikService", "ts")["spec"])
    assert "l5d-web-80" in text
    assert "l5d-api-80" in text
    assert verdicts(joint) == {"front app/web:80": "safe_by_header", "front app/api:80": "safe_by_header"}
    assert ("IngressRoute", "front") not in changed(joint)


@pytest.mark.parametrize("shape", SHAPES)
def test_before_it_none_does_and_the_strip_covers_them(shape: str) -> None:
    joint = present("3.6.15", front("ts"), b.traefik_service("ts", **SHAPES[shape]), *SERVICES, strategy="header")
    assert set(verdicts(joint).values()) == {"safe_by_strip_endpoint_routed"}
    assert "L5D221" in codes(joint)
    assert "TraefikService" not in {kind for kind, _name in changed(joint)}


def test_a_header_in_front_that_names_one_child_leads_the_others_astray() -> None:
    recipe = b.setting("web.app.svc.cluster.local:80")
    route = b.ingress_route("front", b.route("Host(`front`)", nested("ts"), middlewares=["recipe"]))
    workload = b.deployment(b.pod_template(annotations={"linkerd.io/inject": "ingress"}, tag="3.6.15"), "traefik")
    objects = (route, recipe, b.traefik_service("ts", **SHAPES["mirroring"]), *SERVICES)
    plan = audit(b.snapshot(*objects, workload=workload), Intent(), TRAEFIK)
    assert [(found.backend, found.verdict) for found in plan.verdicts] == [("app/web:80", "safe_by_header"), ("app/api:80", "misrouted")]


def test_a_child_that_some_route_reaches_through_error_pages_gets_none() -> None:
    pages = b.middleware("pages", errors={"service": {"name": "api", "port": 80}})
    failing = b.ingress_route("failing", b.route("Host(`failing`)", nested("ts"), middlewares=["pages"]))
    joint = present("3.7.15", front("ts"), failing, pages, b.traefik_service("ts", **SHAPES["weighted"]), *SERVICES, strategy="header")
    assert set(verdicts(joint).values()) == {"safe_by_strip_endpoint_routed"}


@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
def test_absent_gives_it_back(strategy: str) -> None:
    objects = (front("ts"), b.traefik_service("ts", **SHAPES["mirroring"]), *SERVICES)
    workload = b.deployment(namespace="traefik")
    before = b.snapshot(*objects, workload=workload)
    done = before.after(present("3.7.15", *objects, strategy=strategy).plan.steps)
    assert done.of("TraefikService") != before.of("TraefikService")
    back = done.after(plan_absent(done, Intent(), TRAEFIK).plan.in_order())
    assert back.of("TraefikService") == before.of("TraefikService")
