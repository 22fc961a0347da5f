# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of a small cluster, as the API would return them."""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.installation import Installation
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot

LINKERD = Installation("linkerd", "2026.6.3", "cluster.local")
LABELS = {"app.kubernetes.io/name": "traefik"}
HTTP: Object = {"name": "http", "port": 80, "targetPort": 8080}
DOMAIN = "cluster.local"
CHAIN = "traefik.ingress.kubernetes.io/router.middlewares"
SERVICE_CHAIN = "traefik.ingress.kubernetes.io/service.middlewares"
NATIVE_LB = "traefik.ingress.kubernetes.io/service.nativelb"
STICKY = "traefik.ingress.kubernetes.io/service.sticky.cookie"
LISTENERS = {"web": 8000, "websecure": 8443, "metrics": 9100, "traefik": 8080}
PROVIDERS = ("--providers.kubernetescrd", "--providers.kubernetesingress")
ARGUMENTS = ("--ping=true", *PROVIDERS, *(f"--entryPoints.{name}.address=:{port}/tcp" for name, port in LISTENERS.items()))


def an_object(
    type_meta: str, name: str, namespace: str, annotations: t.Mapping[str, str] | None = None, spec: Object | None = None
) -> Object:
    """C(type_meta) is apiVersion and kind, the last slash between them."""
    api_version, _slash, kind = type_meta.rpartition("/")
    meta: Object = {"name": name, "resourceVersion": "1"}
    if namespace:
        meta["namespace"] = namespace
    if annotations:
        meta["annotations"] = dict(annotations)
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **({} if spec is None else {"spec": spec})}


def service(
    name: str, namespace: str = "app", *, ports: t.Sequence[Object] = (HTTP,), annotations: t.Mapping[str, str] | None = None, **spec: t.Any
) -> Object:
    return an_object("v1/Service", name, namespace, annotations, {"clusterIP": "10.43.0.9", "ports": list(ports), **spec})


def headless(name: str, namespace: str = "app") -> Object:
    return service(name, namespace, clusterIP="None")


def external(name: str, namespace: str = "app") -> Object:
    made = service(name, namespace, type="ExternalName", externalName="example.org")
    del made["spec"]["clusterIP"]
    return made


def ingress_backend(name: str, port: int | str) -> Object:
    return {"service": {"name": name, "port": {"number": port} if isinstance(port, int) else {"name": port}}}


def ingress(
    name: str,
    *backends: tuple[str, int | str],
    namespace: str = "app",
    annotations: t.Mapping[str, str] | None = None,
    default: Object | None = None,
) -> Object:
    paths = [{"path": f"/{i}", "backend": ingress_backend(*backend)} for i, backend in enumerate(backends)]
    spec: Object = {"rules": [{"host": name, "http": {"paths": paths}}]} if paths else {}
    if default is not None:
        spec["defaultBackend"] = default
    return an_object("networking.k8s.io/v1/Ingress", name, namespace, annotations, spec)


def ingress_route(name: str, *routes: Object, namespace: str = "app", entry_points: t.Sequence[str] = ()) -> Object:
    spec: Object = {"routes": list(routes)}
    if entry_points:
        spec["entryPoints"] = list(entry_points)
    return an_object("traefik.io/v1alpha1/IngressRoute", name, namespace, None, spec)


def route(match: str, *services: Object, middlewares: t.Sequence[str] = ()) -> Object:
    made: Object = {"match": match, "kind": "Rule", "services": list(services)}
    if middlewares:
        made["middlewares"] = [{"name": name} for name in middlewares]
    return made


def traefik_service(name: str, namespace: str = "app", **spec: t.Any) -> Object:
    return an_object("traefik.io/v1alpha1/TraefikService", name, namespace, None, spec)


def tcp_route(name: str, *services: Object, kind: str = "IngressRouteTCP") -> Object:
    rule: Object = {"services": list(services), **({"match": "HostSNI(`*`)"} if kind.endswith("TCP") else {})}
    return an_object(f"traefik.io/v1alpha1/{kind}", name, "app", None, {"routes": [rule]})


def in_old_group(obj: Object) -> Object:
    """As Traefik 2 knows it."""
    return {**obj, "apiVersion": obj["apiVersion"].replace("traefik.io", "traefik.containo.us")}


def gateway_class(name: str = "traefik", controller: str = "traefik.io/gateway-controller") -> Object:
    return an_object("gateway.networking.k8s.io/v1/GatewayClass", name, "", None, {"controllerName": controller})


def listener(name: str = "web", port: int = 8000, protocol: str = "HTTP", **more: t.Any) -> Object:
    """It takes routes of every namespace unless told otherwise."""
    return {"name": name, "port": port, "protocol": protocol, "allowedRoutes": {"namespaces": {"from": "All"}}, **more}


def gateway(*listeners: Object, name: str = "gw", namespace: str = "edge", class_name: str = "traefik") -> Object:
    spec = {"gatewayClassName": class_name, "listeners": list(listeners) or [listener()]}
    return an_object("gateway.networking.k8s.io/v1/Gateway", name, namespace, None, spec)


GATEWAY: tuple[Object, ...] = (gateway_class(), gateway())
PARENT: Object = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw", "namespace": "edge"}


def ref(name: str, port: t.Any = 80, *, filters: t.Sequence[Object] = (), **more: t.Any) -> Object:
    """A backendRef as the API returns it, with its defaults."""
    made = {"group": "", "kind": "Service", "name": name, "port": port, "weight": 1, **more}
    return {**made, "filters": list(filters)} if filters else made


def rule(*refs: Object, path: str = "/", filters: t.Sequence[Object] = (), **more: t.Any) -> Object:
    made: Object = {"matches": [{"path": {"type": "PathPrefix", "value": path}}], "backendRefs": list(refs), **more}
    return {**made, "filters": list(filters)} if filters else made


def modifier(**headers: t.Any) -> Object:
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": headers}


def header(value: str, name: str = "l5d-dst-override") -> Object:
    return {"name": name, "value": value}


def extension(name: str, kind: str = "Middleware", group: str = "traefik.io") -> Object:
    return {"type": "ExtensionRef", "extensionRef": {"group": group, "kind": kind, "name": name}}


def http_route(
    name: str, *rules: Object, namespace: str = "app", parents: t.Sequence[Object] = (PARENT,), kind: str = "HTTPRoute", **spec: t.Any
) -> Object:
    spec = {"parentRefs": list(parents), "hostnames": [f"{name}.example"], "rules": list(rules), **spec}
    return an_object(f"gateway.networking.k8s.io/v1/{kind}", name, namespace, None, spec)


def reference_grant(namespace: str, route_namespace: str = "app", *, kind: str = "HTTPRoute", name: str = "") -> Object:
    target: Object = {"group": "", "kind": "Service", **({"name": name} if name else {})}
    source = {"group": "gateway.networking.k8s.io", "kind": kind, "namespace": route_namespace}
    return an_object("gateway.networking.k8s.io/v1beta1/ReferenceGrant", "grant", namespace, None, {"from": [source], "to": [target]})


def middleware(name: str, namespace: str = "app", **spec: t.Any) -> Object:
    return an_object("traefik.io/v1alpha1/Middleware", name, namespace, None, spec)


def forward_auth(name: str = "auth", namespace: str = "app") -> Object:
    return middleware(name, namespace, forwardAuth={"address": "http://auth.app.svc/verify"})


def setting(value: str, name: str = "recipe", namespace: str = "app", header: str = "l5d-dst-override") -> Object:
    return middleware(name, namespace, headers={"customRequestHeaders": {header: value}})


def pod_template(arguments: t.Sequence[t.Any] = ARGUMENTS, annotations: t.Mapping[str, str] | None = None, tag: str = "3.7.15") -> Object:
    ports = [{"name": name, "containerPort": port} for name, port in LISTENERS.items()]
    container = {"name": "traefik", "image": f"rancher/mirrored-library-traefik:{tag}", "args": list(arguments), "ports": ports}
    return {"metadata": {"labels": dict(LABELS), "annotations": dict(annotations or {})}, "spec": {"containers": [container]}}


def deployment(template: Object | None = None, namespace: str = "kube-system", **pod_spec: t.Any) -> Object:
    template = template or pod_template()
    template["spec"].update(pod_spec)
    annotations = {"meta.helm.sh/release-name": "traefik", "meta.helm.sh/release-namespace": namespace}
    spec = {"selector": {"matchLabels": dict(LABELS)}, "template": template}
    return an_object("apps/v1/Deployment", "traefik", namespace, annotations, spec)


def helm_chart(values: Object | None = None, **spec: t.Any) -> Object:
    text = yaml.safe_dump(values) if values else ""
    return an_object(
        "helm.cattle.io/v1/HelmChart", "traefik", "kube-system", None, {"targetNamespace": "kube-system", "valuesContent": text, **spec}
    )


def helm_chart_config(text: str | None = None, **spec: t.Any) -> Object:
    content = {} if text is None else {"valuesContent": text}
    return an_object("helm.cattle.io/v1/HelmChartConfig", "traefik", "kube-system", None, {**content, **spec})


def injector_webhook(*, cert_manager: bool = True) -> Object:
    """Linkerd's own, with the published chart's selectors."""
    annotations = {"cert-manager.io/inject-ca-from": "linkerd/linkerd-proxy-injector"} if cert_manager else None
    made = an_object(
        "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config", "", annotations
    )
    excluded = [
        {"key": "config.linkerd.io/admission-webhooks", "operator": "NotIn", "values": ["disabled"]},
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "cert-manager"]},
    ]
    made["webhooks"] = [
        {
            "name": "linkerd-proxy-injector.linkerd.io",
            "admissionReviewVersions": ["v1", "v1beta1"],
            "clientConfig": {
                "caBundle": "Q0E=",
                "service": {"name": "linkerd-proxy-injector", "namespace": "linkerd", "path": "/", "port": 443},
            },
            "failurePolicy": "Ignore",
            "namespaceSelector": {"matchExpressions": excluded},
            "objectSelector": {},
            "sideEffects": "None",
            "timeoutSeconds": 10,
        }
    ]
    return made


def snapshot(*objects: Object, workload: Object | None = None, linkerd: Installation | None = LINKERD, **parts: t.Any) -> Snapshot:
    """What planning would see of a cluster with these routes, Services and Middlewares."""
    by_kind: dict[str, tuple[Object, ...]] = {}
    for obj in objects:
        by_kind[obj["kind"]] = (*by_kind.get(obj["kind"], ()), obj)
    workload = workload or deployment()
    namespace = {"metadata": {"name": workload["metadata"]["namespace"]}}
    given = {"namespace": namespace, "webhooks": (injector_webhook(),), **parts}
    return Snapshot("linkerd", linkerd, workload, objects=by_kind, **given)


def network_policy(name: str, namespace: str, selector: Object | None = None, **spec: t.Any) -> Object:
    return an_object("networking.k8s.io/v1/NetworkPolicy", name, namespace, None, {"podSelector": selector or {}, **spec})


def from_namespace(name: str, labels: t.Mapping[str, str] | None = None) -> Object:
    """One peer of a rule."""
    peer: Object = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
    return {**peer, "podSelector": {"matchLabels": dict(labels)}} if labels else peer
