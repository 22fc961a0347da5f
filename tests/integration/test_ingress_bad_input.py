# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is one clear error, or a finding, that names the object, the reason and the remedy; nothing is written."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import contents
from tests.integration.contents import CONFIG, WORKLOAD
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.module_runs import shown

OTHER = "other"


@pytest.fixture
def lab(homelab: Lab) -> t.Iterator[Lab]:
    """Where nothing is changed, nothing has to be put back."""
    before = contents.of(homelab)
    yield homelab
    assert contents.differing(before, contents.of(homelab)) == []


def refused(lab: Lab, *words: str, **options: t.Any) -> None:
    since = len(lab.sandbox.audit())
    result = lab.run(**options)
    assert lab.writes(since) == []
    assert result.get("failed"), result
    failure = result["failure"]
    assert failure["subject"]
    assert failure["reason"]
    assert failure["remedy"]
    assert "Traceback" not in result["msg"]
    for word in words:
        assert word in result["msg"], result["msg"]


def traefik(lab: Lab, **pod: t.Any) -> Ref:
    """Somebody's second Traefik, in a namespace of its own."""
    if not lab.admin.get(Ref("v1", "Namespace", OTHER)):
        lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OTHER}})
    ports = [{"name": "web", "containerPort": 8000}]
    args = ["--providers.kubernetesingress", "--providers.kubernetescrd", "--entryPoints.web.address=:8000/tcp"]
    container = {"name": "traefik", "image": "traefik:v3.7.15", "args": args, "ports": ports}
    annotations = pod.pop("annotations", {})
    template = {"metadata": {"labels": {"app": OTHER}, "annotations": annotations}, "spec": {"containers": [container], **pod}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": OTHER}}, "template": template}
    made = lab.admin.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": OTHER, "namespace": OTHER}, "spec": spec})
    return Ref.of(made)


@pytest.fixture
def other(lab: Lab) -> t.Iterator[t.Callable[..., Ref]]:
    yield lambda **pod: traefik(lab, **pod)
    lab.admin.delete(Ref("apps/v1", "Deployment", OTHER, OTHER))
    lab.until(lambda: lab.admin.get(Ref("apps/v1", "Deployment", OTHER, OTHER)) is None, "it is gone")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "https://127.0.0.1:9", "api_key": "x"}, ("127.0.0.1:9", "cannot be reached")),
        ({"context": "no-such-context"}, ("no-such-context", "get-contexts")),
        ({"kubeconfig": "/nonexistent/kubeconfig"}, (shown("kubeconfig", "/nonexistent/kubeconfig"),)),
        ({"linkerd_namespace": "nowhere"}, ("nowhere", "Linkerd is not installed", "linkerd_namespace")),
        ({"controller": "caddy"}, ("'caddy' is not known", "traefik")),
        ({"controller_ref": "home/caddy"}, ("at home/caddy", "controller_ref")),
        ({"skip_inbound_ports": ["nosuch"]}, ("'nosuch' is not a port", "Known names: ", "web")),
        ({"skip_inbound_ports": ["99999"]}, ("'99999' is outside 1 to 65535",)),
        ({"skip_outbound_ports": ["web"]}, ("'web' is not a port",)),
        ({"skip_outbound_ports": ["9005-9000"]}, ("9005-9000",)),
        ({"kube_system": "fail"}, ("Deployment kube-system/traefik", "would not get a proxy", "narrow_webhook")),
        ({"mode": "ingress", "strategy": "none"}, ("relayable", "allow_relayable")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("check", [False, True])
def test_an_option_that_cannot_be_used(lab: Lab, options: Object, words: tuple[str, ...], check: bool) -> None:
    refused(lab, *words, check=check, **options)


def test_a_port_name_of_the_container_is_resolved(lab: Lab) -> None:
    diff = lab.done(check=True, diff=True, skip_inbound_ports=["web"])["diff"]["after"]
    assert "config.linkerd.io/skip-inbound-ports: 4567,4568,8000" in diff


def test_two_controllers_have_to_be_told_apart(lab: Lab, other: t.Callable[..., Ref]) -> None:
    other()
    refused(lab, "2 workloads fit", "Deployment kube-system/traefik", "Deployment other/other", "controller_ref")
    found = lab.done(state="audit", controller_ref="kube-system/traefik")
    assert found["controller"]["workload"] == str(WORKLOAD)


def test_a_controller_on_the_hosts_network_is_refused_and_audited(lab: Lab, other: t.Callable[..., Ref]) -> None:
    ref = other(hostNetwork=True)
    refused(lab, str(ref), "hostNetwork", "LoadBalancer", controller_ref="other/other")
    codes = {f["code"] for f in lab.done(state="audit", controller_ref="other/other")["findings"] if f["object"] == ref.to_dict()}
    assert "L5D303" in codes


def test_an_annotation_that_the_injector_ignores_is_found(lab: Lab, other: t.Callable[..., Ref]) -> None:
    ref = other(annotations={"linkerd.io/inject": "Ingress"})
    found = [f for f in lab.done(state="audit", controller_ref="other/other")["findings"] if f["code"] == "L5D302"]
    assert [f["object"] for f in found] == [ref.to_dict()]
    assert "'Ingress'" in found[0]["reason"]
    assert "small letters" in found[0]["remedy"]


def test_a_missing_service_and_an_unresolvable_port_are_findings(lab: Lab) -> None:
    found = {f["object"]["name"]: f for f in lab.done(check=True)["findings"] if f["code"] == "L5D204"}
    assert found.keys() == {"old-wiki", "grocy"}
    assert "Service home/dokuwiki does not exist" in found["old-wiki"]["reason"]
    assert "no port 'web' (it has: http=80)" in found["grocy"]["reason"]
    assert all(f["remedy"] for f in found.values())


@pytest.mark.parametrize("state", ["present", "absent"])
def test_values_that_are_not_yaml_are_left_alone(lab: Lab, state: str) -> None:
    live = lab.admin.get(CONFIG)
    assert live is not None
    lab.change(CONFIG, {"spec": {"valuesContent": "deployment: {podAnnotations: [\n"}})
    try:
        refused(lab, "HelmChartConfig kube-system/traefik", "not YAML", "line", state=state)
        audited = lab.run(state="audit")
    finally:
        lab.change(CONFIG, {"spec": {"valuesContent": live["spec"]["valuesContent"]}})
    assert not audited.get("failed") or "not YAML" in audited["msg"]
