# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of every shape to the common one; and whatever nonsense is in them, nothing but a problem that is told."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.authority import authority, names_backend, split
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_absent, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes import ingress, ingress_route
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes.base import Backend, Route, resolve
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.releases import RELEASES
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.served import dialect
from tests.unit.plugins.module_utils import builders as b

ADMIN: Object = {"name": "admin", "port": 9000, "targetPort": "adm"}
SERVICES = {
    (obj["metadata"]["namespace"], obj["metadata"]["name"]): obj
    for obj in (
        b.service("web", ports=[b.HTTP, ADMIN]),
        b.service("one", ports=[{"port": 8081}]),
        b.headless("hl"),
        b.external("ext"),
        b.service("none", ports=[]),
        b.service("web", "other"),
    )
}


def read(obj: Object) -> Route:
    return ingress.read(obj, SERVICES, dialect(RELEASES[-1])) if obj["kind"] == "Ingress" else ingress_route.read(obj, SERVICES)


def only(obj: Object) -> Backend:
    ((_rule, backend),) = read(obj).backends()
    return backend


def of_route(**service: t.Any) -> Backend:
    return only(b.ingress_route("r", b.route("Host(`r`)", service)))


@pytest.mark.parametrize(
    ("backend", "shown"),
    [
        (Backend("home", "blog", None), "home/blog"),
        (Backend("home", "blog", ""), "home/blog"),
        (Backend("home", "blog", "http"), "home/blog:http"),
        (Backend("home", "blog", "http", port=80), "home/blog:80"),
    ],
)
def test_a_backend_is_named_with_the_port_that_it_has(backend: Backend, shown: str) -> None:
    assert str(backend) == shown


@pytest.mark.parametrize(
    ("backend", "port", "target", "problem"),
    [
        (("web", 80), 80, 8080, ""),
        (("web", "http"), 80, 8080, ""),
        (("web", "admin"), 9000, "adm", ""),
        (("one", 8081), 8081, 8081, ""),
        (("hl", "http"), 80, 8080, ""),
        (("ext", 80), 80, 8080, ""),
        (("ext", 81), 0, None, "Service app/ext has no port 81"),
        (("web", 8080), 0, None, "Service app/web has no port 8080 (it has: http=80, admin=9000)"),
        (("web", "grpc"), 0, None, "Service app/web has no port 'grpc'"),
        (("none", 80), 0, None, "(it has: none)"),
        (("gone", 80), 0, None, "Service app/gone does not exist"),
    ],
)
def test_ports_of_an_ingress_become_the_services_number(backend: tuple[str, int | str], port: int, target: t.Any, problem: str) -> None:
    found = only(b.ingress("shop", backend))
    assert (found.port, found.target_port) == (port, target)
    assert problem in found.problem
    assert bool(found.problem) is bool(problem)


def test_rules_of_an_ingress_are_named_by_host_and_path() -> None:
    obj = b.ingress("shop", ("web", 80), ("one", 8081), annotations={b.CHAIN: " app-a@kubernetescrd , own@file,"})
    del obj["spec"]["rules"][0]["host"]
    route = read(obj)
    assert [rule.name for rule in route.rules] == ["*/0", "*/1"]
    assert {rule.chain for rule in route.rules} == {("app-a@kubernetescrd", "own@file")}


def test_a_default_backend_counts_where_there_is_no_rule() -> None:
    default = b.ingress_backend("web", "http")
    (rule,) = read(b.ingress("shop", default=default)).rules
    assert (rule.name, rule.backends[0].port) == ("default backend", 80)
    assert [rule.name for rule in read(b.ingress("shop", ("one", 8081), default=default)).rules] == ["shop/0"]


def test_a_resource_backend_is_told() -> None:
    found = only(b.ingress("shop", default={"resource": {"kind": "StorageBucket", "name": "static"}}))
    assert (found.kind, found.problem) == ("StorageBucket", "the backend is StorageBucket, not a Service")


def test_what_a_service_says_by_annotations_is_read() -> None:
    marked = b.service("web", annotations={b.SERVICE_CHAIN: "app-a@kubernetescrd", b.NATIVE_LB: "False", b.STICKY: "true"})
    found = ingress.read(b.ingress("shop", ("web", 80)), {("app", "web"): marked}, dialect(RELEASES[-1])).rules[0].backends[0]
    assert (found.chain, found.native_lb, found.sticky) == (("app-a@kubernetescrd",), False, True)
    assert only(b.ingress("shop", ("web", 80))).native_lb is None


@pytest.mark.parametrize(
    ("service", "port", "problem"),
    [
        ({"name": "web", "port": 80}, 80, ""),
        ({"name": "web", "port": "admin"}, 9000, ""),
        ({"name": "one"}, 8081, ""),
        ({"name": "web", "namespace": "other", "port": 80}, 80, ""),
        ({"name": "ext", "port": 8443}, 8443, ""),
        ({"name": "web"}, 0, "has no port None"),
        ({"name": "web", "port": True}, 0, "has no port True"),
        ({"name": "web", "port": "80"}, 0, "has no port '80'"),
        ({"name": "gone", "namespace": "other", "port": 80}, 0, "Service other/gone does not exist"),
        ({"port": 80}, 0, "does not exist"),
    ],
)
def test_services_of_an_ingress_route(service: Object, port: int, problem: str) -> None:
    found = of_route(**service)
    assert found.port == port
    assert problem in found.problem


def test_what_is_no_service_is_left_alone() -> None:
    for name in ("api@internal", "weighted"):
        found = of_route(name=name, kind="TraefikService")
        assert (found.kind, found.problem, found.port) == ("TraefikService", "", 0)


def test_several_services_with_their_own_words() -> None:
    chained = {"name": "web", "port": 80, "middlewares": [{"name": "a"}, {"name": "b", "namespace": "other"}, {"name": "c@file"}]}
    obj = b.ingress_route("r", b.route("Host(`r`)", chained, {"name": "hl", "port": 80, "nativeLB": True}, middlewares=["auth"]))
    (rule,) = read(obj).rules
    first, second = rule.backends
    assert first.chain == ("app-a@kubernetescrd", "other-b@kubernetescrd", "c@file")
    assert rule.chain == ("app-auth@kubernetescrd",)
    assert (second.native_lb, second.headless, first.headless) == (True, True, False)


@pytest.mark.parametrize(
    ("service", "headless", "external"),
    [
        (b.service("x"), False, False),
        (b.headless("x"), True, False),
        (b.external("x"), False, True),
        (b.service("x", clusterIP=""), True, False),
    ],
)
def test_what_has_a_cluster_ip(service: Object, headless: bool, external: bool) -> None:
    backend = resolve(Backend("app", "x", 80), {("app", "x"): service})
    assert (backend.headless, backend.external) == (headless, external)


# Whatever is in them.

LONG = "n" * 300
"""No name in Kubernetes is that long."""
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 70000)
    | st.sampled_from(["", "web", "odd", "http", "Service", "TraefikService", "a,b", "true", "x y", LONG]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "port", "kind", "match", "spec"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS: dict[str, tuple[str, ...]] = {
    "Ingress": ("rules", "defaultBackend", "ingressClassName"),
    "IngressRoute": ("routes", "entryPoints", "ingressClassName"),
    "IngressRouteTCP": ("routes", "entryPoints"),
    "IngressRouteUDP": ("routes", "entryPoints"),
    "TraefikService": ("weighted", "mirroring", "highestRandomWeight", "failover"),
    "Service": ("ports", "clusterIP", "type"),
    "Middleware": ("headers", "chain", "forwardAuth", "errors"),
}
API = {"Ingress": "networking.k8s.io/v1", "Service": "v1"}
"""The rest is Traefik's."""
BALANCED = st.fixed_dictionaries({"name": JSON, "services": st.lists(JSON, max_size=2), "mirrors": JSON, "service": JSON}) | JSON
SHAPES = {
    "rules": st.lists(st.fixed_dictionaries({"http": st.fixed_dictionaries({"paths": st.lists(JSON, max_size=2)}) | JSON}), max_size=2)
    | JSON,
    "routes": st.lists(
        st.fixed_dictionaries({"match": JSON, "services": st.lists(JSON, max_size=2) | JSON, "middlewares": JSON}) | JSON, max_size=2
    ),
    "weighted": BALANCED,
    "mirroring": BALANCED,
    "failover": BALANCED,
    "ports": st.lists(st.fixed_dictionaries({"port": JSON, "name": JSON}), max_size=2) | JSON,
    "headers": st.fixed_dictionaries({"customRequestHeaders": st.dictionaries(st.just("L5d-dst-override"), JSON) | JSON}) | JSON,
}


@st.composite
def nonsense(draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> Object:
    """The API vouches for metadata; for the rest, a schema does at best."""
    kind = draw(st.sampled_from(sorted(KEYS)))
    spec = {key: draw(SHAPES.get(key, JSON)) for key in KEYS[kind] if draw(st.booleans())}
    made = b.an_object(f"{API.get(kind, 'traefik.io/v1alpha1')}/{kind}", draw(st.sampled_from(["web", "odd", LONG])), "app", None, spec)
    if draw(st.integers(0, 3)) == 0:
        made = b.in_old_group(made)
    if draw(st.booleans()):
        made["metadata"]["annotations"] = {key: draw(JSON) for key in (b.CHAIN, b.SERVICE_CHAIN, b.NATIVE_LB, b.STICKY)}
    if draw(st.booleans()):
        made["spec"] = draw(JSON)
    return made


def distinct(objects: list[Object]) -> list[Object]:
    return list({(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}.values())


TAGS = ("2.0.7", "2.9.10", "2.11.10", "3.0.4", "3.7.15")


@given(st.lists(nonsense(), max_size=4).map(distinct), st.sampled_from(TAGS))
def test_nonsense_never_breaks_anything_and_never_names_a_backend_that_is_not_there(objects: list[Object], tag: str) -> None:
    snapshot = b.snapshot(*objects, workload=b.deployment(b.pod_template(tag=tag)))
    with contextlib.suppress(L5dError):
        audit(snapshot, Intent(), TRAEFIK)
    for strategy in ("cluster_ip", "header"):
        with contextlib.suppress(L5dError):
            joint = plan_present(snapshot, Intent(strategy=strategy, allow_relayable=True), TRAEFIK)
            plan_absent(snapshot.after(joint.plan.steps), Intent(), TRAEFIK)
            wanted = {
                (backend.namespace, f"l5d-{backend.name}-{backend.port}")
                for route in TRAEFIK.read(snapshot).routes
                for _rule, backend in route.backends()
                if backend.service is not None and not backend.problem
            }
            made = {(step.object.namespace, step.object.name) for step in joint.plan.steps if step.own and step.object.kind == "Middleware"}
            assert made <= {*wanted, ("kube-system", "l5d-strip")}


MALFORMED: list[tuple[Object, str]] = [
    (b.an_object("networking.k8s.io/v1/Ingress", "x", "app", None, {"rules": "all"}), "L5D214"),
    (b.ingress("x", ("web", LONG)), "L5D204"),
    (b.an_object("traefik.io/v1alpha1/IngressRoute", "x", "app", None, {"routes": {}}), "L5D214"),
    (b.an_object("traefik.io/v1alpha1/IngressRouteUDP", "x", "app", None, {}), "L5D214"),
    (b.ingress_route("x", b.route("Host(`x`)", {"name": LONG, "port": 80})), "L5D204"),
    (b.ingress_route("x", b.route("Host(`x`)", {"name": "web", "port": {"number": 80}})), "L5D204"),
    (b.ingress_route("x", b.route("Host(`x`)", {"name": "web", "kind": "Pod"})), "L5D204"),
    (b.ingress_route("x", b.route("Host(`x`)", {"name": "odd", "kind": "TraefikService"})), "L5D204"),
]


@pytest.mark.parametrize(("obj", "code"), MALFORMED)
def test_what_is_not_understood_is_told(obj: Object, code: str) -> None:
    found = audit(b.snapshot(obj, b.service("web"), b.traefik_service("odd", weighted=[])), Intent(), TRAEFIK)
    assert code in {finding.code for finding in found.findings}


@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
@pytest.mark.parametrize("tag", ["2.11.10", "3.7.15"])
def test_thousands_of_paths_in_one_object_are_planned(tag: str, strategy: str) -> None:
    paths = [("web", 80), ("api", 80)] * 2000
    rules = [b.route(f"Host(`{i}`)", {"name": "web", "port": 80}) for i in range(1500)]
    objects = (b.ingress("many", *paths), b.ingress_route("rules", *rules), b.service("web"), b.service("api"))
    joint = plan_present(b.snapshot(*objects, workload=b.deployment(b.pod_template(tag=tag))), Intent(strategy=strategy), TRAEFIK)
    assert len(joint.plan.verdicts) == 5500
    assert all(verdict.safe for verdict in joint.plan.verdicts)


# Authorities.


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        ("web.app.svc.cluster.local:80", "web.app.svc.cluster.local", 80),
        ("WEB.app.svc.cluster.local.:81", "web.app.svc.cluster.local", 81),
        ("web.app.svc", "web.app.svc", 80),
        ("web.app.svc:http", "web.app.svc", 80),
        (" web.app.svc:8080 ", "web.app.svc", 8080),
    ],
)
def test_an_authority_is_read_as_the_proxy_reads_it(value: str, host: str, port: int) -> None:
    assert split(value) == (host, port)


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "app", 80),
        ("web", "", 80),
        ("we b", "app", 80),
        ("web", "äpp", 80),
        ("web", "app", 0),
        ("web", "app", 65536),
        ("web", "app", True),
    ],
)
def test_an_authority_that_cannot_be_is_refused(arguments: tuple[str, str, int]) -> None:
    with pytest.raises(InputError, match=r"^authority: "):
        authority(*arguments)


LABEL = st.from_regex(r"\A[a-z]([a-z0-9-]{0,8}[a-z0-9])?\Z")


@given(LABEL, LABEL, st.integers(1, 65535), st.sampled_from(["cluster.local", "home.arpa"]))
def test_an_authority_names_its_backend_and_no_other(name: str, namespace: str, port: int, domain: str) -> None:
    value = authority(name, namespace, port, domain)
    assert names_backend(value, name, namespace, port, domain)
    assert not names_backend(value, f"{name}x", namespace, port, domain)
    assert not names_backend(value, name, f"{namespace}x", port, domain)
    assert not names_backend(value, name, namespace, port % 65535 + 1, domain)
