# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handful of routes, one of each sort that is planned in its own way."""

from __future__ import annotations

import typing as t

from tests.integration.ingress_lab import Lab, Object, Ref

NAMESPACE = "few"
CRD = "traefik.io/v1alpha1"
ROUTER_CHAIN = "traefik.ingress.kubernetes.io/router.middlewares"
STICKY = "traefik.ingress.kubernetes.io/service.sticky.cookie"


def _object(api_version: str, kind: str, name: str, spec: Object, **annotations: str) -> Object:
    metadata: Object = {"name": name, "namespace": NAMESPACE}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _service(name: str, *, cluster_ip: str | None = None, **annotations: str) -> Object:
    spec: Object = {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}
    if cluster_ip:
        spec["clusterIP"] = cluster_ip
    return _object("v1", "Service", name, spec, **annotations)


def _ingress(name: str, service: str, **annotations: str) -> Object:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    rules = [{"host": f"{name}.example.net", "http": http}]
    return _object("networking.k8s.io/v1", "Ingress", name, {"ingressClassName": "traefik", "rules": rules}, **annotations)


def _ingress_route() -> Object:
    """Behind somebody's ForwardAuth, which makes a request of its own."""
    routes = [
        {
            "kind": "Rule",
            "match": "Host(`admin.example.net`)",
            "middlewares": [{"name": "sso"}],
            "services": [{"name": "admin", "port": 80}],
        }
    ]
    return _object(CRD, "IngressRoute", "admin", {"entryPoints": ["websecure"], "routes": routes})


def objects() -> list[Object]:
    return [
        _service("web"),
        _service("admin"),
        _service("sticky", **{STICKY: "true"}),
        _service("pods", cluster_ip="None"),
        _object(CRD, "Middleware", "sso", {"forwardAuth": {"address": "http://sso.few.svc/verify"}}),
        _object(CRD, "Middleware", "compress", {"compress": {}}),
        _ingress("web", "web", **{ROUTER_CHAIN: f"{NAMESPACE}-compress@kubernetescrd"}),
        _ingress("sticky", "sticky"),
        _ingress("pods", "pods"),
        _ingress_route(),
    ]


def make(lab: Lab) -> None:
    lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    lab.admin.map(lab.admin.create, objects())


def live(lab: Lab) -> dict[t.Any, Object | None]:
    """Every one of them as it is now."""
    refs = [Ref.of(obj) for obj in objects()]
    return dict(zip(refs, lab.admin.get_many(refs), strict=True))
