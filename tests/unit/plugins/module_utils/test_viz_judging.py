# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found wrong with viz."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.hosts import regexp
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.judging import facts, judge
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.looking import View, look
from tests.unit.connect import connect
from tests.unit.fake_api import FakeApi

Object = dict[str, t.Any]
NEWEST = "2026.6.3"
NARROW = regexp(["linkerd.example"], "linkerd-viz", "cluster.local")


def namespace(name: str, extension: str = "viz") -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"linkerd.io/extension": extension}}}


def deployment(name: str, *arguments: str, version: str = "edge-26.6.3") -> Object:
    labels = {"app.kubernetes.io/version": version}
    spec = {"template": {"spec": {"containers": [{"name": name, "args": list(arguments)}]}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "linkerd-viz", "labels": labels},
        "spec": spec,
    }


def web(pattern: str = NARROW, version: str = "edge-26.6.3") -> Object:
    return deployment("web", f"-enforced-host={pattern}", version=version)


METRICS = deployment("metrics-api", "-prometheus-url=http://prometheus.monitoring:9090")
TAP: Object = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": {"name": "v1alpha1.tap.linkerd.io"},
    "status": {"conditions": [{"type": "Available", "status": "True"}]},
}
PROMETHEUS: Object = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "Prometheus",
    "metadata": {"name": "k8s", "namespace": "monitoring"},
    "spec": {"podMonitorSelector": {}, "podMonitorNamespaceSelector": {}},
}
VIZ = View(extensions=(namespace("linkerd-viz"),), deployments=(web(), METRICS, deployment("prometheus")), tap=TAP)


def monitor(name: str, pattern: str = "", port: str = "") -> Object:
    keep = {"action": "keep", "sourceLabels": ["__meta_kubernetes_pod_container_port_name"], "regex": pattern}
    endpoint = {**({"port": port} if port else {}), "relabelings": [keep] if pattern else []}
    meta = {"name": name, "namespace": "linkerd"}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": meta, "spec": {"podMetricsEndpoints": [endpoint]}}


def meta(**annotations: str) -> Object:
    return {"name": "viz", "namespace": "linkerd-viz", "annotations": annotations}


def ingress(annotations: Object | None = None, *, tls: bool = True, port: Object | None = None) -> Object:
    backend = {"service": {"name": "web", "port": port or {"number": 8084}}}
    spec: Object = {"rules": [{"http": {"paths": [{"backend": backend}]}}], **({"tls": [{}]} if tls else {})}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta(**(annotations or {})), "spec": spec}


def ingress_route(*middlewares: str, tls: bool = True, service: str = "web") -> Object:
    rule = {"services": [{"name": service, "port": 8084}], "middlewares": [{"name": name} for name in middlewares]}
    spec = {"routes": [rule], **({"tls": {}} if tls else {})}
    return {"apiVersion": "traefik.io/v1alpha1", "kind": "IngressRoute", "metadata": meta(), "spec": spec}


def middleware(name: str, kind: str) -> Object:
    about = {"name": name, "namespace": "linkerd-viz"}
    return {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": about, "spec": {kind: {}}}


def codes(view: View, version: str = NEWEST) -> list[str]:
    return [entry.code for entry in judge(view, version)]


def test_a_sound_viz_gives_no_finding_and_says_what_it_is() -> None:
    assert codes(VIZ) == []
    assert codes(View()) == []
    (fact,) = facts(VIZ)
    assert (fact["namespace"], fact["version"], fact["host_regexp"]) == ("linkerd-viz", "edge-26.6.3", NARROW)
    assert (fact["prometheus_url"], fact["exposed_by"], fact["unread"]) == ("http://prometheus.monitoring:9090", [], [])


def test_two_namespaces_of_one_extension() -> None:
    found = judge(View(extensions=(namespace("old"), namespace("new"), namespace("jaeger", "jaeger"))), NEWEST)
    assert [entry.code for entry in found] == ["L5D170"]
    assert "old, new" in found[0].reason


@pytest.mark.parametrize("pattern", [".*", "linkerd.example", "^linkerd.example$"])
def test_a_dashboard_that_answers_to_strangers(pattern: str) -> None:
    (found,) = judge(replace(VIZ, deployments=(web(pattern),)), NEWEST)
    assert (found.code, found.object.name) == ("L5D171", "web")
    assert pattern in found.reason


AUTH, HEADERS = middleware("auth", "basicAuth"), middleware("headers", "headers")
ON_TRAEFIK = "traefik.ingress.kubernetes.io/router.middlewares"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (ingress({"nginx.ingress.kubernetes.io/auth-type": "basic"}), []),
        (ingress({"nginx.ingress.kubernetes.io/auth-url": "https://auth.example"}), []),
        (ingress({ON_TRAEFIK: "linkerd-viz-headers@kubernetescrd,linkerd-viz-auth@kubernetescrd"}), []),
        (ingress({ON_TRAEFIK: "sso-auth@kubernetescrd"}), []),
        (ingress({ON_TRAEFIK: "linkerd-viz-headers@kubernetescrd"}), ["L5D172"]),
        (ingress({ON_TRAEFIK: "linkerd-viz-gone@kubernetescrd"}), ["L5D172"]),
        (ingress(), ["L5D172"]),
        (ingress(port={"name": "http"}), ["L5D172"]),
        (ingress(tls=False), ["L5D172", "L5D176"]),
        (ingress(port={"number": 9994}), []),
        (ingress_route("auth"), []),
        (ingress_route("headers", "auth"), []),
        (ingress_route("headers"), ["L5D172"]),
        (ingress_route(), ["L5D172"]),
        (ingress_route("auth", tls=False), ["L5D176"]),
        (ingress_route(service="metrics-api"), []),
    ],
)
def test_a_dashboard_that_anybody_can_reach(route: Object, expected: list[str]) -> None:
    assert codes(replace(VIZ, routes=(route,), middlewares=(AUTH, HEADERS))) == expected


def test_middlewares_that_may_not_be_read_are_not_judged() -> None:
    assert codes(replace(VIZ, routes=(ingress_route("auth"),), unread=("Middleware",))) == []


def test_an_external_prometheus_that_nobody_told_about_the_proxies() -> None:
    external = replace(VIZ, deployments=(web(), METRICS), prometheuses=(PROMETHEUS,))
    assert codes(external) == ["L5D173"]
    assert codes(replace(external, monitors=(monitor("linkerd-viz-proxy", port="linkerd-admin"),))) == []
    deaf = {**PROMETHEUS, "spec": {"podMonitorSelector": {"matchLabels": {"release": "stack"}}}}
    assert codes(replace(external, prometheuses=(deaf,), monitors=(monitor("linkerd-viz-proxy", port="linkerd-admin"),))) == ["L5D173"]
    assert codes(replace(external, prometheuses=())) == []


@pytest.mark.parametrize(
    ("patterns", "version", "expected"),
    [
        (["admin-http"], NEWEST, ["L5D174"]),
        (["admin-http"], "1.16.11", []),
        ([".*-admin$"], NEWEST, ["L5D174"]),
        ([".*-admin$", "admin"], NEWEST, []),
        ([".*admin$"], NEWEST, []),
        ([".*admin$"], "2025.4.4", ["L5D174"]),
        (["(unclosed"], NEWEST, []),
        ([], NEWEST, []),
    ],
)
def test_port_names_of_another_release(patterns: list[str], version: str, expected: list[str]) -> None:
    monitors = tuple(monitor(f"linkerd-{number}", pattern) for number, pattern in enumerate(patterns))
    assert [code for code in codes(replace(VIZ, monitors=monitors), version) if code != "L5D177"] == expected


def test_monitors_of_others_are_none_of_our_business() -> None:
    assert codes(replace(VIZ, monitors=(monitor("web", "metrics"),))) == []


def test_a_tap_that_the_api_server_does_not_reach() -> None:
    status = {"conditions": [{"type": "Available", "status": "False", "message": "no endpoints"}]}
    (found,) = judge(replace(VIZ, tap={**TAP, "status": status}), NEWEST)
    assert (found.code, "no endpoints" in found.reason) == ("L5D175", True)
    assert codes(replace(VIZ, tap={**TAP, "status": {}})) == ["L5D175"]


def test_a_viz_of_another_release() -> None:
    assert codes(replace(VIZ, deployments=(web(version="edge-25.9.4"),))) == ["L5D177"]
    stable = replace(VIZ, deployments=(web(version="stable-2.14.10"),))
    assert [codes(stable, version) for version in ("1.16.11", "1.16.10", "")] == [[], ["L5D177"], []]


def test_everything_is_read_from_the_cluster() -> None:
    with FakeApi([namespace("linkerd-viz"), namespace("web", ""), web(), METRICS, ingress()]) as api:
        view = look(connect(api.url))
    assert [item["metadata"]["name"] for item in view.extensions] == ["linkerd-viz", "web"]
    assert {item["metadata"]["name"] for item in view.deployments} == {"web", "metrics-api"}
    assert codes(view) == ["L5D172"]
    with FakeApi([]) as api:
        assert look(connect(api.url)) == View()
