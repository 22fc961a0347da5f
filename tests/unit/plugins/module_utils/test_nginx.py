# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ingress-nginx: which Ingresses are its own, how each backend is dialled, and what is said about it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.ingress_nginx import INGRESS_NGINX
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.registry import CONTROLLERS
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as n
from tests.unit.plugins.module_utils.nginx_builders import audited, codes, meshed, present, promised

OLD, NEW = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"


def said(joint: Joint) -> dict[str, str | None]:
    """What each object says about service-upstream once it is done, by name; only of those that change."""
    result = {}
    for step in joint.plan.steps:
        after = step.after or {}
        if step.object.kind == "ConfigMap":
            result["ConfigMap"] = after["data"].get("service-upstream")
        if step.object.kind == "Ingress":
            result[step.object.name] = after["metadata"].get("annotations", {}).get(n.UPSTREAM)
    return result


def an_image(image: str, **labels: str) -> Object:
    workload = n.deployment()
    workload["metadata"]["labels"] = labels
    workload["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return workload


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:0", True),
        ("registry.k8s.io/ingress-nginx/controller-chroot:v1.9.0", True),
        ("registry.example:5000/mirror/ingress-nginx-controller:v1.12.0", True),
        ("rancher/nginx-ingress-controller:v1.12.1-hardened1", True),
        ("quay.io/kubernetes-ingress-controller/nginx-ingress-controller:0.30.0", True),
        ("nginx/nginx-ingress:5.5.0", False),
        ("private-registry.nginx.com/nginx-ic/nginx-plus-ingress:5.5.0", False),
        ("registry.k8s.io/other/controller:v1", False),
        ("registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.8", False),
    ],
)
def test_detected_by_image_and_not_f5s(image: str, found: bool) -> None:
    assert [c.name for c in CONTROLLERS if c.detects(an_image(image))] == (["ingress_nginx"] if found else [])


def test_detected_by_the_charts_labels_of_the_controller_alone() -> None:
    assert INGRESS_NGINX.detects(an_image("mirror/own:1", **n.LABELS))
    assert not INGRESS_NGINX.detects(an_image("mirror/own:1", **{**n.LABELS, "app.kubernetes.io/component": "default-backend"}))


@pytest.mark.parametrize(
    ("image", "label", "version"),
    [
        ("ingress-nginx/controller:v1.15.1@sha256:0", "", (1, 15, 1)),
        ("rancher/nginx-ingress-controller:v1.12.1-hardened1", "", (1, 12, 1)),
        ("ingress-nginx/controller@sha256:0", "1.11.8", (1, 11, 8)),
        ("ingress-nginx/controller:latest", "", ()),
    ],
)
def test_version_from_the_tag_and_else_from_the_charts_label(image: str, label: str, version: tuple[int, ...]) -> None:
    assert INGRESS_NGINX.version(an_image(image, **{"app.kubernetes.io/version": label})) == version


def of_class(named: str | None, annotation: str | None = None, namespace: str = "app") -> Object:
    made = b.ingress(
        "web", ("web", 80), namespace=namespace, annotations={"kubernetes.io/ingress.class": annotation} if annotation else None
    )
    if named is not None:
        made["spec"]["ingressClassName"] = named
    return made


@pytest.mark.parametrize(
    ("tag", "flags", "obj", "served"),
    [
        ("v1.15.1", (), of_class("nginx"), True),
        ("v1.15.1", (), of_class("other"), False),
        ("v1.15.1", (), of_class("other", "nginx"), False),
        ("v1.15.1", (), of_class("gone"), False),
        ("v1.15.1", (), of_class(None, "nginx"), True),
        ("v1.15.1", (), of_class(None, "traefik"), False),
        ("v1.15.1", (), of_class(None), False),
        ("v1.15.1", ("--watch-ingress-without-class=true",), of_class(None), True),
        ("v1.15.1", ("--watch-ingress-without-class",), of_class(None), True),
        ("v1.15.1", ("--watch-ingress-without-class=true",), of_class(None, "traefik"), False),
        ("v1.15.1", ("--controller-class=example.com/inner",), of_class("nginx"), False),
        ("v1.15.1", ("--controller-class=example.com/inner",), of_class("inner"), True),
        ("v1.15.1", ("--controller-class", "example.com/inner"), of_class("inner"), True),
        ("v1.15.1", ("--ingress-class=other", "--ingress-class-by-name"), of_class("other"), True),
        ("v1.15.1", ("--watch-namespace=app",), of_class("nginx"), True),
        ("v1.15.1", ("--watch-namespace=app",), of_class("nginx", namespace="shop"), False),
        ("v1.15.1", ("--watch-namespace=$(POD_NAMESPACE)",), of_class("nginx", namespace=n.NS), True),
        ("v0.49.3", (), of_class(None), True),
        ("v0.49.3", (), of_class(None, "traefik"), False),
        ("v0.49.3", ("--ingress-class=inner",), of_class("inner"), True),
        ("v0.49.3", ("--ingress-class=inner",), of_class(None), False),
    ],
)  # fmt: skip
def test_whose_an_ingress_is(tag: str, flags: tuple[str, ...], obj: Object, served: bool) -> None:
    classes = [n.ingress_class("other", "traefik.io/ingress-controller"), n.ingress_class("inner", "example.com/inner")]
    reading = INGRESS_NGINX.read(n.snapshot(obj, *classes, workload=n.deployment(tag, *flags)))
    assert [route.ref for route in reading.routes] == ([Ref.of(obj)] if served else [])


def test_one_key_of_the_config_map_serves_all() -> None:
    joint = present(n.snapshot(n.ingress("web", ("web", 80)), n.ingress("tv", ("tv", "http")), b.service("web"), b.service("tv")))
    assert said(joint) == {"ConfigMap": "true"}
    assert {verdict.verdict for verdict in joint.plan.verdicts} == {"safe_full"}
    assert [step.phase.name for step in joint.plan.in_order()] == ["REFERENCES", "WORKLOAD"]
    assert (joint.strategy, joint.mode) == ("cluster_ip", "enabled")


@pytest.mark.parametrize(
    "parts",
    [
        {"workload": n.deployment("v1.0.0")},
        {"workload": n.deployment("latest")},
        {"workload": n.deployment("v1.15.1", without="--configmap")},
        {"config": n.config_map(name="somebody-elses")},
    ],
    ids=["too old for the key", "of an unknown version", "no ConfigMap named", "the ConfigMap is missing"],
)
def test_without_the_key_each_ingress_says_it(parts: Object) -> None:
    sticky = n.ingress("tv", ("tv", 80), affinity="cookie")
    joint = present(n.snapshot(n.ingress("web", ("web", 80)), sticky, b.service("web"), b.service("tv"), **parts))
    assert said(joint) == {"web": "true"}
    assert {v.rule: v.verdict for v in joint.plan.verdicts} == {"web/0": "safe_full", "tv/0": "safe_endpoint_routed"}


def test_what_the_chart_says_already_is_not_ours() -> None:
    config = n.config_map({"service-upstream": "true"})
    assert said(present(n.snapshot(n.ingress("web", ("web", 80)), b.service("web"), config=config))) == {}


@pytest.mark.parametrize("note", [{"affinity": "cookie"}, {"upstream_hash_by": "$request_uri"}])
def test_a_sticky_ingress_is_opted_out(note: dict[str, t.Any]) -> None:
    joint = present(n.snapshot(n.ingress("web", ("web", 80), **note), b.service("web")))
    assert said(joint) == {"ConfigMap": "true", "web": "false"}
    assert [v.verdict for v in joint.plan.verdicts] == ["safe_endpoint_routed"]
    assert "L5D206" in codes(joint.plan)


def test_the_oldest_ingress_of_a_shared_backend_is_opted_out_for_a_sticky_one() -> None:
    """Otherwise the controller would take the older one's word for both."""
    shop = n.ingress("shop", ("web", 80), created=NEW, affinity="cookie")
    snapshot = n.snapshot(n.ingress("site", ("web", 80), created=OLD), shop, n.ingress("tv", ("tv", 80)), b.service("web"), b.service("tv"))
    joint = present(snapshot)
    assert said(joint) == {"ConfigMap": "true", "shop": "false", "site": "false"}
    assert any(f.code == "L5D206" and "shop" in f.reason and f.object.name == "site" for f in joint.plan.findings)


def test_the_oldest_ingress_decides_for_all_that_share_its_backend() -> None:
    first, second = n.ingress("first", ("web", 80), created=OLD), n.ingress("second", ("web", 80), created=NEW, service_upstream="true")
    assert audited(n.snapshot(first, second, b.service("web"), workload=meshed("enabled"))) == dict.fromkeys(
        ("first/0", "second/0"), "safe_endpoint_routed"
    )
    second["metadata"]["creationTimestamp"] = "2025-01-01T00:00:00Z"
    assert audited(n.snapshot(first, second, b.service("web"), workload=meshed("enabled"))) == dict.fromkeys(
        ("first/0", "second/0"), "safe_full"
    )


def test_a_port_by_name_and_by_number_are_two_upstreams() -> None:
    objects = (n.ingress("old", ("web", 80), created=OLD), n.ingress("new", ("web", "http"), created=NEW, service_upstream="true"))
    assert audited(n.snapshot(*objects, b.service("web"), workload=meshed("enabled"))) == {
        "old/0": "safe_endpoint_routed",
        "new/0": "safe_full",
    }


def test_what_the_owner_says_stays() -> None:
    yes, no = (
        n.ingress("yes", ("web", 80), service_upstream="true", affinity="cookie"),
        n.ingress("no", ("tv", 80), service_upstream="false"),
    )
    joint = present(n.snapshot(yes, no, b.service("web"), b.service("tv")))
    assert said(joint) == {"ConfigMap": "true"}
    assert {v.rule: v.verdict for v in joint.plan.verdicts} == {"yes/0": "safe_full", "no/0": "safe_endpoint_routed"}
    assert {"L5D233", "L5D236"} <= codes(joint.plan)
    assert "L5D206" not in codes(joint.plan)


@pytest.mark.parametrize(
    ("value", "verdict"), [("t", "safe_full"), ("TRUE", "safe_full"), ("yes", "safe_endpoint_routed"), ("", "safe_endpoint_routed")]
)
def test_booleans_are_gos(value: str, verdict: str) -> None:
    config = n.config_map({"service-upstream": "true"})
    obj = n.ingress("web", ("web", 80), service_upstream=value)
    assert audited(n.snapshot(obj, b.service("web"), config=config, workload=meshed("enabled"))) == {"web/0": verdict}


@pytest.mark.parametrize(("made", "code"), [(b.headless("web"), "L5D205"), (b.external("web"), "L5D213")])
def test_a_service_without_an_address_falls_back_to_its_pods(made: Object, code: str) -> None:
    joint = present(n.snapshot(n.ingress("web", ("web", 80)), made))
    assert said(joint) == {"ConfigMap": "true"}
    assert [v.verdict for v in joint.plan.verdicts] == ["safe_endpoint_routed"]
    assert code in codes(joint.plan)


def test_a_target_port_would_break_and_is_opted_out() -> None:
    snapshot = n.snapshot(n.ingress("web", ("web", 8080)), b.service("web"))
    joint = present(snapshot)
    assert said(joint) == {"ConfigMap": "true", "web": "false"}
    assert [(v.verdict, v.backend) for v in joint.plan.verdicts] == [("safe_endpoint_routed", "app/web:80")]
    assert "L5D234" in codes(joint.plan)
    already = n.snapshot(n.ingress("web", ("web", 8080), service_upstream="true"), b.service("web"), workload=meshed())
    assert audited(already) == {"web/0": "broken"}


def test_a_default_backend_counts_beside_rules_and_decides_whatever_its_age() -> None:
    late = n.ingress("late", ("tv", 80), created=NEW, default=b.ingress_backend("web", 80), service_upstream="true")
    found = audited(
        n.snapshot(n.ingress("first", ("web", 80), created=OLD), late, b.service("web"), b.service("tv"), workload=meshed("enabled"))
    )
    assert found == {"first/0": "safe_full", "default backend": "safe_full", "late/0": "safe_full"}


def test_a_canary_is_judged_with_its_primary_and_broken_without() -> None:
    primary, canary = n.ingress("web", ("web", 80)), n.ingress("web", ("api", 80), canary="true", canary_weight="10")
    canary["metadata"]["name"] = "canary"
    services = (b.service("web"), b.service("api"))
    joint = present(n.snapshot(primary, canary, *services))
    assert {(v.object.name, v.verdict) for v in joint.plan.verdicts} == {("web", "safe_full"), ("canary", "safe_full")}
    assert audited(n.snapshot(canary, *services, workload=meshed())) == {"web/0": "broken"}


@pytest.mark.parametrize(
    ("note", "flags", "verdict"),
    [
        ({"backend_protocol": "HTTPS"}, (), "not_http"),
        ({"backend_protocol": "GRPCS"}, (), "not_http"),
        ({"backend_protocol": "FCGI"}, (), "not_http"),
        ({"backend_protocol": "GRPC"}, (), "safe_full"),
        ({"ssl_passthrough": "true"}, (), "safe_full"),
        ({"ssl_passthrough": "true"}, ("--enable-ssl-passthrough",), "not_http"),
        ({"auth_url": "http://auth/verify"}, (), "safe_full"),
        ({"mirror_target": "http://mirror"}, (), "safe_full"),
        ({"custom_http_errors": "404"}, (), "safe_full"),
        ({"upstream_vhost": "web.app.svc"}, (), "safe_full"),
    ],
)
def test_protocols_and_requests_of_its_own_in_enabled_mode(note: dict[str, t.Any], flags: tuple[str, ...], verdict: str) -> None:
    snapshot = n.snapshot(n.ingress("web", ("web", 80), **note), b.service("web"), workload=n.deployment("v1.15.1", *flags))
    assert promised(snapshot) == {"web/0": verdict}
