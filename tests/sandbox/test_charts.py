# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Linkerd stand-in charts agree with the published ones.

They deviate where nothing in the collection looks: rules of roles, probes, most
environment variables and arguments of containers, schemas of CRDs (they accept
everything), PodMonitors, and values that only such things would show.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.charts.versions import older
from tests.sandbox.chart_facts import Object, condense, facts, render, template, values_of, versions_of
from tools.chart_facts import flat

EXTERNAL: Object = {"identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}}, "identityTrustAnchorsPEM": "x"}
NAMESPACES = {"linkerd2-cni": "linkerd-cni"}
HASHES = ("checksum/config", "linkerd.io/trust-root-sha256")
EXTERNAL_SECRET = {"externalSecret": True, "injectCaFrom": "linkerd/webhook"}


def without_hashes(obj: Object) -> Object:
    annotations = obj.get("pod_annotations")
    if not annotations:
        return obj
    return {**obj, "pod_annotations": {key: "…" if key in HASHES else value for key, value in annotations.items()}}


@pytest.mark.parametrize(("chart", "version"), versions_of("linkerd-control-plane", "linkerd-crds", "linkerd2-cni"))
def test_each_version_renders_what_the_published_one_renders(chart: str, version: str) -> None:
    values = EXTERNAL if chart == "linkerd-control-plane" else {}
    ours = {
        key: without_hashes(condense(obj)) for key, obj in render(f"{chart}-{version}", NAMESPACES.get(chart, "linkerd"), values).items()
    }
    assert ours == {(obj["kind"], obj["name"]): obj for obj in facts(f"{chart}-{version}")["objects"]}


@pytest.mark.parametrize(("chart", "version"), versions_of("linkerd-control-plane", "linkerd-crds", "linkerd2-cni"))
def test_each_value_exists_in_the_published_chart_of_that_version_with_the_same_default(chart: str, version: str) -> None:
    published = facts(f"{chart}-{version}")["values"]
    ours = values_of(f"{chart}-{version}")
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


def test_an_older_version_is_the_newest_one_with_what_its_file_says() -> None:
    newest = {"a": 1, "b": {"c": 2, "d": 3}}
    assert older(newest, {"values": {"b": {"c": 4, "e": 5}}, "absent": ["a", "b.d"]}) == {"b": {"c": 4, "e": 5}}
    assert older(newest, {}) == newest


@pytest.mark.parametrize("version", ["2025.9.4", "2025.10.7"])
def test_before_linkerd_init_was_merged_into_the_proxy_it_has_an_image_of_its_own(version: str) -> None:
    rendered = render(f"linkerd-control-plane-{version}", "linkerd", EXTERNAL)
    (first,) = rendered["Deployment", "linkerd-destination"]["spec"]["template"]["spec"]["initContainers"]
    assert first["image"] == "cr.l5d.io/linkerd/proxy-init:v2.4.3"
    assert "command" not in first


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, set()),
        ({"installGatewayAPI": True}, {"grpcroutes", "httproutes", "tlsroutes", "tcproutes"}),
        ({"installGatewayAPI": True, "enableTcpRoutes": False}, {"grpcroutes", "httproutes", "tlsroutes"}),
        ({"enableHttpRoutes": True}, {"grpcroutes", "httproutes"}),
    ],
)
def test_gateway_api_crds_come_only_when_asked_for(values: Object, kinds: set[str]) -> None:
    rendered = render("linkerd-crds", "linkerd", values)
    found = {name.split(".")[0] for _kind, name in rendered if name.endswith(".gateway.networking.k8s.io")}
    assert found == kinds


@pytest.mark.parametrize("key", ["proxyInjector", "profileValidator", "policyValidator"])
@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"externalSecret": True}, "externalSecret needs"),
        ({"injectCaFrom": "a/b"}, "need externalSecret"),
        ({"externalSecret": True, "injectCaFrom": "a/b", "injectCaFromSecret": "a/c"}, "exclude each other"),
        ({"externalSecret": True, "injectCaFrom": "a/b", "caBundle": "pem"}, "exclude each other"),
    ],
)
def test_contradictory_webhook_settings_are_refused(key: str, settings: Object, complaint: str) -> None:
    done = template("linkerd-control-plane", "linkerd", {**EXTERNAL, key: settings})
    assert done.returncode
    assert f"{key}: " in done.stderr
    assert complaint in done.stderr


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "identityTrustAnchorsPEM"),
        ({"identity": {"externalCA": True}}, "identity.issuer.tls.crtPEM"),
        ({**EXTERNAL, "proxyInit": {"iptablesMode": "plain"}}, "iptablesMode"),
        ({**EXTERNAL, "proxy": {"tracing": {"enabled": True}}}, "collector.endpoint"),
        ({**EXTERNAL, "proxy": {"tracing": {"enabled": True, "collector": {"endpoint": "a:1"}}}}, "meshIdentity.serviceAccountName"),
        ({**EXTERNAL, "controller": {"tracing": {"enabled": True}}}, "controller.tracing"),
    ],
)
def test_missing_and_impossible_values_are_refused(values: Object, complaint: str) -> None:
    done = template("linkerd-control-plane", "linkerd", values)
    assert done.returncode
    assert complaint in done.stderr


def test_injected_ca_leaves_no_secret_and_names_its_source() -> None:
    rendered = render("linkerd-control-plane", "linkerd", {**EXTERNAL, "proxyInjector": EXTERNAL_SECRET})
    assert ("Secret", "linkerd-proxy-injector-k8s-tls") not in rendered
    assert ("Secret", "linkerd-sp-validator-k8s-tls") in rendered
    webhook = rendered["MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config"]
    assert webhook["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "linkerd/webhook"}
    assert "caBundle" not in webhook["webhooks"][0]["clientConfig"]


def test_a_given_ca_bundle_is_what_the_webhook_trusts() -> None:
    settings = {"externalSecret": True, "caBundle": "some pem"}
    rendered = render("linkerd-control-plane", "linkerd", {**EXTERNAL, "proxyInjector": settings})
    webhook = rendered["MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config"]
    assert base64.b64decode(webhook["webhooks"][0]["clientConfig"]["caBundle"]) == b"some pem"


def test_own_webhook_certificates_are_new_at_every_rendering() -> None:
    key = ("MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config")
    bundles = [render("linkerd-control-plane", "linkerd", EXTERNAL)[key]["webhooks"][0]["clientConfig"]["caBundle"] for _ in range(2)]
    assert bundles[0] != bundles[1]


def test_external_webhook_certificates_render_the_same_twice() -> None:
    external = dict.fromkeys(("proxyInjector", "profileValidator", "policyValidator"), EXTERNAL_SECRET)
    first, second = (render("linkerd-control-plane", "linkerd", {**EXTERNAL, **external}) for _ in range(2))
    assert first == second


def test_anchors_and_issuer_given_as_values_become_objects() -> None:
    tls = {"crtPEM": "certificate", "keyPEM": "key"}
    rendered = render("linkerd-control-plane", "linkerd", {"identityTrustAnchorsPEM": "anchors", "identity": {"issuer": {"tls": tls}}})
    assert rendered["ConfigMap", "linkerd-identity-trust-roots"]["data"]["ca-bundle.crt"].strip() == "anchors"
    assert base64.b64decode(rendered["Secret", "linkerd-identity-issuer"]["data"]["crt.pem"]) == b"certificate"


def test_config_holds_the_values_without_keys() -> None:
    tls = {"crtPEM": "certificate", "keyPEM": "secret key"}
    rendered = render("linkerd-control-plane", "linkerd", {**EXTERNAL, "identity": {**EXTERNAL["identity"], "issuer": {"tls": tls}}})
    text = rendered["ConfigMap", "linkerd-config"]["data"]["values"]
    assert "secret key" not in text
    assert "clusterDomain: cluster.local" in text


def containers(deployment: Object, kind: str) -> list[str]:
    return [container["name"] for container in deployment["spec"]["template"]["spec"][kind]]


@pytest.mark.parametrize(("native", "place"), [(True, "initContainers"), (False, "containers")])
def test_native_sidecar_moves_every_proxy_but_identitys(native: bool, place: str) -> None:
    rendered = render("linkerd-control-plane", "linkerd", {**EXTERNAL, "proxy": {"nativeSidecar": native}})
    assert "linkerd-proxy" in containers(rendered["Deployment", "linkerd-destination"], place)
    assert "linkerd-proxy" in containers(rendered["Deployment", "linkerd-identity"], "containers")


def test_high_availability_values_are_honoured() -> None:
    values: dict[str, Any] = {
        **EXTERNAL,
        "controllerReplicas": 3,
        "enablePodAntiAffinity": True,
        "enablePodDisruptionBudget": True,
        "webhookFailurePolicy": "Fail",
        "identityResources": {"cpu": {"request": "100m", "limit": ""}, "memory": {"request": "10Mi", "limit": "250Mi"}},
        "proxy": {"resources": {"memory": {"limit": "250Mi"}}},
    }
    rendered = render("linkerd-control-plane", "linkerd", values)
    pod = rendered["Deployment", "linkerd-identity"]["spec"]["template"]["spec"]
    assert rendered["Deployment", "linkerd-identity"]["spec"]["replicas"] == 3
    assert pod["containers"][0]["resources"] == {"requests": {"cpu": "100m", "memory": "10Mi"}, "limits": {"memory": "250Mi"}}
    assert pod["containers"][1]["resources"] == {"limits": {"memory": "250Mi"}}
    assert "podAntiAffinity" in pod["affinity"]
    assert ("PodDisruptionBudget", "linkerd-dst") in rendered
    webhook = rendered["MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config"]["webhooks"][0]
    assert webhook["failurePolicy"] == "Fail"


def test_another_namespace_and_selector_are_honoured() -> None:
    selector = {"matchLabels": {"mesh": "yes"}, "matchExpressions": None}
    rendered = render("linkerd-control-plane", "mesh", {**EXTERNAL, "proxyInjector": {"namespaceSelector": selector}})
    webhook = rendered["MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config"]["webhooks"][0]
    assert flat(webhook["namespaceSelector"]) == {"matchLabels.mesh": "yes"}
    assert webhook["clientConfig"]["service"]["namespace"] == "mesh"
    assert ("ClusterRole", "linkerd-mesh-identity") in rendered
