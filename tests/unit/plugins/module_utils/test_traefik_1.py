# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik 1.7: one header for each Ingress, in an annotation that others write to as well, and nothing else to hold on to."""

from __future__ import annotations

import copy
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.registry import CONTROLLERS
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik_1 import TRAEFIK_1
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Plan
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import AddItem, restore, rewrite
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit, plan_absent, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik import first_headers
from tests.unit.plugins.module_utils import builders as b

KEY = "ingress.kubernetes.io/custom-request-headers"
OURS = "l5d-dst-override:web.app.svc.cluster.local:80"
WRONG = "l5d-dst-override:api.app.svc.cluster.local:80"
FORWARD = {"ingress.kubernetes.io/auth-type": "forward", "ingress.kubernetes.io/auth-url": "http://auth"}
WEB, API = b.service("web"), b.service("api")


def cluster(*objects: Object, mode: str = "", arguments: t.Sequence[str] = ("--kubernetes",)) -> Snapshot:
    template = b.pod_template(arguments, {"linkerd.io/inject": mode} if mode else {}, "v1.7.34")
    return b.snapshot(*objects, workload=b.deployment(template, "traefik"))


def present(*objects: Object, **intent: t.Any) -> Joint:
    return plan_present(cluster(*objects), Intent(**intent), TRAEFIK_1)


def looked_at(*objects: Object, **parts: t.Any) -> Plan:
    return audit(cluster(*objects, mode="ingress", **parts), Intent(), TRAEFIK_1)


def verdicts(plan: Plan) -> list[str]:
    return [verdict.verdict for verdict in plan.verdicts]


def codes(plan: Plan) -> set[str]:
    return {finding.code for finding in plan.findings}


def shop(*backends: tuple[str, int], name: str = "shop", **annotations: str) -> Object:
    return b.ingress(name, *(backends or (("web", 80),)), annotations=annotations)


def annotated(joint: Joint, name: str = "shop") -> Object:
    (after,) = [step.after for step in joint.plan.steps if step.object.name == name]
    assert after is not None
    found: Object = after["metadata"]["annotations"]
    return found


@pytest.mark.parametrize("tag", ["v1.7.34", "1.7", "v2.0.0", "v3.7.15", "latest"])
def test_each_image_is_exactly_one_controllers(tag: str) -> None:
    workload = b.deployment(b.pod_template(tag=tag))
    found = [controller.name for controller in CONTROLLERS if controller.detects(workload)]
    assert found == ["traefik_1" if "1.7" in tag and "3" not in tag[:2] else "traefik"]


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ({}, KEY, OURS),
        ({KEY: "X-One:1||X-Two: a:b"}, KEY, f"X-One:1||X-Two: a:b||{OURS}"),
        ({f"traefik.{KEY}": "X-One:1"}, f"traefik.{KEY}", f"X-One:1||{OURS}"),
        ({KEY: "X-One:1", f"traefik.{KEY}": "X-Two:2"}, KEY, f"X-One:1||{OURS}"),
    ],
)
def test_our_header_joins_the_others_behind_them_where_traefik_looks(before: dict[str, str], key: str, after: str) -> None:
    joint = present(b.ingress("shop", ("web", 80), annotations=before), WEB)
    assert annotated(joint)[key] == after
    assert (joint.strategy, joint.mode, verdicts(joint.plan)) == ("header", "ingress", ["safe_by_header"])
    assert {"L5D219", "L5D220", "L5D308"} <= codes(joint.plan)


@pytest.mark.parametrize("before", [{}, {KEY: " X-One:1 || X-Two:2||"}, {f"traefik.{KEY}": "X-One:1"}])
def test_absent_gives_the_annotation_back_to_the_letter(before: dict[str, str]) -> None:
    untouched = cluster(b.ingress("shop", ("web", 80), annotations=before), WEB)
    done = untouched.after(plan_present(untouched, Intent(), TRAEFIK_1).plan.steps)
    assert plan_present(done, Intent(), TRAEFIK_1).plan.steps == []
    back = done.after(plan_absent(done, Intent(), TRAEFIK_1).plan.in_order())
    assert back.of("Ingress") == untouched.of("Ingress")


def test_somebody_else_who_comes_later_is_followed_to_the_annotation_that_counts() -> None:
    before = cluster(shop(), WEB)
    done = before.after(plan_present(before, Intent(), TRAEFIK_1).plan.steps)
    later = copy.deepcopy(done.of("Ingress")[0])
    later["metadata"]["annotations"][f"traefik.{KEY}"] = "X-One:1"
    changed = cluster(later, WEB)
    after = changed.after(plan_present(changed, Intent(), TRAEFIK_1).plan.in_order()).of("Ingress")[0]["metadata"]["annotations"]
    assert (after.get(KEY), after[f"traefik.{KEY}"]) == (None, f"X-One:1||{OURS}")


@pytest.mark.parametrize(
    ("annotations", "verdict"),
    [
        ({}, "relayable"),
        ({KEY: OURS}, "safe_by_header"),
        ({KEY: "L5D-Dst-Override: web.app.svc.cluster.local:80 "}, "safe_by_header"),
        ({KEY: f"{WRONG}||{OURS}"}, "safe_by_header"),
        ({KEY: WRONG}, "misrouted"),
        ({KEY: "l5d-dst-override:"}, "safe_by_strip_endpoint_routed"),
        ({KEY: "l5d-dst-override"}, "relayable"),
        ({f"traefik.{KEY}": OURS}, "safe_by_header"),
        ({KEY: "X:1", f"traefik.{KEY}": OURS}, "relayable"),
        (FORWARD, "relayable"),
        ({KEY: OURS, **FORWARD}, "auth_bypassed"),
        ({KEY: OURS, "ingress.kubernetes.io/auth-type": "basic"}, "safe_by_header"),
        ({KEY: OURS, "ingress.kubernetes.io/error-pages": "x: {}"}, "relayable"),
    ],
)
def test_what_an_ingress_is_worth(annotations: dict[str, str], verdict: str) -> None:
    assert verdicts(looked_at(b.ingress("shop", ("web", 80), annotations=annotations), WEB)) == [verdict]


@pytest.mark.parametrize(
    "objects",
    [
        (shop(("web", 80), ("api", 80)),),
        (b.ingress("shop", ("web", 80), default=b.ingress_backend("api", 80)),),
        (b.ingress("shop", ("web", 80), annotations=FORWARD),),
        (shop(("ext", 80)), b.external("ext")),
    ],
)
def test_what_a_header_cannot_make_safe_is_refused_because_there_is_no_strip(objects: tuple[Object, ...]) -> None:
    with pytest.raises(PlanningError, match=r"Ingress app/shop: .* would be .*Traefik 1\.7 has no strip"):
        present(*objects, WEB, API)


def test_two_ingresses_of_one_host_and_path_are_one_frontend() -> None:
    first, second = b.ingress("a", ("web", 80)), b.ingress("b", ("api", 80))
    second["spec"]["rules"][0]["host"] = "a"
    joint = present(first, second, WEB, API, allow_relayable=True)
    assert verdicts(joint.plan) == ["relayable", "relayable"]
    assert "L5D218" in codes(joint.plan)
    for obj in (first, second):
        obj["metadata"]["annotations"] = {KEY: OURS}
    assert verdicts(looked_at(first, second, WEB, API)) == ["safe_by_header", "misrouted"]


def test_somebodys_own_header_is_counted_and_not_doubled() -> None:
    joint = present(b.ingress("shop", ("web", 80), annotations={KEY: OURS}), WEB)
    assert [step.object.kind for step in joint.plan.steps] == ["Deployment"]


def test_cluster_ips_are_refused_with_the_reason() -> None:
    with pytest.raises(PlanningError, match=r"cannot do strategy cluster_ip: it always dials pods"):
        present(shop(), WEB, strategy="cluster_ip")


@pytest.mark.parametrize(
    ("arguments", "served"),
    [
        (["--kubernetes"], {"bare", "traefik"}),
        (["--kubernetes", "--kubernetes.ingressclass=inner"], {"inner"}),
        (["--kubernetes", "--kubernetes.namespaces=home"], set()),
        (["--configfile=/config/traefik.toml"], {"bare", "traefik"}),
    ],
)
def test_which_ingresses_are_served(arguments: list[str], served: set[str]) -> None:
    named = {"bare": {}, "traefik": {"kubernetes.io/ingress.class": "traefik"}, "inner": {"traefik.kubernetes.io/ingress.class": "inner"}}
    objects = [b.ingress(name, ("web", 80), annotations=annotations) for name, annotations in named.items()]
    plan = looked_at(*objects, WEB, arguments=arguments)
    assert {verdict.object.name for verdict in plan.verdicts} == served
    assert ("L5D223" in codes(plan)) is ("--kubernetes" not in arguments)


TEXT = st.text(st.sampled_from("aX1:-| ,lé"), max_size=12)
ENTRIES = st.lists(st.one_of(TEXT, st.sampled_from([OURS, WRONG, "X:1", "l5d-dst-override:", ""])), max_size=5).map("||".join)


@given(ENTRIES, st.booleans())
def test_whatever_is_in_the_annotation_it_comes_back_and_keeps_its_order(written: str, prefixed: bool) -> None:
    key = f"traefik.{KEY}" if prefixed else KEY
    obj = b.ingress("shop", ("web", 80), annotations={key: written})
    made = rewrite(obj, [first_headers.edit(obj, "web.app.svc.cluster.local:80")])
    assert restore(made)[0] == obj
    entries = made["metadata"]["annotations"][key].split("||")
    theirs = [entry.strip() for entry in written.split("||") if entry.strip()]
    assert [entry.strip() for entry in entries if entry.strip()][: len(theirs)] == theirs
    assert first_headers.header_of(made["metadata"]["annotations"]) is not None


def test_an_item_between_other_separators_is_text() -> None:
    with pytest.raises(PlanningError, match="it is a list, not text"):
        rewrite({"a": ["x"]}, [AddItem(("a",), "y", "sep:||")])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["", "web", "a" * 300]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "http", "paths", "service"]), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["rules", "defaultBackend"]), JSON, max_size=2), st.dictionaries(st.just(KEY), JSON, max_size=1))
def test_nonsense_is_survived(spec: Object, annotations: Object) -> None:
    obj = b.an_object("networking.k8s.io/v1/Ingress", "shop", "app", annotations, spec)
    for strategy in ("header", "auto"):
        try:
            joint = present(obj, WEB, strategy=strategy, allow_relayable=True)
        except L5dError:
            continue
        assert all(verdict.verdict != "safe_by_header" for verdict in joint.plan.verdicts)
