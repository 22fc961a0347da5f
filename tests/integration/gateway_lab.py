# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Traefik that serves the Gateway API, whose real definitions hold the server to their rules; and routes of every shape."""

from __future__ import annotations

import typing as t

import yaml

from tests.integration.ingress_lab import Lab, Object, Ref

NAMESPACE, HOME = "shop", "edge"
API = "gateway.networking.k8s.io/v1"
HEADER = "l5d-dst-override"
PARENT: Object = {"name": "traefik-gateway", "namespace": HOME}
VALUES: Object = {
    "image": {"tag": "v3.7.15"},
    "ingressClass": {"enabled": False},
    "service": {"spec": {"type": "ClusterIP"}},
    "providers": {"kubernetesGateway": {"enabled": True}},
    "gateway": {"listeners": {"web": {"port": 8000, "protocol": "HTTP", "namespacePolicy": {"from": "All"}}}},
}


def define(lab: Lab) -> None:
    """The definitions as their project publishes them."""
    for file in sorted((lab.components / "gateway-api" / "crds").glob("*.yaml")):
        lab.admin.apply(next(iter(yaml.safe_load_all(file.read_text(encoding="utf-8")))))
    lab.until(
        lambda: all(_serves(lab, kind) for kind in ("HTTPRoute", "GRPCRoute", "Gateway", "GatewayClass")), "the Gateway API is served"
    )


def _serves(lab: Lab, kind: str) -> bool:
    name = "gatewayclasses" if kind == "GatewayClass" else f"{kind.lower()}s"
    found = lab.admin.get(Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{name}.gateway.networking.k8s.io"))
    conditions = ((found or {}).get("status") or {}).get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)


def install(lab: Lab, tag: str = "v3.7.15") -> None:
    values = {**VALUES, "image": {"tag": tag}}
    chart = str(lab.charts / "traefik")
    lab.helm("upgrade", "--install", "--namespace", HOME, "--create-namespace", "--wait", HOME, chart, values=values)


def service(name: str, namespace: str = NAMESPACE, **spec: t.Any) -> Object:
    spec = {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def route(name: str, *rules: Object, kind: str = "HTTPRoute", parents: t.Sequence[Object] = (PARENT,)) -> Object:
    spec = {"parentRefs": list(parents), "hostnames": [f"{name}.test"], "rules": list(rules)}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def ref(name: str, **more: t.Any) -> Object:
    return {"name": name, "port": 80, **more}


def rule(*refs: Object, **more: t.Any) -> Object:
    return {"backendRefs": list(refs), **more}


def modifier(**headers: t.Any) -> Object:
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": headers}


def value(name: str, namespace: str = NAMESPACE) -> str:
    return f"{name}.{namespace}.svc.cluster.local:80"


PATH: Object = {"path": {"type": "PathPrefix", "value": "/api"}}
AUTH: Object = {"type": "ExtensionRef", "extensionRef": {"group": "traefik.io", "kind": "Middleware", "name": "auth"}}
GRANT_FROM: Object = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": NAMESPACE}


def objects() -> list[Object]:
    return [
        service("web"),
        service("api"),
        service("pods", clusterIP="None"),
        service("far", "other"),
        {
            "apiVersion": "gateway.networking.k8s.io/v1beta1",
            "kind": "ReferenceGrant",
            "metadata": {"name": "shop", "namespace": "other"},
            "spec": {"from": [GRANT_FROM], "to": [{"group": "", "kind": "Service"}]},
        },
        {
            "apiVersion": "traefik.io/v1alpha1",
            "kind": "Middleware",
            "metadata": {"name": "auth", "namespace": NAMESPACE},
            "spec": {"forwardAuth": {"address": "http://auth.shop.svc/verify"}},
        },
        route("plain", rule(ref("web"))),
        route("rules", rule(ref("web"), matches=[PATH]), rule(ref("api"), matches=[PATH]), rule(ref("far", namespace="other"))),
        route("split", rule(ref("web", weight=9), ref("api", weight=1))),
        route("joined", rule(ref("web"), filters=[modifier(set=[{"name": "X-Mine", "value": "1"}], remove=["X-Theirs"])])),
        route("added", rule(ref("web"), filters=[modifier(add=[{"name": HEADER, "value": value("web")}])])),
        route("wrong", rule(ref("web"), filters=[modifier(set=[{"name": "L5D-Dst-Override", "value": value("api")}])])),
        route("guarded", rule(ref("web"), filters=[AUTH])),
        route("early", rule(ref("web"), filters=[modifier(remove=["X-Theirs"]), AUTH])),
        route("redirect", {"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]}),
        route("headless", rule(ref("pods"))),
        route("mesh", rule(ref("web")), parents=[{"group": "", "kind": "Service", "name": "web", "port": 80}]),
        route("calls", rule(ref("web")), kind="GRPCRoute"),
        route("many-calls", rule(ref("web"), ref("api")), kind="GRPCRoute"),
    ]


def make(lab: Lab) -> None:
    for name in (NAMESPACE, "other"):
        lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    lab.admin.map(lab.admin.create, objects())
