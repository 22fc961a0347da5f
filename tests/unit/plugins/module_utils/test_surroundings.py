# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands around a controller, one thing at a time, through the plan and the audit that show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import plan_absent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.scene import CODES, EDGE, a_namespace, audited, found, pods, scene


def test_nothing_odd_yields_nothing() -> None:
    assert not CODES & found(scene(meshed_pods=(pods(),))).keys()
    assert not CODES & audited(scene())


def test_absent_and_a_cluster_without_linkerd_are_not_held_up() -> None:
    shut = scene(network_policies=(b.network_policy("shut", EDGE, policyTypes=["Egress"]),))
    assert not CODES & {finding.code for finding in plan_absent(shut, Intent(), TRAEFIK).plan.findings}
    assert not CODES & audited(replace(shut, linkerd=None))


# Pod Security Admission


def enforcing(level: str) -> Object:
    return a_namespace({"pod-security.kubernetes.io/enforce": level})


@pytest.mark.parametrize(
    ("level", "linkerd", "refused"),
    [
        ("restricted", {}, "linkerd-init needs NET_ADMIN"),
        ("baseline", {}, "linkerd-init needs NET_ADMIN"),
        ("privileged", {}, ""),
        ("baseline", {"cni": True}, ""),
        ("restricted", {"cni": True}, "does not drop all capabilities"),
        ("restricted", {"cni": True, "drops_capabilities": True}, ""),
    ],
)
def test_pods_that_the_api_would_refuse_are_not_rolled_out(level: str, linkerd: Object, refused: str) -> None:
    snapshot = scene(namespace=enforcing(level), linkerd=linkerd)
    assert ("L5D314" in audited(snapshot)) is bool(refused)
    if not refused:
        assert "L5D314" not in found(snapshot)
        return
    with pytest.raises(PlanningError, match=refused) as raised:
        found(snapshot)
    assert "privileged" in raised.value.remedy
    assert found(replace(snapshot, linkerd=None), mesh=False).keys() & CODES == set()


def test_a_namespace_that_let_such_a_pod_in_is_exempt() -> None:
    pod = b.pod_template()
    pod["spec"]["initContainers"] = [{"name": "linkerd-init"}, {"name": "linkerd-proxy"}]
    assert "L5D314" not in found(replace(scene(namespace=enforcing("restricted")), pods=(pod,)))


# Linkerd, its policy and its release


@pytest.mark.parametrize(
    ("linkerd", "namespace", "intent", "ports"),
    [
        ({"inbound_policy": "all-authenticated"}, None, {}, ""),
        ({"inbound_policy": "deny"}, None, {"skip_inbound": []}, "deny at web (8000), websecure (8443)"),
        ({"inbound_policy": "cluster-authenticated"}, None, {"skip_inbound": ["web"]}, "websecure (8443)"),
        ({"inbound_policy": "cluster-unauthenticated"}, None, {"skip_inbound": []}, ""),
        ({}, a_namespace(annotations={"config.linkerd.io/default-inbound-policy": "deny"}), {"skip_inbound": []}, "deny at"),
        ({"inbound_policy": "deny"}, a_namespace(annotations={"config.linkerd.io/default-inbound-policy": "audit"}), {"skip_inbound": []}, ""),
        ({"inbound_policy": "deny"}, a_namespace(annotations={"config.linkerd.io/skip-inbound-ports": "8000-8443"}), {"skip_inbound": []}, ""),
    ],
)  # fmt: skip
def test_clients_without_an_identity(linkerd: Object, namespace: Object | None, intent: Object, ports: str) -> None:
    result = found(scene(linkerd=linkerd, namespace=namespace), **intent)
    assert ("L5D115" in result) is bool(ports)
    assert not ports or ports in result["L5D115"][0].reason


@pytest.mark.parametrize(
    ("forwards_only_http", "intent", "expected"),
    [
        (True, {"strategy": "header", "skip_outbound": []}, True),
        (True, {"strategy": "header"}, False),
        (True, {"strategy": "cluster_ip"}, False),
        (False, {"strategy": "header", "skip_outbound": []}, False),
    ],
)
def test_linkerd_2_11_needs_443_skipped_in_ingress_mode(forwards_only_http: bool, intent: Object, expected: bool) -> None:
    assert ("L5D116" in found(scene(linkerd={"forwards_only_http": forwards_only_http}), **intent)) is expected


@pytest.mark.parametrize(
    ("data", "strategy", "expected"),
    [
        ({"kube-proxy-replacement": "true"}, "cluster_ip", True),
        ({"kube-proxy-replacement": "strict", "bpf-lb-sock-hostns-only": "false"}, "cluster_ip", True),
        ({"kube-proxy-replacement": "true", "bpf-lb-sock-hostns-only": "true"}, "cluster_ip", False),
        ({"kube-proxy-replacement": "false"}, "cluster_ip", False),
        ({"kube-proxy-replacement": "false", "bpf-lb-sock": "true"}, "cluster_ip", True),
        ({"kube-proxy-replacement": "true"}, "header", False),
        (None, "cluster_ip", False),
    ],
)
def test_cilium(data: Object | None, strategy: str, expected: bool) -> None:
    config = None if data is None else {"metadata": {"name": "cilium-config", "namespace": "kube-system"}, "data": data}
    assert ("L5D114" in found(scene(cilium=config), strategy=strategy)) is expected


def a_job(name: str, **annotations: str) -> Object:
    return b.an_object("batch/v1/Job", name, EDGE, None, {"template": {"metadata": {"annotations": annotations}}})


def test_jobs_that_would_not_end() -> None:
    jobs = (a_job("admission"), a_job("told", **{"linkerd.io/inject": "disabled"}))
    (one,) = found(scene(jobs=jobs, linkerd={"native_sidecar": False}))["L5D117"]
    assert "Job edge/admission" in one.reason
    assert "told" not in one.reason
    native = a_namespace(annotations={"linkerd.io/inject": "enabled", "config.linkerd.io/proxy-enable-native-sidecar": "true"})
    assert "L5D117" not in found(scene(jobs=jobs, namespace=native))


# Ways in, and opaque ports


def test_ways_in() -> None:
    balancer = b.service("traefik", EDGE, type="LoadBalancer", externalTrafficPolicy="Cluster", selector=dict(b.LABELS))
    local = b.service("local", EDGE, type="LoadBalancer", externalTrafficPolicy="Local", selector=dict(b.LABELS))
    others = b.service("others", EDGE, type="LoadBalancer", externalTrafficPolicy="Cluster", selector={"app": "other"})
    snapshot = scene(balancer, local, others)
    ports = snapshot.workload["spec"]["template"]["spec"]["containers"][0]["ports"]
    ports[0]["hostPort"] = 80
    ports.append({"name": "quic", "containerPort": 8443, "protocol": "UDP"})
    result = found(snapshot)
    assert [one.object.name for one in result["L5D316"]] == ["traefik"]
    assert "80 to 8000" in result["L5D315"][0].reason
    assert "quic (8443)" in result["L5D317"][0].reason


def opaque(**annotations: str) -> Snapshot:
    base = scene()
    service = b.service("web", ports=[{**b.HTTP, **annotations.pop("port", {})}], annotations=annotations)  # type: ignore[dict-item]
    return replace(base, objects={**base.objects, "Service": (service,)})


def test_an_opaque_port_is_not_balanced_by_request_and_fails_in_ingress_mode_without_the_header() -> None:
    by_annotation = opaque(**{"config.linkerd.io/opaque-ports": "25,80"})
    assert {"L5D318", "L5D319"} & found(by_annotation).keys() == {"L5D318"}
    assert {"L5D318", "L5D319"} & found(by_annotation, strategy="header").keys() == {"L5D318"}
    assert not {"L5D318", "L5D319"} & found(opaque(**{"config.linkerd.io/opaque-ports": "25,8080"})).keys()
    split = b.ingress_route("split", b.route("Host(`a`)", {"name": "web", "port": 80}, {"name": "api", "port": 80}))
    stripped = replace(
        by_annotation,
        objects={
            **by_annotation.objects,
            "Ingress": (),
            "IngressRoute": (split,),
            "Service": (*by_annotation.of("Service"), b.service("api")),
        },
    )
    old = b.deployment(b.pod_template(tag="3.6.15"), EDGE)
    assert "L5D319" in found(replace(stripped, workload=old), strategy="header")


def test_what_may_not_be_read_is_said() -> None:
    reasons = [one.reason for one in found(scene(refused=("Namespaces", "NetworkPolicies")))["L5D113"]]
    assert [reason.partition(": ")[2] for reason in reasons] == [
        "this user may not list Namespaces",
        "this user may not list NetworkPolicies",
    ]
