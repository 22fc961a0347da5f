# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefiks of other generations from plain manifests, in a namespace of their own, with routes of the kinds that they know."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import strip_server_fields
from sandbox.charts import crds
from tests.integration.ingress_lab import Lab, Object, Ref

NAMESPACE = "generations"
OLD = "traefik.containo.us"
KINDS = {
    "IngressRoute": "ingressroutes",
    "IngressRouteTCP": "ingressroutetcps",
    "IngressRouteUDP": "ingressrouteudps",
    "Middleware": "middlewares",
    "TraefikService": "traefikservices",
}
LABELS = {"app": "old-traefik"}
OPTIONS = {
    1: ["--kubernetes", f"--kubernetes.namespaces={NAMESPACE}", "--entrypoints=Name:http Address::8000"],
    2: [
        f"--providers.kubernetesingress.namespaces={NAMESPACE}",
        f"--providers.kubernetescrd.namespaces={NAMESPACE}",
        "--entrypoints.web.address=:8000/tcp",
        "--entrypoints.websecure.address=:8443/tcp",
    ],
}
HEADERS = "ingress.kubernetes.io/custom-request-headers"


def an_object(api_version: str, kind: str, name: str, spec: Object, annotations: dict[str, str] | None = None) -> Object:
    metadata: Object = {"name": name, "namespace": NAMESPACE, **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def service(name: str, **spec: t.Any) -> Object:
    return an_object(
        "v1", "Service", name, {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}
    )


def ingress(name: str, *services: str, annotations: dict[str, str] | None = None) -> Object:
    paths = [
        {"path": f"/{place}", "pathType": "Prefix", "backend": {"service": {"name": backend, "port": {"name": "http"}}}}
        for place, backend in enumerate(services)
    ]
    rules = [{"host": f"{name}.example.net", "http": {"paths": paths}}]
    return an_object("networking.k8s.io/v1", "Ingress", name, {"rules": rules}, annotations)


def of_group(group: str) -> list[Object]:
    """One of each sort: behind a foreign middleware, two services, a TraefikService, TCP and UDP."""
    version = f"{group}/v1alpha1"
    web, api, pods = ({"name": name, "port": 80} for name in ("web", "api", "pods"))
    rules: list[Object] = [
        {"kind": "Rule", "match": "Host(`one.example.net`)", "middlewares": [{"name": "compress"}], "services": [web]},
        {"kind": "Rule", "match": "Host(`two.example.net`)", "services": [web, {**api, "weight": 3}]},
        {"kind": "Rule", "match": "Host(`many.example.net`)", "services": [{"name": "mirrored", "kind": "TraefikService"}]},
        {"kind": "Rule", "match": "Host(`pods.example.net`)", "services": [pods]},
    ]
    return [
        an_object(version, "Middleware", "compress", {"compress": {}}),
        an_object(version, "IngressRoute", "routes", {"entryPoints": ["web"], "routes": rules}),
        an_object(version, "TraefikService", "mirrored", {"mirroring": {**web, "mirrors": [{**api, "percent": 10}]}}),
        an_object(version, "IngressRouteTCP", "db", {"routes": [{"match": "HostSNI(`*`)", "services": [pods]}]}),
        an_object(version, "IngressRouteUDP", "dns", {"routes": [{"services": [api]}]}),
    ]


def deployment(tag: str) -> Object:
    number = tag.removeprefix("v").split(".")
    ports = [{"name": "web", "containerPort": 8000}, {"name": "websecure", "containerPort": 8443}]
    container = {"name": "traefik", "image": f"traefik:{tag}", "args": OPTIONS[min(int(number[0]), 2)], "ports": ports}
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}
    return an_object("apps/v1", "Deployment", "traefik", {"selector": {"matchLabels": LABELS}, "template": template})


def objects(tag: str, group: str) -> list[Object]:
    shared = [service("web"), service("api"), service("pods", clusterIP="None"), deployment(tag), ingress("single", "web")]
    if not group:
        return [*shared, ingress("theirs", "api", annotations={HEADERS: "X-One:1|| X-Two:2"})]
    return [*shared, ingress("several", "web", "api"), *of_group(group)]


def serve_old_group(lab: Lab) -> None:
    for kind, plural in KINDS.items():
        lab.admin.apply(crds.definition(crds.Kind(OLD, kind, plural, ("v1alpha1",)), {}, {}))
    lab.until(lambda: all(lab.admin.serves(f"{OLD}/v1alpha1", kind) for kind in KINDS), "the old group is served")


def forget(lab: Lab) -> None:
    definitions = [Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{OLD}") for plural in KINDS.values()]
    lab.admin.map(lab.admin.delete, [*definitions, Ref("v1", "Namespace", NAMESPACE)])


def make(lab: Lab, tag: str, group: str) -> None:
    lab.admin.map(lab.admin.create, objects(tag, group))
    lab.until(lambda: _ready(lab) == 1, f"Traefik {tag} is there")


def _ready(lab: Lab) -> int:
    status = lab.get("apps/v1", "Deployment", NAMESPACE, "traefik").get("status") or {}
    return int(status.get("readyReplicas") or 0)


def remove(lab: Lab, tag: str, group: str) -> None:
    lab.admin.map(lab.admin.delete, [Ref.of(obj) for obj in objects(tag, group)])
    lab.until(lambda: not lab.all("v1", "Pod", NAMESPACE), "its pods are gone")


def contents(lab: Lab) -> dict[Ref, Object]:
    """Everything in the namespace that the modules may touch; of the Deployment, its template without a restart's mark."""
    groups = [(f"{group}/v1alpha1", kind) for group in ("traefik.io", OLD) for kind in KINDS]
    kinds = [("v1", "Service"), ("networking.k8s.io/v1", "Ingress"), *groups]
    found = {Ref.of(obj): strip_server_fields(obj) for kind in kinds for obj in lab.all(*kind, NAMESPACE)}
    found[Ref("apps/v1", "Deployment", "traefik", NAMESPACE)] = lab.get("apps/v1", "Deployment", NAMESPACE, "traefik")["spec"]["template"]
    return found
