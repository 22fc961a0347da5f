# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role linkerd_viz beside a control plane, with the real cert-manager and a meshed Traefik; site.yml's tests run it with nothing set.

The tests of this file are one story, told in order.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.viz import htpasswd
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.hosts import admitted
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.scraping import takes
from sandbox.charts.crds import Kind, definition
from sandbox.cluster import Sandbox
from tests.integration.identity_lab import IdentityLab
from tests.integration.ingress_lab import MESH, POLICY, Ref
from tests.integration.site_runs import Run, writes

ROLE = "pimesh.linkerd.linkerd_viz"
NAMESPACE = "linkerd-viz"
TAP = "v1alpha1.tap.linkerd.io"


class VizLab(IdentityLab):
    """Somebody's own playbook with the role."""

    def viz(self, *arguments: str, **variables: t.Any) -> Run:
        return self.role(*arguments, role=ROLE, **variables)

    def run_of(self, deployment: str) -> list[str]:
        """The arguments of viz' container."""
        found = self.get("apps/v1", "Deployment", NAMESPACE, deployment)
        return t.cast(list[str], found["spec"]["template"]["spec"]["containers"][0]["args"])


OPERATOR = (
    Kind("monitoring.coreos.com", "Prometheus", "prometheuses", ("v1",)),
    Kind("monitoring.coreos.com", "PodMonitor", "podmonitors", ("v1",)),
)
PROMETHEUS = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "Prometheus",
    "metadata": {"name": "k8s", "namespace": "monitoring"},
    "spec": {"podMonitorSelector": {"matchLabels": {"release": "stack"}}},
}
ISSUER = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "home"}, "spec": {"selfSigned": {}}}
WANTED: dict[str, t.Any] = {
    "prometheus_bundled": False,
    "prometheus_url": "http://prometheus-k8s.monitoring.svc.cluster.local:9090",
    "grafana_external_url": "https://grafana.example",
    "grafana_datasource": "home-prometheus",
    "grafana_dashboard_namespace": "monitoring",
    "jaeger_url": "jaeger.linkerd-jaeger:16686",
    "dashboard_hosts": ["linkerd.home.example"],
    "dashboard_issuer": {"name": "home"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[VizLab]:
    with Sandbox("viz", empty=True, without=["trust-manager"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = VizLab(sandbox, tmp_path_factory.mktemp("home"))
        install = ("upgrade", "--install", "--namespace", "cert-manager", "--create-namespace", "--wait")
        lab.helm(*install, "cert-manager", str(lab.charts / "cert-manager"), values={"crds": {"enabled": True}})
        lab.install_linkerd()
        monitoring = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}
        objects = [*(definition(kind, {}, {}) for kind in OPERATOR), monitoring, PROMETHEUS, ISSUER]
        lab.done("l5d_apply", resources=objects)
        lab.done(MESH)
        yield lab


@pytest.fixture(scope="module")
def first(lab: VizLab) -> Run:
    """With everything that can be asked for."""
    run = lab.viz(**WANTED)
    assert run.code == 0, run.messages
    return run


def users(lab: VizLab) -> tuple[str, str]:
    """The password as a person reads it, and the line that the controller reads."""
    login, file = lab.secret(NAMESPACE, "linkerd-viz-dashboard-login")["data"], lab.secret(NAMESPACE, "linkerd-viz-dashboard-users")["data"]
    assert list(file) == ["auth"]
    return base64.b64decode(login["password"]).decode(), base64.b64decode(file["auth"]).decode()


def test_tap_answers_with_a_certificate_of_cert_managers(lab: VizLab, first: Run) -> None:
    del first
    service = lab.get("apiregistration.k8s.io/v1", "APIService", "", TAP)
    assert {"type": "Available", "status": "True"}.items() <= service["status"]["conditions"][0].items()
    assert service["spec"]["caBundle"] == lab.secret(NAMESPACE, "tap-k8s-tls")["data"]["ca.crt"]
    pods = lab.all("v1", "Pod", NAMESPACE)
    assert {pod["metadata"]["labels"]["component"] for pod in pods} == {"web", "metrics-api", "tap", "tap-injector"}
    assert all("linkerd-proxy" in [c["name"] for c in pod["spec"]["initContainers"]] for pod in pods)


def test_viz_asks_the_prometheus_that_is_there_and_links_to_grafana_and_jaeger(lab: VizLab, first: Run) -> None:
    del first
    metadata = lab.get("v1", "Namespace", "", NAMESPACE)["metadata"]
    assert metadata["labels"]["linkerd.io/extension"] == "viz"
    assert metadata["annotations"]["viz.linkerd.io/external-prometheus"] == WANTED["prometheus_url"]
    assert f"-prometheus-url={WANTED['prometheus_url']}" in lab.run_of("metrics-api")
    assert {"-grafana-external-addr=https://grafana.example", "-jaeger-addr=jaeger.linkerd-jaeger:16686"} <= set(lab.run_of("web"))


def test_pod_monitors_are_where_prometheus_takes_them_up_and_name_the_ports_that_are_there(lab: VizLab, first: Run) -> None:
    del first
    namespaces = lab.all("v1", "Namespace")
    controller = lab.get("monitoring.coreos.com/v1", "PodMonitor", "monitoring", "linkerd-viz-controller")
    proxy = lab.get("monitoring.coreos.com/v1", "PodMonitor", "monitoring", "linkerd-viz-proxy")
    assert all(takes(PROMETHEUS, monitor, namespaces) for monitor in (controller, proxy))
    pattern = controller["spec"]["podMetricsEndpoints"][0]["relabelings"][0]["regex"]
    pods = [*lab.all("v1", "Pod", "linkerd"), *lab.all("v1", "Pod", NAMESPACE)]
    for pod in pods:
        for container in pod["spec"]["containers"]:
            metrics = [port["name"] for port in container.get("ports", []) if "admin" in port["name"] and port["name"] != "linkerd-admin"]
            assert metrics == [port["name"] for port in container.get("ports", []) if re.fullmatch(pattern, port["name"])]
    assert proxy["spec"]["podMetricsEndpoints"][0]["port"] == "linkerd-admin"


def test_grafana_finds_dashboards_for_its_data_source(lab: VizLab, first: Run) -> None:
    del first
    found = [
        item for item in lab.all("v1", "ConfigMap", "monitoring") if item["metadata"].get("labels", {}).get("grafana_dashboard") == "1"
    ]
    assert {"linkerd-top-line.json", "linkerd-certificates.json"} <= {name for item in found for name in item["data"]}
    for item in found:
        (text,) = item["data"].values()
        assert json.loads(text)["panels"][0]["datasource"]["uid"] == "home-prometheus"


def test_the_dashboard_answers_to_its_names_and_behind_a_password(lab: VizLab, first: Run) -> None:
    (argument,) = [argument for argument in lab.run_of("web") if argument.startswith("-enforced-host=")]
    pattern = argument.partition("=")[2]
    assert admitted(pattern) == []
    assert re.search(pattern, "linkerd.home.example")
    route = lab.get("traefik.io/v1alpha1", "IngressRoute", NAMESPACE, "linkerd-viz-dashboard")["spec"]
    assert route["routes"][0]["match"] == "Host(`linkerd.home.example`)"
    assert route["tls"] == {"secretName": "linkerd-viz-dashboard-tls"}
    assert route["routes"][0]["middlewares"] == [{"name": "linkerd-viz-auth"}, {"name": "linkerd-viz-headers"}]
    assert lab.secret(NAMESPACE, "linkerd-viz-dashboard-tls")["type"] == "kubernetes.io/tls"
    password, line = users(lab)
    assert line == htpasswd.line("admin", password)
    told = json.dumps(first.report) + first.text
    assert not [word for word in (password, line, *(base64.b64encode(word.encode()).decode() for word in (password, line))) if word in told]


def test_its_route_is_safe_behind_a_meshed_traefik_which_changes_nothing_of_it(lab: VizLab, first: Run) -> None:
    del first
    audited = lab.done(POLICY, state="audit")
    (verdict,) = [entry for entry in audited["verdicts"] if entry["object"]["namespace"] == NAMESPACE]
    assert (verdict["backend"], verdict["safe"]) == ("linkerd-viz/web:8084", True), verdict
    assert [step for step in lab.done(MESH)["steps"] if step.get("namespace") == NAMESPACE] == []


def test_a_second_run_changes_nothing_and_keeps_the_password(lab: VizLab, first: Run) -> None:
    del first
    before = users(lab)
    again = lab.viz("--diff", **WANTED)
    assert (again.code, again.changed) == (0, 0), again.messages
    assert users(lab) == before
    assert before[0] not in json.dumps(again.report) + again.text


def test_what_is_no_longer_asked_for_goes_and_what_is_new_comes(lab: VizLab, first: Run) -> None:
    del first
    exposed = {
        "dashboard_hosts": ["linkerd.home.example"],
        "dashboard_tls_secret": "linkerd-viz-dashboard-tls",
        "dashboard_route": "Ingress",
        "dashboard_htpasswd": "admin:$2y$05$" + 53 * "a",
    }
    admitted_ones = {"prometheus_clients": ["monitoring/grafana"], "scraped_namespaces": ["monitoring"], "scraper": "monitoring/prometheus"}
    run = lab.viz(**exposed, **admitted_ones)
    assert run.code == 0, run.messages
    clients = lab.get("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", NAMESPACE, "prometheus-clients")
    assert clients["spec"]["identityRefs"] == [{"kind": "ServiceAccount", "namespace": "monitoring", "name": "grafana"}]
    assert "prometheus-clients" in lab.names("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", NAMESPACE)
    metrics = lab.get("policy.linkerd.io/v1beta1", "Server", "monitoring", "linkerd-viz-proxy-admin")["spec"]
    assert (metrics["port"], metrics["podSelector"]) == ("linkerd-admin", {"matchLabels": {"linkerd.io/control-plane-ns": "linkerd"}})
    assert lab.names("traefik.io/v1alpha1", "IngressRoute", NAMESPACE) == set()
    assert lab.names("networking.k8s.io/v1", "Ingress", NAMESPACE) == {"linkerd-viz-dashboard"}
    ours = {name for name in lab.names("v1", "Secret", NAMESPACE) if name.startswith("linkerd-viz-dashboard-")}
    assert ours - {"linkerd-viz-dashboard-tls"} == {"linkerd-viz-dashboard-users"}
    assert not [name for name in lab.names("v1", "ConfigMap") if name.startswith("linkerd-dashboard-")]
    assert lab.names("monitoring.coreos.com/v1", "PodMonitor") == set()
    assert "prometheus" in lab.names("apps/v1", "Deployment", NAMESPACE)
    annotations = lab.get("v1", "Namespace", "", NAMESPACE)["metadata"].get("annotations") or {}
    assert "viz.linkerd.io/external-prometheus" not in annotations
    safe = {entry["safe"] for entry in lab.done(POLICY, state="audit")["verdicts"] if entry["object"]["namespace"] == NAMESPACE}
    assert safe == {True}


def test_contradictions_are_refused_before_anything_changes(lab: VizLab) -> None:
    before = writes(lab.sandbox)
    wrong = {
        "grafana_url": "grafana.monitoring:3000",
        "grafana_external_url": "https://grafana.example",
        "prometheus_bundled": False,
        "dashboard_hosts": ["linkerd.home.example"],
        "dashboard_htpasswd": "admin:plain",
        "chart_version": "2024.8.2",
        "prometheus_credentials_secret": "prometheus",
        "grafana_datasource": "",
    }
    refused = lab.viz(**wrong)
    assert refused.code != 0
    for word in ("linkerd_viz_grafana_external_url", "has no metrics", "needs TLS", "htpasswd -nB", "cannot log in to Prometheus", "(uid)"):
        assert word in refused.messages
    unfit = lab.viz(dashboard_hosts=["linkerd.home.example"], dashboard_issuer={"name": "home"}, dashboard_users_secret="nobody")
    assert "there is no Secret linkerd-viz/nobody" in unfit.messages
    for host in ("*.example", "https://linkerd.example"):
        assert "is not a host name" in lab.viz(dashboard_hosts=[host], dashboard_issuer={"name": "home"}).messages
    assert writes(lab.sandbox) == before


def test_absent_leaves_nothing_and_namespaces_can_end(lab: VizLab, first: Run) -> None:
    del first
    gone = lab.viz(state="absent")
    assert gone.code == 0, gone.messages
    assert NAMESPACE not in lab.names("v1", "Namespace")
    assert TAP not in lab.names("apiregistration.k8s.io/v1", "APIService")
    assert lab.names("policy.linkerd.io/v1beta1", "Server", "monitoring") == set()
    assert lab.names("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "monitoring") == set()
    assert not [name for name in lab.names("rbac.authorization.k8s.io/v1", "ClusterRole") if "viz" in name]
    again = lab.viz(state="absent")
    assert (again.code, again.changed) == (0, 0), again.messages


def test_a_namespace_that_does_not_end_is_named_with_what_holds_it(lab: VizLab) -> None:
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": NAMESPACE, "finalizers": ["pimesh.example/held"]},
    }
    lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    lab.admin.create(held)
    lab.admin.delete(Ref("v1", "Namespace", NAMESPACE))
    lab.until(lambda: "conditions" in lab.get("v1", "Namespace", "", NAMESPACE)["status"], "the namespace says what holds it")
    refused = lab.viz()
    assert refused.code != 0
    assert "Namespace linkerd-viz: is being deleted and does not come to an end" in refused.messages
    assert "pimesh.example/held" in refused.messages
    assert "kubectl get namespace linkerd-viz" in refused.messages
