# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ingress-nginx as its chart 4.15.1 installs it, and Ingresses of it."""

from __future__ import annotations

import typing as t

from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.ingress_nginx import INGRESS_NGINX
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.world import World

NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
PREFIX = "nginx.ingress.kubernetes.io/"
UPSTREAM = f"{PREFIX}service-upstream"
LABELS = {
    "app.kubernetes.io/name": "ingress-nginx",
    "app.kubernetes.io/instance": "ingress-nginx",
    "app.kubernetes.io/component": "controller",
}
ARGUMENTS = (
    "/nginx-ingress-controller",
    "--election-id=ingress-nginx-leader",
    "--controller-class=k8s.io/ingress-nginx",
    "--ingress-class=nginx",
    "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller",
    "--validating-webhook=:8443",
)
PORTS = {"http": 80, "https": 443, "metrics": 10254, "webhook": 8443}
HEADER = {"l5d-dst-override": "$service_name.$namespace.svc.cluster.local:$service_port"}


def deployment(
    tag: str = "v1.15.1", *more: str, without: str = "no such", annotations: t.Mapping[str, str] | None = None, **pod_spec: t.Any
) -> Object:
    container = {
        "name": "controller",
        "image": f"registry.k8s.io/ingress-nginx/controller:{tag}",
        "args": [argument for argument in (*ARGUMENTS, *more) if without not in argument],
        "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
        "ports": [{"name": name, "containerPort": port} for name, port in PORTS.items()],
    }
    template: Object = {
        "metadata": {"labels": dict(LABELS), "annotations": dict(annotations or {})},
        "spec": {"containers": [container], **pod_spec},
    }
    made = b.an_object("apps/v1/Deployment", NAME, NS, None, {"selector": {"matchLabels": dict(LABELS)}, "template": template})
    made["metadata"]["labels"] = {**LABELS, "app.kubernetes.io/managed-by": "Helm"}
    return made


def config_map(data: Object | None = None, name: str = NAME) -> Object:
    made = b.an_object("v1/ConfigMap", name, NS)
    return made if data is None else {**made, "data": dict(data)}


def ingress_class(name: str = "nginx", controller: str = "k8s.io/ingress-nginx") -> Object:
    return b.an_object("networking.k8s.io/v1/IngressClass", name, "", None, {"controller": controller})


def ingress(
    name: str, *backends: tuple[str, int | str], created: str = "2026-01-01T00:00:00Z", default: Object | None = None, **notes: str
) -> Object:
    """C(notes) are the controller's annotations, with underscores for dashes."""
    annotations = {PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    made = b.ingress(name, *backends, annotations=annotations, default=default)
    made["metadata"]["creationTimestamp"] = created
    made["spec"]["ingressClassName"] = "nginx"
    return made


def snapshot(*objects: Object, workload: Object | None = None, config: Object | None = None, **parts: t.Any) -> Snapshot:
    return b.snapshot(*objects, ingress_class(), config or config_map(), workload=workload or deployment(), **parts)


def present(snapshot: Snapshot, **intent: t.Any) -> Joint:
    return plan_present(snapshot, Intent(**intent), INGRESS_NGINX)


def audited(snapshot: Snapshot) -> dict[str, str]:
    """Verdicts by rule, as they are now."""
    return {verdict.rule: verdict.verdict for verdict in audit(snapshot, Intent(), INGRESS_NGINX).verdicts}


def promised(snapshot: Snapshot) -> dict[str, str]:
    return {verdict.rule: verdict.verdict for verdict in present(snapshot).plan.verdicts}


def codes(found: t.Any) -> set[str]:
    return {finding.code for finding in found.findings}


def meshed(mode: str = "ingress") -> Object:
    return deployment(annotations={"linkerd.io/inject": mode})


SERVICES = ("web", "api", "tv")
NOTES: tuple[dict[str, str], ...] = (
    {},
    {},
    {"affinity": "cookie"},
    {"upstream_hash_by": "$request_uri"},
    {"service_upstream": "true"},
    {"service_upstream": "false"},
    {"service_upstream": "perhaps"},
    {"service_upstream": "true", "affinity": "cookie"},
    {"backend_protocol": "HTTPS"},
    {"backend_protocol": "grpc"},
    {"canary": "true", "canary_weight": "10"},
    {"auth_url": "http://auth.app.svc/verify"},
    {"upstream_vhost": "web.app.svc.cluster.local"},
    {"configuration_snippet": "proxy_set_header l5d-dst-override $http_x;"},
)
CONFIGS: tuple[Object | None, ...] = (
    None,
    {},
    {"service-upstream": "true"},
    {"service-upstream": "false", "use-gzip": "true"},
    {"proxy-set-headers": f"{NS}/headers"},
    {"custom-http-errors": "404,503"},
    {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"},
)
VERSIONS = ("v1.15.1", "v1.15.1@sha256:abc", "v1.9.0", "v1.0.0", "v0.49.3", "latest")
POD_ANNOTATIONS: tuple[dict[str, str], ...] = ({}, {"linkerd.io/inject": "enabled"}, {"linkerd.io/inject": "disabled"}, {"a": "b"})


@st.composite
def worlds(draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> World:
    shapes = [{}, {}, {"clusterIP": "None"}, {"type": "ExternalName", "externalName": "example.org", "clusterIP": ""}]
    objects = [b.service(name, **draw(st.sampled_from(shapes))) for name in SERVICES]
    backends = st.tuples(st.sampled_from([*SERVICES, "gone"]), st.sampled_from([80, "http", 8080, 9]))
    for place in range(draw(st.integers(1, 4))):
        default = b.ingress_backend(*draw(backends)) if draw(st.integers(0, 4)) == 0 else None
        names = draw(st.lists(backends, min_size=0 if default else 1, max_size=3))
        created = draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]))
        objects.append(ingress(f"in{place}", *names, created=created, default=default, **draw(st.sampled_from(NOTES))))
    if draw(st.booleans()):
        objects.append(config_map(HEADER, "headers"))
    workload = deployment(
        draw(st.sampled_from(VERSIONS)),
        *draw(st.sampled_from([(), ("--watch-ingress-without-class=true",)])),
        without=draw(st.sampled_from(["no such", "no such", "--configmap"])),
        annotations=draw(st.sampled_from(POD_ANNOTATIONS)),
    )
    config = draw(st.sampled_from(CONFIGS))
    maps = [] if config == {} else [config_map(config)]
    return World(b.snapshot(*objects, *maps, ingress_class(), workload=workload), controller=INGRESS_NGINX)
