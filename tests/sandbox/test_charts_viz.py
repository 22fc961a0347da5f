# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The viz stand-in agrees with the published chart.

It deviates where nothing in the collection looks: rules of roles, probes, scrape jobs
of the bundled Prometheus, routes of ServiceProfiles, and the rights of the namespace
metadata Job.
"""

from __future__ import annotations

import base64

import pytest

from sandbox import tap
from tests.sandbox.chart_facts import Object, condense, facts, render, template, values_of, versions_of

EXTERNAL_SECRET = {"externalSecret": True, "injectCaFrom": "linkerd-viz/webhook"}
NO_JOB = {"createNamespaceMetadataJob": False}


def viz(values: Object | None = None) -> dict[tuple[str, str], Object]:
    return render("linkerd-viz", "linkerd-viz", {**NO_JOB, **(values or {})})


def arguments(rendered: dict[tuple[str, str], Object], name: str) -> list[str]:
    container = rendered["Deployment", name]["spec"]["template"]["spec"]["containers"][0]
    return [str(argument) for argument in container["args"]]


def without_hashes(obj: Object) -> Object:
    annotations = obj.get("pod_annotations")
    shown = {key: "…" if key == "checksum/config" else value for key, value in (annotations or {}).items()}
    return {**obj, "pod_annotations": shown} if annotations else obj


@pytest.mark.parametrize(("chart", "version"), versions_of("linkerd-viz"))
def test_each_version_renders_what_the_published_one_renders(chart: str, version: str) -> None:
    ours = {key: without_hashes(condense(obj)) for key, obj in render(f"{chart}-{version}", "linkerd-viz", NO_JOB).items()}
    assert ours == {(obj["kind"], obj["name"]): obj for obj in facts(f"{chart}-{version}")["objects"]}


@pytest.mark.parametrize(("chart", "version"), versions_of("linkerd-viz"))
def test_each_value_exists_in_the_published_chart_of_that_version_with_the_same_default(chart: str, version: str) -> None:
    published = facts(f"{chart}-{version}")["values"]
    ours = values_of(f"{chart}-{version}")
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


@pytest.mark.parametrize("key", ["tap", "tapInjector"])
@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"externalSecret": True}, "externalSecret needs"),
        ({"injectCaFrom": "a/b"}, "need externalSecret"),
        ({"externalSecret": True, "injectCaFrom": "a/b", "injectCaFromSecret": "a/c"}, "exclude each other"),
        ({"externalSecret": True, "injectCaFrom": "a/b", "caBundle": "pem"}, "exclude each other"),
    ],
)
def test_contradictory_certificates_are_refused(key: str, settings: Object, complaint: str) -> None:
    done = template("linkerd-viz", "linkerd-viz", {key: settings})
    assert done.returncode
    assert f"{key}: " in done.stderr
    assert complaint in done.stderr


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"prometheus": {"enabled": False}}, "prometheusUrl or prometheus.enabled"),
        ({"grafana": {"url": "a:3000", "externalUrl": "https://grafana.example"}}, "grafana.externalUrl exclude each other"),
    ],
)
def test_impossible_values_are_refused(values: Object, complaint: str) -> None:
    done = template("linkerd-viz", "linkerd-viz", values)
    assert done.returncode
    assert complaint in done.stderr


def test_an_external_prometheus_is_where_the_metrics_api_looks() -> None:
    values = {"prometheus": {"enabled": False}, "prometheusUrl": "http://prometheus.monitoring.svc:9090"}
    rendered = viz(values)
    assert "-prometheus-url=http://prometheus.monitoring.svc:9090" in arguments(rendered, "metrics-api")
    assert ("Deployment", "prometheus") not in rendered
    assert ("Server", "prometheus-admin") not in rendered
    assert "-prometheus-url=http://prometheus.linkerd-viz.svc.cluster.local:9090" in arguments(viz(), "metrics-api")


def test_the_dashboard_takes_its_own_names_or_what_it_is_told() -> None:
    own = r"^(localhost|127\.0\.0\.1|web\.linkerd-viz\.svc\.cluster\.local|web\.linkerd-viz\.svc|\[::1\])(:\d+)?$"
    assert f"-enforced-host={own}" in arguments(viz(), "web")
    assert "-enforced-host=^a$" in arguments(viz({"dashboard": {"enforcedHostRegexp": "^a$"}}), "web")


def test_addresses_of_grafana_and_jaeger_reach_the_dashboard() -> None:
    found = arguments(viz({"grafana": {"externalUrl": "https://grafana.example", "uidPrefix": "l5d-"}, "jaegerUrl": "jaeger:16686"}), "web")
    assert {"-grafana-external-addr=https://grafana.example", "-grafana-prefix=l5d-", "-jaeger-addr=jaeger:16686"} <= set(found)


def test_restricted_privileges_take_tap_and_check_from_the_dashboard() -> None:
    rendered = viz({"dashboard": {"restrictPrivileges": True}})
    assert ("ClusterRoleBinding", "linkerd-linkerd-viz-web-admin") not in rendered
    assert ("ClusterRole", "linkerd-linkerd-viz-web-check") not in rendered
    assert ("ClusterRole", "linkerd-linkerd-viz-web-api") in rendered


def test_injected_cas_leave_no_secrets_and_render_the_same_twice() -> None:
    values = {"tap": EXTERNAL_SECRET, "tapInjector": EXTERNAL_SECRET}
    first, second = viz(values), viz(values)
    assert first == second
    assert not [key for key in first if key[0] == "Secret"]
    service = first["APIService", "v1alpha1.tap.linkerd.io"]
    assert service["metadata"]["annotations"] == {"cert-manager.io/inject-ca-from": "linkerd-viz/webhook"}
    assert "caBundle" not in service["spec"]


def test_a_given_ca_bundle_is_what_the_api_server_trusts() -> None:
    rendered = viz({"tap": {"externalSecret": True, "caBundle": "some pem"}})
    assert base64.b64decode(rendered["APIService", "v1alpha1.tap.linkerd.io"]["spec"]["caBundle"]) == b"some pem"


def test_the_job_that_labels_the_namespace_is_a_hook_that_can_be_turned_off() -> None:
    assert ("Job", "namespace-metadata") not in viz()
    job = render("linkerd-viz", "linkerd-viz")["Job", "namespace-metadata"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install"


def test_tap_answers_discovery_the_way_the_api_server_asks() -> None:
    versioned = tap.discovery("/apis/tap.linkerd.io/v1alpha1?timeout=32s")
    assert versioned is not None
    assert versioned["kind"] == "APIResourceList"
    assert {"name": "pods", "singularName": "", "namespaced": True, "kind": "Tap", "verbs": ["watch"]} in versioned["resources"]
    assert tap.discovery("/apis/tap.linkerd.io/v1alpha1/watch/namespaces/web/pods/web/tap") is None
