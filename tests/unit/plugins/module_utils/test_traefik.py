# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik: its arguments, its middlewares, and what both make of a client's header."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.base import Running, image_parts
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import Observation
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.verdicts import verdicts
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes.base import Backend
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik import static_config
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.middlewares import Catalogue, ChainView, view
from tests.unit.plugins.module_utils import builders as b

WEB = Backend("app", "web", 80, service=b.service("web"), port=80)
RIGHT = "web.app.svc.cluster.local:80"
NOTHING = ChainView("none", stripped=False, leaks=False, set_before_asking=False, astray=False)

MIDDLEWARES = [
    b.setting(RIGHT, "set"),
    b.setting(RIGHT, "capitals", header="L5D-Dst-Override"),
    b.setting("web.app.svc:80", "short"),
    b.setting("WEB.app.svc.cluster.local.", "portless"),
    b.setting("web.app:80", "tooshort"),
    b.setting("api.app.svc.cluster.local:80", "wrong"),
    b.setting("", "strip"),
    b.forward_auth(),
    b.middleware("errors", errors={"service": {"name": "pages"}}),
    b.middleware("plugin", plugin={"mine": {}}),
    b.middleware("limit", rateLimit={}),
    b.middleware("chain", chain={"middlewares": [{"name": "auth"}, {"name": "set", "namespace": "app"}, {"name": "x@file"}]}),
    b.middleware("nested", "other", chain={"middlewares": [{"name": "chain", "namespace": "app"}]}),
    b.middleware("loop", chain={"middlewares": [{"name": "set"}, {"name": "loop"}, {"name": "loop"}]}),
    b.middleware("odd", headers={"customRequestHeaders": "text"}),
    b.middleware("empty"),
]
CATALOGUE = Catalogue(MIDDLEWARES)


def seen(*names: str) -> ChainView:
    full = [name if "@" in name else f"{'' if '-' in name else 'app-'}{name}@kubernetescrd" for name in names]
    return view(CATALOGUE.effects(full), WEB, b.DOMAIN)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), {}),
        (("limit", "odd", "empty"), {}),
        (("set",), {"header": "right", "stripped": True}),
        (("capitals",), {"header": "right", "stripped": True}),
        (("short",), {"header": "right", "stripped": True}),
        (("portless",), {"header": "right", "stripped": True}),
        (("tooshort",), {"header": "wrong", "stripped": True}),
        (("strip",), {"stripped": True}),
        (("set", "strip"), {"stripped": True}),
        (("strip", "set"), {"header": "right", "stripped": True}),
        (("wrong", "set"), {"header": "right", "stripped": True}),
        (("set", "wrong"), {"header": "wrong", "stripped": True}),
        (("auth",), {"leaks": True}),
        (("auth", "set"), {"header": "right", "stripped": True, "leaks": True}),
        (("strip", "auth", "set"), {"header": "right", "stripped": True}),
        (("auth", "strip", "set"), {"header": "right", "stripped": True, "leaks": True}),
        (("set", "auth"), {"header": "right", "stripped": True, "set_before_asking": True}),
        (("wrong", "auth", "set"), {"header": "right", "stripped": True, "set_before_asking": True}),
        (("plugin",), {"leaks": True}),
        (("x@file",), {"leaks": True}),
        (("strip", "x@file", "set"), {"header": "right", "stripped": True}),
        (("set", "x@file"), {"header": "right", "stripped": True}),
        (("errors",), {"leaks": True}),
        (("strip", "errors"), {"stripped": True}),
        (("strip", "errors", "set"), {"header": "right", "stripped": True, "astray": True}),
        (("chain",), {"header": "right", "stripped": True, "leaks": True}),
        (("strip", "other-nested"), {"header": "right", "stripped": True}),
        (("loop",), {"header": "right", "stripped": True}),
    ],
)
def test_what_a_chain_does_to_the_header(names: tuple[str, ...], expected: dict[str, t.Any]) -> None:
    assert seen(*names) == NOTHING._replace(**expected)


NAMES = st.sampled_from(["set", "wrong", "strip", "auth", "plugin", "limit", "x@file", "chain", "errors", "loop"])


@given(st.lists(NAMES))
def test_behind_a_strip_nothing_leaks(names: list[str]) -> None:
    assert not seen("strip", *names).leaks
    assert seen("strip", *names).stripped


@given(st.lists(NAMES))
def test_the_last_one_that_touches_the_header_decides(names: list[str]) -> None:
    assert seen(*names, "set").header == "right"
    assert seen(*names, "wrong").header == "wrong"
    assert seen(*names, "strip").header == "none"


def test_a_middleware_that_does_not_exist_is_missing_and_another_providers_is_not() -> None:
    assert CATALOGUE.missing(["app-set@kubernetescrd", "app-gone@kubernetescrd", "own@file"]) == ["app-gone@kubernetescrd"]


# Arguments.


def test_arguments_are_read_as_traefik_reads_them() -> None:
    config = static_config.parse(
        [
            "--entryPoints.Web.address=:8000/tcp",
            "--entrypoints.web.HTTP.middlewares=a@file, b@file",
            "--entryPoints.dns.address=:53/UDP",
            "--entrypoints.secure.address",
            ":8443",
            "-providers.kubernetesingress",
            "--providers.kubernetesIngress.nativeLBByDefault",
            "--providers.kubernetescrd.nativelbbydefault=true",
            "--providers.kubernetescrd.nativelbbydefault=false",
            "--providers.kubernetesgateway=false",
            None,
            7,
            "stray",
        ]
    )
    assert {name: (point.name, point.udp) for name, point in config.entry_points.items()} == {
        "web": ("Web", False),
        "dns": ("dns", True),
        "secure": ("secure", False),
    }
    assert config.entry_points["web"].possible_chains == [("a@file", "b@file")]
    assert config.value("entrypoints.secure.address") == ":8443"
    assert config.native_lb == {"Ingress": True, "IngressRoute": False, "HTTPRoute": False, "GRPCRoute": False}
    assert (
        config.has("providers.kubernetesingress"),
        config.has("providers.kubernetescrd"),
        config.has("providers.kubernetesgateway"),
    ) == (
        True,
        True,
        False,
    )
    assert config.reads_kubernetes
    assert not static_config.parse(["--configFile=/etc/traefik.yml"]).reads_kubernetes
    assert static_config.parse([]).entry_points == {}


POINTS = [
    "--entryPoints.web.address=:1",
    "--entryPoints.sec.address=:2",
    "--entryPoints.traefik.address=:3",
    "--entryPoints.dns.address=:4/udp",
]


@pytest.mark.parametrize(
    ("more", "named", "expected"),
    [
        ([], (), ["web", "sec"]),
        (["--entryPoints.sec.asDefault"], (), ["sec"]),
        (["--entryPoints.sec.asDefault=true"], ("web",), ["web"]),
        (["--entryPoints.sec.asDefault=false"], (), ["web", "sec"]),
        ([], ("traefik", "Web"), ["traefik", "web"]),
        ([], ("gone",), []),
    ],
)
def test_where_a_router_listens(more: list[str], named: tuple[str, ...], expected: list[str]) -> None:
    assert [point.name for point in static_config.parse([*POINTS, *more]).entry_points_of(named)] == expected


def test_entry_points_that_are_defined_elsewhere_are_taken_to_be_open() -> None:
    assert [point.name for point in static_config.parse([]).entry_points_of(())] == ["http"]
    assert [point.name for point in static_config.parse([]).entry_points_of(("mine",))] == ["mine"]


def test_of_middlewares_given_twice_either_may_be_in_force() -> None:
    twice = static_config.parse(["--entryPoints.web.http.middlewares=a@file", "--entryPoints.web.http.middlewares=b@file"])
    assert set(twice.entry_points["web"].possible_chains) == {("b@file",), ("a@file", "b@file")}


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("traefik:v3.7.15", ("traefik", "v3.7.15")),
        ("rancher/mirrored-library-traefik:3.6.1", ("rancher/mirrored-library-traefik", "3.6.1")),
        ("registry.home:5000/traefik", ("registry.home:5000/traefik", "")),
        ("registry.home:5000/library/traefik:3.0@sha256:abc", ("registry.home:5000/library/traefik", "3.0")),
    ],
)
def test_images_are_taken_apart(image: str, parts: tuple[str, str]) -> None:
    assert image_parts(image) == parts
    workload = b.deployment()
    workload["spec"]["template"]["spec"]["containers"][0]["image"] = image
    assert TRAEFIK.detects(workload)


def test_another_program_is_not_traefik() -> None:
    workload = b.deployment()
    for image in ("nginx:1", "traefik/whoami:1", "example/traefik-forward-auth:2"):
        workload["spec"]["template"]["spec"]["containers"][0]["image"] = image
        assert not TRAEFIK.detects(workload)


# Routes on a running Traefik.


def running(mode: str, *more: str, **annotations: str) -> Running:
    return Running(mode, {"args": [*b.ARGUMENTS, *more]}, {f"config.linkerd.io/{key}": value for key, value in annotations.items()})


def observed(pod: Running, *objects: Object) -> list[Observation]:
    reading = TRAEFIK.read(b.snapshot(*objects))
    return [one for route in reading.routes for rule, backend in route.backends() for one in reading.observe(rule, backend, pod)]


def worth(pod: Running, *objects: Object) -> list[str]:
    return [verdict.verdict for verdict in verdicts(TRAEFIK.read(b.snapshot(*objects)), [pod])]


SHOP = b.ingress("shop", ("web", 80))
STRIPPED = tuple(f"--entryPoints.{name}.http.middlewares=kube-system-l5d-strip@kubernetescrd" for name in b.LISTENERS)
STRIP = b.setting("", "l5d-strip", "kube-system")


@pytest.mark.parametrize(
    ("pod", "objects", "verdict"),
    [
        (running(""), [b.service("web"), SHOP], "not_meshed"),
        (running("enabled"), [b.service("web"), SHOP], "safe_endpoint_routed"),
        (running("enabled", "--providers.kubernetesingress.nativelbbydefault=true"), [b.service("web"), SHOP], "safe_full"),
        (running("enabled"), [b.service("web", annotations={b.NATIVE_LB: "true"}), SHOP], "safe_full"),
        (running("enabled", "--providers.kubernetesingress.nativelbbydefault"), [b.headless("web"), SHOP], "broken"),
        (running("ingress"), [b.service("web"), SHOP], "relayable"),
        (running("ingress", *STRIPPED), [b.service("web"), SHOP, STRIP], "safe_by_strip_endpoint_routed"),
        (running("ingress", *STRIPPED), [b.service("web"), SHOP], "broken"),
        (running("ingress", STRIPPED[0]), [b.service("web"), SHOP, STRIP], "relayable"),
        (running("ingress", **{"skip-outbound-ports": "8080"}), [b.service("web"), SHOP], "bypasses_mesh"),
        (running("ingress", **{"skip-outbound-ports": "80"}), [b.service("web"), SHOP], "relayable"),
        (running("ingress", **{"skip-outbound-ports": "web,99999"}), [b.service("web"), SHOP], "relayable"),
        (running("enabled"), [b.service("web", ports=[{"port": 80, "targetPort": 4567}]), SHOP], "bypasses_mesh"),
        (running("ingress"), [b.service("web"), b.ingress_route("r", b.route("x", {"name": "web", "port": 80}), entry_points=["gone"])], "broken"),
        (running("ingress"), [b.ingress_route("r", b.route("x", {"name": "api@internal", "kind": "TraefikService"}))], "internal"),
        (running("ingress"), [b.ingress_route("r", b.route("x", {"name": "w@file", "kind": "TraefikService"}))], "relayable"),
        (running("ingress"), [b.ingress_route("r", b.route("x", {"name": "w", "kind": "TraefikService"}))], "broken"),
    ],
)  # fmt: skip
def test_what_a_route_is_worth_on_a_running_pod(pod: Running, objects: list[Object], verdict: str) -> None:
    assert worth(pod, *objects) == [verdict]


@pytest.mark.parametrize(
    ("annotations", "class_name", "more", "served"),
    [
        ({}, None, [], True),
        ({"kubernetes.io/ingress.class": "traefik"}, None, [], True),
        ({"kubernetes.io/ingress.class": "nginx"}, None, [], False),
        ({}, "traefik", [], True),
        ({}, "nginx", [], False),
        ({}, None, ["--providers.kubernetesingress.ingressclass=inner"], False),
        ({"kubernetes.io/ingress.class": "inner"}, None, ["--providers.kubernetesingress.ingressclass=inner"], True),
        ({}, "traefik", ["--providers.kubernetesingress.ingressclass=inner"], False),
        ({}, None, ["--providers.kubernetesingress=false"], False),
    ],
)
def test_which_ingresses_are_its_own(annotations: dict[str, str], class_name: str | None, more: list[str], served: bool) -> None:
    obj = b.ingress("shop", ("web", 80), annotations=annotations)
    if class_name:
        obj["spec"]["ingressClassName"] = class_name
    classes = [
        b.an_object("networking.k8s.io/v1/IngressClass", name, "", None, {"controller": controller})
        for name, controller in (("traefik", "traefik.io/ingress-controller"), ("nginx", "k8s.io/ingress-nginx"))
    ]
    workload = b.deployment(b.pod_template([*b.ARGUMENTS, *more]))
    assert bool(TRAEFIK.read(b.snapshot(obj, b.service("web"), *classes, workload=workload)).routes) is served


# Where the header is set.


def header_plan(*objects: Object, tag: str = "3.7.15", arguments: t.Sequence[str] = b.ARGUMENTS) -> Joint:
    workload = b.deployment(b.pod_template(arguments, tag=tag))
    return plan_present(b.snapshot(*objects, workload=workload), Intent(strategy="header"), TRAEFIK)


def places(joint: Joint) -> set[Ref]:
    kinds = ("Ingress", "IngressRoute", "Service")
    return {step.object for step in joint.plan.steps if step.object.kind in kinds}


def kinds(joint: Joint) -> set[str]:
    return {ref.kind for ref in places(joint)}


TWO = b.ingress("shop", ("web", 80), ("api", 80))
ONE_OF_TWO = b.ingress_route("r", b.route("x", {"name": "web", "port": 80}, {"name": "api", "port": 80}))


@pytest.mark.parametrize(
    ("tag", "objects", "expected", "codes"),
    [
        ("3.7.15", [b.service("web"), SHOP], {"Service"}, set()),
        ("3.6.15", [b.service("web"), SHOP], {"Ingress"}, set()),
        ("3.7.15", [b.service("web"), b.service("api"), TWO], {"Service"}, set()),
        ("3.6.15", [b.service("web"), b.service("api"), TWO], set(), {"L5D207"}),
        ("3.7.15", [b.service("web"), b.service("api"), ONE_OF_TWO], {"IngressRoute"}, set()),
        ("3.6.15", [b.service("web"), b.service("api"), ONE_OF_TWO], set(), {"L5D207"}),
        ("3.7.15", [b.service("web", ports=[b.HTTP, {"port": 81}]), b.ingress("a", ("web", 80)), b.ingress("b", ("web", 81))], {"Ingress"}, set()),
        ("3.7.15", [b.service("web", annotations={b.STICKY: "true"}), SHOP], {"Service"}, {"L5D215"}),
        ("3.7.15", [b.external("web"), SHOP], set(), {"L5D213"}),
        ("3.7.15", [b.service("web"), SHOP, b.middleware("pages", errors={})], {"Service"}, set()),
    ],
)  # fmt: skip
def test_the_narrowest_place_that_can_carry_the_header_is_used(
    tag: str, objects: list[Object], expected: set[str], codes: set[str]
) -> None:
    joint = header_plan(*objects, tag=tag)
    assert kinds(joint) == expected
    assert {finding.code for finding in joint.plan.findings} == codes
    assert all(verdict.safe for verdict in joint.plan.verdicts)


def test_error_pages_rule_out_a_header_of_their_own() -> None:
    shop = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-pages@kubernetescrd"})
    joint = header_plan(b.service("web"), shop, b.middleware("pages", errors={}))
    assert places(joint) == set()
    assert [finding.code for finding in joint.plan.findings] == ["L5D216"]
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_strip_endpoint_routed"]


def test_somebodys_own_recipe_is_counted_not_doubled() -> None:
    shop = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-recipe@kubernetescrd"})
    joint = header_plan(b.service("web"), shop, b.setting(RIGHT))
    assert places(joint) == set()
    assert {step.object.name for step in joint.plan.steps if step.object.kind == "Middleware"} == {"l5d-strip"}
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_header"]


def test_ours_goes_behind_forward_auth_and_the_strip_before_everything() -> None:
    shop = b.ingress("shop", ("web", 80), annotations={b.CHAIN: "app-auth@kubernetescrd"})
    first = "--entryPoints.web.http.middlewares=app-limit@kubernetescrd"
    joint = header_plan(b.service("web"), shop, b.forward_auth(), b.middleware("limit"), tag="3.6.15", arguments=[*b.ARGUMENTS, first])
    (route,) = [step.after for step in joint.plan.steps if step.object.kind == "Ingress" and step.after]
    assert route["metadata"]["annotations"][b.CHAIN] == "app-auth@kubernetescrd,app-l5d-web-80@kubernetescrd"
    arguments = joint.expected_template["spec"]["containers"][0]["args"]
    assert "--entryPoints.web.http.middlewares=kube-system-l5d-strip@kubernetescrd,app-limit@kubernetescrd" in arguments


def test_the_strip_stays_off_traefiks_own_entry_point_unless_a_route_uses_it() -> None:
    def stripped(*objects: Object) -> set[str]:
        arguments = header_plan(*objects).expected_template["spec"]["containers"][0]["args"]
        return {argument.split(".")[1] for argument in arguments if "l5d-strip" in argument}

    assert stripped(b.service("web"), SHOP) == {"web", "websecure", "metrics"}
    dashboard = b.ingress_route("d", b.route("x", {"name": "web", "port": 80}), entry_points=["traefik"])
    assert stripped(b.service("web"), dashboard) == {"web", "websecure", "metrics", "traefik"}


def test_names_that_traefik_cannot_tell_apart_are_found() -> None:
    twins = [b.service("x", "a-l5d"), b.ingress("one", ("x", 80), namespace="a-l5d")]
    twins += [b.service("l5d-x", "a"), b.ingress("two", ("l5d-x", 80), namespace="a")]
    joint = plan_present(b.snapshot(*twins), Intent(strategy="header", allow_relayable=True), TRAEFIK)
    assert "L5D214" in {finding.code for finding in joint.plan.findings}


def test_options_of_a_provider_that_is_off_stay_unwritten() -> None:
    """An option of a provider is enough to switch it on."""
    only = [argument for argument in b.ARGUMENTS if "kubernetescrd" not in argument]
    joint = plan_present(b.snapshot(b.service("web"), SHOP, workload=b.deployment(b.pod_template(only))), Intent(), TRAEFIK)
    arguments = joint.expected_template["spec"]["containers"][0]["args"]
    assert [argument for argument in arguments if "nativeLB" in argument] == ["--providers.kubernetesingress.nativeLBByDefault=true"]


@pytest.mark.parametrize(
    ("service", "route_service", "code"),
    [
        (b.headless("web"), {}, "L5D205"),
        (b.service("web", annotations={b.STICKY: "true"}), {}, "L5D206"),
        (b.service("web", annotations={f"{b.STICKY}.name": "mine"}), {}, "L5D206"),
        (b.service("web", annotations={b.NATIVE_LB: "false"}), {}, "L5D211"),
    ],
)
def test_services_that_must_not_be_dialled_by_cluster_ip_are_opted_out_first(service: Object, route_service: Object, code: str) -> None:
    joint = plan_present(b.snapshot(service, SHOP), Intent(), TRAEFIK)
    assert [finding.code for finding in joint.plan.findings] == [code]
    assert kinds(joint) == (set() if code == "L5D211" else {"Service"})
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_endpoint_routed"]


def test_an_ingress_route_says_itself_what_its_services_do() -> None:
    services: list[Object] = [
        {"name": "web", "port": 80},
        {"name": "web", "port": 80},
        {"name": "sticky", "port": 80, "sticky": {"cookie": {}}},
    ]
    route = b.ingress_route("r", b.route("x", *services), b.route("x", *services))
    joint = plan_present(b.snapshot(b.headless("web"), b.service("sticky"), route), Intent(), TRAEFIK)
    (changed,) = [step.after for step in joint.plan.steps if step.object.kind == "IngressRoute" and step.after]
    assert [service["nativeLB"] for rule in changed["spec"]["routes"] for service in rule["services"]] == [False] * 6
