# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HelmChart and HelmChartConfig in a running sandbox: what a homelab's owner sees of k3s."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sandbox import Sandbox
from sandbox.rest import Object, Rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUP = "/apis/helm.cattle.io/v1/namespaces/kube-system"
TRAEFIK = "/apis/apps/v1/namespaces/kube-system/deployments/traefik"
CONFIG = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig", "metadata": {"name": "traefik", "namespace": "kube-system"}}


@pytest.fixture(scope="module", name="rest")
def running(sandbox: Sandbox) -> Rest:
    return Rest(sandbox.kubeconfig)


@pytest.fixture(scope="module", name="sandbox")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox("k3s", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        yield sandbox


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.3)
    assert found
    return found


def configure(rest: Rest, text: str, **spec: Any) -> None:
    rest.apply({**CONFIG, "spec": {"valuesContent": text, **spec}}, "owner")


def pod_annotations(rest: Rest) -> Object:
    found = rest.get(TRAEFIK) or {}
    return dict((found.get("spec") or {}).get("template", {}).get("metadata", {}).get("annotations") or {})


def events(rest: Rest, reason: str) -> list[str]:
    found = rest.list("/api/v1/namespaces/kube-system/events", fieldSelector=f"reason={reason}")
    return [event["message"] for event in found]


def uid(rest: Rest) -> str:
    return str((rest.get(TRAEFIK) or {}).get("metadata", {}).get("uid", ""))


def test_the_bundled_traefik_is_there(rest: Rest) -> None:
    chart = rest.get(f"{GROUP}/helmcharts/traefik") or {}
    assert chart["status"]["jobName"] == "helm-install-traefik"
    assert chart["metadata"]["finalizers"] == ["wrangler.cattle.io/on-helm-chart-remove"]
    job = rest.get("/apis/batch/v1/namespaces/kube-system/jobs/helm-install-traefik") or {}
    assert job["status"]["succeeded"] == 1
    service = rest.get("/api/v1/namespaces/kube-system/services/traefik") or {}
    assert len(service["status"]["loadBalancer"]["ingress"]) == 4


def test_a_config_adds_to_k3s_own_values(rest: Rest) -> None:
    configure(rest, "# mine\ndeployment:\n  podAnnotations:\n    linkerd.io/inject: enabled\n")
    eventually(lambda: pod_annotations(rest).get("linkerd.io/inject") == "enabled")
    assert pod_annotations(rest)["prometheus.io/scrape"] == "true"


def test_an_edit_of_the_deployment_stays_until_the_next_change(rest: Rest) -> None:
    rest.merge(TRAEFIK, {"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}})
    time.sleep(3)
    assert pod_annotations(rest)["by"] == "hand"


@pytest.mark.parametrize("text", ["deployment: [", "deploymnet: {}\n", "additionalArguments: one\n"])
def test_values_that_helm_refuses_change_nothing(rest: Rest, text: str) -> None:
    before, seen = uid(rest), len(events(rest, "HelmFailed"))
    configure(rest, text)
    eventually(lambda: len(events(rest, "HelmFailed")) > seen)
    assert uid(rest) == before
    configure(rest, "")


def test_abort_leaves_a_failed_release_to_a_person(rest: Rest) -> None:
    before = uid(rest)
    configure(rest, "service: {spec: {type: Bogus}}\n", failurePolicy="abort")
    eventually(lambda: any("waiting for a person" in message for message in events(rest, "HelmFailed")))
    assert uid(rest) == before


def test_reinstall_takes_traefik_away_and_brings_it_back(rest: Rest) -> None:
    before = uid(rest)
    configure(rest, "service: {spec: {type: LoadBalancer}}\n")
    eventually(lambda: uid(rest) not in {"", before})


def test_a_chart_that_is_deleted_is_uninstalled(rest: Rest) -> None:
    rest.delete(f"{GROUP}/helmcharts/traefik")
    eventually(lambda: rest.get(f"{GROUP}/helmcharts/traefik") is None)
    assert rest.get(TRAEFIK) is None
    assert rest.get("/apis/batch/v1/namespaces/kube-system/jobs/helm-install-traefik") is None


def test_an_unknown_chart_is_named(rest: Rest) -> None:
    metadata = {"name": "nginx", "namespace": "kube-system"}
    chart = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": metadata, "spec": {"chart": "nginx"}}
    rest.apply(chart, "owner")
    eventually(lambda: any("chart nginx" in message for message in events(rest, "HelmFailed")))


def crd(name: str) -> str:
    return f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}.traefik.io"


def test_a_server_brings_the_bundled_traefik_back_at_its_start(rest: Rest, sandbox: Sandbox) -> None:
    (sandbox.directory / "servers/pi-1/restart").touch()
    eventually(lambda: rest.get(TRAEFIK))
    assert rest.get(f"{GROUP}/helmcharts/traefik")


def test_a_server_applies_its_manifests_and_marks_what_came_of_them(rest: Rest, sandbox: Sandbox) -> None:
    (sandbox.directory / "servers/pi-1/manifests/my-traefik.yaml").write_text(yaml.safe_dump({**CONFIG, "spec": {"valuesContent": "{}"}}))
    found = f"{GROUP}/helmchartconfigs/traefik"
    eventually(lambda: (rest.get(found) or {"spec": {}})["spec"].get("valuesContent") == "{}")
    marks = (rest.get(found) or {})["metadata"]["annotations"]
    assert marks["objectset.rio.cattle.io/owner-name"] == "my-traefik"


def test_without_protection_disabling_traefik_takes_every_route_along(rest: Rest, sandbox: Sandbox) -> None:
    """The live annotation is there and changes nothing: so it is with the real Helm."""
    eventually(lambda: rest.get(crd("middlewares")))
    rest.merge(crd("middlewares"), {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}})
    route = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": "mine", "namespace": "default"}, "spec": {}}
    eventually(lambda: rest.serves("traefik.io/v1alpha1", "Middleware"))
    rest.apply(route, "owner")
    (sandbox.directory / "servers/pi-1/etc/rancher/k3s/config.yaml").write_text("disable: traefik\n", encoding="utf-8")
    (sandbox.directory / "servers/pi-1/restart").touch()
    eventually(lambda: rest.get(crd("middlewares")) is None)
    assert rest.list("/apis/traefik.io/v1alpha1/middlewares") == []
    assert "--disable" in (rest.get("/api/v1/nodes/pi-1") or {})["metadata"]["annotations"]["k3s.io/node-args"]
