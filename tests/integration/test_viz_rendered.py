# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role linkerd_viz renders for ingress-nginx and for a Linkerd from before the renamed ports."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from tests.integration.viz_rendering import rendering

WANTED: dict[str, t.Any] = {
    "chart_version": "2025.4.4",
    "prometheus_bundled": False,
    "prometheus_url": "http://prometheus.monitoring:9090",
    "pod_monitors": "always",
    "pod_monitor_namespace": "monitoring",
    "pod_monitor_labels": {"release": "stack"},
    "dashboard_hosts": ["a.example", "b.example"],
    "dashboard_controller": "ingress-nginx",
    "dashboard_ingress_class": "nginx",
    "dashboard_issuer": {"name": "home", "kind": "Issuer"},
    "dashboard_users_secret": "viz-users",
}
NGINX = "nginx.ingress.kubernetes.io/"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """Object by kind and name, and the chart's values; as check mode has foretold them."""
    home = tmp_path_factory.mktemp("viz")
    foretold, directory = rendering(home, "--check", **WANTED), home / "rendered"
    assert not directory.exists()
    assert rendering(home, **WANTED).changed_tasks == foretold.changed_tasks != []
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.yaml"))]
    named = {f"{item['kind']}/{item['metadata']['name']}": item for item in found if "kind" in item and "metadata" in item}
    return {**named, "values": yaml.safe_load((directory / "values-linkerd-viz.yaml").read_text(encoding="utf-8"))}


def test_an_ingress_asks_for_the_password_and_goes_to_the_services_address(rendered: dict[str, t.Any]) -> None:
    ingress = rendered["Ingress/linkerd-viz-dashboard"]
    asked = {name.removeprefix(NGINX): value for name, value in ingress["metadata"]["annotations"].items()}
    assert asked == {
        "auth-type": "basic",
        "auth-secret": "viz-users",
        "auth-realm": "Linkerd",
        "force-ssl-redirect": "true",
        "service-upstream": "true",
    }
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["a.example", "b.example"]
    assert ingress["spec"]["tls"] == [{"hosts": ["a.example", "b.example"], "secretName": "linkerd-viz-dashboard-tls"}]
    assert "IngressRoute/linkerd-viz-dashboard" not in rendered


def test_its_certificate_is_for_those_names(rendered: dict[str, t.Any]) -> None:
    spec = rendered["Certificate/linkerd-viz-dashboard"]["spec"]
    assert (spec["dnsNames"], spec["issuerRef"]["kind"], spec["issuerRef"]["name"]) == (["a.example", "b.example"], "Issuer", "home")


def test_monitors_look_for_the_port_names_of_that_release(rendered: dict[str, t.Any]) -> None:
    monitor = rendered["PodMonitor/linkerd-viz-controller"]
    assert monitor["spec"]["podMetricsEndpoints"][0]["relabelings"][0]["regex"] == "admin-http"
    assert (monitor["metadata"]["namespace"], monitor["metadata"]["labels"]["release"]) == ("monitoring", "stack")


def test_no_secret_is_written_into_a_file(rendered: dict[str, t.Any]) -> None:
    assert not [name for name in rendered if name.startswith("Secret/")]
    assert r"|a\.example|b\.example|" in rendered["values"]["dashboard"]["enforcedHostRegexp"]
