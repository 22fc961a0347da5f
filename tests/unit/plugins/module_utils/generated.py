# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small random clusters: lived-in, with everything in them that has ever been a trap."""

from __future__ import annotations

import typing as t

import yaml
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.world import World, render

Draw = t.Callable[[st.SearchStrategy[t.Any]], t.Any]

TAGS = ("3.0.4", "3.6.15", "3.7.15", "3.7.15", "2.11.10", "2.10.0", "2.9.10", "2.2.0", "2.0.7")
SERVICES = ("web", "api", "tv")
FOREIGN = ("app-auth@kubernetescrd", "app-limit@kubernetescrd", "app-nested@kubernetescrd", "own@file")
RECIPES = ("app-right@kubernetescrd", "app-wrong@kubernetescrd")


def some(items: t.Sequence[t.Any], most: int = 2) -> st.SearchStrategy[list[t.Any]]:
    return st.lists(st.sampled_from(items), max_size=most, unique=True)


def rarely(draw: Draw, what: t.Any, otherwise: t.Any) -> t.Any:
    return what if draw(st.integers(0, 9)) == 9 else otherwise


@st.composite
def services(draw: Draw, name: str) -> Object:
    annotations = {}
    if draw(st.booleans()):
        annotations = draw(st.sampled_from([{b.STICKY: "true"}, {b.NATIVE_LB: "true"}, {b.NATIVE_LB: "false"}, {"theirs": "kept"}]))
    chain = draw(some(FOREIGN, 1))
    if chain:
        annotations = {**annotations, b.SERVICE_CHAIN: chain[0]}
    ports = draw(st.sampled_from([[b.HTTP], [b.HTTP, {"name": "admin", "port": 9000}]]))
    shape = draw(st.sampled_from([{}, {}, {"clusterIP": "None"}, {"type": "ExternalName", "externalName": "example.org", "clusterIP": ""}]))
    return b.service(name, ports=ports, annotations=annotations, **shape)


@st.composite
def backends(draw: Draw) -> tuple[str, int | str]:
    name = rarely(draw, "gone", draw(st.sampled_from(SERVICES)))
    return name, rarely(draw, "other", draw(st.sampled_from([80, "http", 80, 9000])))


@st.composite
def ingresses(draw: Draw, name: str, foreign: t.Sequence[str]) -> Object:
    chain = [*draw(some(foreign)), *rarely(draw, ["app-gone@kubernetescrd"], [])]
    annotations = {b.CHAIN: draw(st.sampled_from([",", ", "])).join(chain)} if chain else {}
    default = b.ingress_backend(*draw(backends())) if draw(st.integers(0, 4)) == 0 else None
    return b.ingress(name, *draw(st.lists(backends(), min_size=0 if default else 1, max_size=3)), annotations=annotations, default=default)


@st.composite
def route_services(draw: Draw) -> Object:
    if draw(st.integers(0, 5)) == 0:
        return {"name": draw(st.sampled_from(["api@internal", "ts0", "ts1", "gone"])), "kind": "TraefikService"}
    name, port = draw(backends())
    more = draw(st.sampled_from([{}, {}, {"nativeLB": True}, {"nativeLB": False}, {"sticky": {"cookie": {}}}, {"namespace": "app"}]))
    return {"name": name, "port": port, **more}


@st.composite
def ingress_routes(draw: Draw, name: str, foreign: t.Sequence[str]) -> Object:
    names = [item.removeprefix("app-").removesuffix("@kubernetescrd") for item in foreign]
    rules = [
        b.route(f"Host(`{name}-{i}`)", *draw(st.lists(route_services(), min_size=1, max_size=2)), middlewares=draw(some(names)))
        for i in range(draw(st.integers(1, 2)))
    ]
    return b.ingress_route(name, *rules, entry_points=draw(some(("web", "websecure", "traefik", "absent"))))


@st.composite
def traefik_services(draw: Draw, name: str) -> Object:
    """Of every shape, nested and looping too."""
    shape = draw(st.sampled_from(["weighted", "highestRandomWeight", "mirroring", "failover"]))
    served = draw(st.lists(route_services(), min_size=2, max_size=3))
    if shape == "mirroring":
        return b.traefik_service(name, mirroring={**served[0], "mirrors": [{**other, "percent": 10} for other in served[1:]]})
    if shape == "failover":
        return b.traefik_service(name, failover={"service": served[0], "fallback": served[1]})
    spec: t.Any = {shape: {"services": served}}
    return b.traefik_service(name, **spec)


@st.composite
def tcp_routes(draw: Draw, name: str) -> Object:
    backend, port = draw(backends())
    return b.tcp_route(name, {"name": backend, "port": port}, kind=draw(st.sampled_from(["IngressRouteTCP", "IngressRouteUDP"])))


def grouped(draw: Draw, tag: str, obj: Object) -> Object:
    """Traefik's own kinds in a group that this release reads; seldom in the other one."""
    if not obj["apiVersion"].startswith("traefik.io/"):
        return obj
    both = tag.startswith(("2.10", "2.11")) and draw(st.booleans())
    old = both or tag.startswith(("2.0", "2.2", "2.9"))
    return b.in_old_group(obj) if rarely(draw, not old, old) else obj


USER_ANNOTATIONS: tuple[dict[str, str], ...] = (
    {},
    {"prometheus.io/port": "9100"},
    {"linkerd.io/inject": "ingress"},
    {"linkerd.io/inject": "ingress", "config.linkerd.io/skip-outbound-ports": "443"},
    {"linkerd.io/inject": "enabled"},
    {"linkerd.io/inject": "disabled", "config.linkerd.io/skip-inbound-ports": "8000"},
)
USER_VALUES: tuple[Object, ...] = (
    {},
    {"additionalArguments": ["--log.level=DEBUG", "--entryPoints.web.http.middlewares=app-limit@kubernetescrd"]},
    {"additionalArguments": ["--entrypoints.websecure.http.middlewares=app-auth@kubernetescrd, own@file"]},
    {"ports": {"web": {"http": {"middlewares": ["app-limit@kubernetescrd", "app-auth@kubernetescrd"]}}}},
    {"ports": {"web": {"middlewares": ["app-limit@kubernetescrd"]}}},
    {"additionalArguments": ["--providers.kubernetesgateway=true"]},
    {"additionalArguments": ["--providers.kubernetesgateway=true", "--entryPoints.web.http.middlewares=app-auth@kubernetescrd"]},
    {"providers": {"kubernetesCRD": {"nativeLBByDefault": True}, "kubernetesIngress": {"nativeLBByDefault": False}}},
)
TEXTS = st.sampled_from(["", "# mine\n"])


@st.composite
def configs(draw: Draw) -> tuple[Object, ...]:
    if draw(st.booleans()):
        return ()
    values = draw(st.sampled_from(USER_VALUES))
    shape = draw(st.sampled_from(["valuesContent", "values", "empty"]))
    policy = draw(st.sampled_from([{}, {"failurePolicy": "reinstall"}, {"failurePolicy": "abort"}]))
    if shape == "empty":
        return (b.helm_chart_config(**policy),)
    if shape == "values":
        return (b.helm_chart_config(values=values, **policy),)
    return (b.helm_chart_config(draw(TEXTS) + (yaml.safe_dump(values) if values else ""), **policy),)


@st.composite
def gateway_routes(draw: Draw, name: str) -> Object:
    """Served where the provider is on."""
    modifiers = (
        {"remove": ["x"]},
        {"add": [b.header("web.app.svc:80")]},
        {"set": [b.header("api.app.svc:80")]},
        {"remove": ["l5d-dst-override"]},
    )
    known = (b.extension("auth"), b.extension("limit"), b.modifier(**draw(st.sampled_from(modifiers))))
    filters = [known[place] for place in draw(some(range(3)))]
    refs = draw(st.lists(st.builds(b.ref, st.sampled_from((*SERVICES, "gone"))), min_size=1, max_size=2))
    rules = [b.rule(*refs, filters=filters), b.rule(b.ref(draw(st.sampled_from(SERVICES))))]
    return b.http_route(name, *rules[: draw(st.integers(1, 2))], kind=draw(st.sampled_from(["HTTPRoute", "HTTPRoute", "GRPCRoute"])))


@st.composite
def worlds(draw: Draw, *, recipes: bool = True) -> World:
    """Without C(recipes), nobody has set l5d-dst-override by hand yet."""
    tag = draw(st.sampled_from(TAGS))
    foreign = (*FOREIGN, *RECIPES) if recipes else FOREIGN
    objects = [draw(services(name)) for name in SERVICES]
    objects += [draw(ingresses(f"in{i}", foreign)) for i in range(draw(st.integers(1, 2)))]
    objects += [draw(ingress_routes(f"ir{i}", foreign)) for i in range(draw(st.integers(0, 2)))]
    objects += [draw(traefik_services(f"ts{i}")) for i in range(draw(st.integers(0, 2)))]
    objects += [draw(tcp_routes(f"tcp{i}")) for i in range(draw(st.integers(0, 1)))]
    objects += [*b.GATEWAY, *(draw(gateway_routes(f"gw{i}")) for i in range(draw(st.integers(0, 2))))]
    objects += [b.forward_auth(), b.middleware("limit", rateLimit={}), b.middleware("nested", chain={"middlewares": [{"name": "limit"}]})]
    objects += [b.setting("web.app.svc.cluster.local:80", "right"), b.setting("api.app.svc.cluster.local:1", "wrong")]
    objects = [grouped(draw, tag, obj) for obj in objects]
    annotations, values = draw(st.sampled_from(USER_ANNOTATIONS)), draw(st.sampled_from(USER_VALUES))
    chart = b.helm_chart(merge_annotations(values, annotations))
    webhooks = (b.injector_webhook(cert_manager=draw(st.booleans())),)
    if draw(st.booleans()):
        return World(b.snapshot(*objects, workload=b.deployment(), charts=(chart,), configs=draw(configs()), webhooks=webhooks), tag)
    workload = b.deployment(render(chart, None, tag), draw(st.sampled_from(["kube-system", "traefik"])))
    return World(b.snapshot(*objects, workload=workload, webhooks=webhooks), tag)


def merge_annotations(values: Object, annotations: dict[str, str]) -> Object:
    return {**values, "deployment": {"podAnnotations": annotations}} if annotations else values
