# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight finds in a cluster, one concern after the other; in the scene itself nothing is wrong."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.judge import judge
from tests.unit.plugins.module_utils import preflight_scene as scene
from tests.unit.plugins.module_utils.preflight_scene import BUNDLE, found, lease, namespace, node, pod, reason, stamp, view, wanted

Object = dict[str, t.Any]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    facts = judge(view())
    assert facts["findings"] == facts["critical"] == []
    assert facts["cluster_id"] == "uid-of-kube-system"
    assert facts["kubernetes"] == {"version": "v1.35.4+k3s1", "distribution": "k3s"}
    assert facts["gateway_api"] == {"versions": ["v1"], "bundle": "v1.4.0", "channel": "", "owner": "k3s' chart traefik-crd"}
    assert facts["room"]["proxies"] == 1
    assert facts["room"]["nodes"][0] == {"name": "pi-1", "cpu": "3900m", "memory": "8128Mi", "proxies": 1}


@pytest.mark.parametrize(
    ("chart", "kubernetes", "codes"),
    [
        ("2026.6.3", "v1.30.9+k3s1", ["L5D120"]),
        ("2026.6.3", "v1.31.0", []),
        ("2026.6.3", "v1.35.9", []),
        ("2026.6.3", "v1.36.3+k3s1", ["L5D121"]),
        ("2025.10.7", "v1.30.9", []),
        ("1.16.11", "v1.28.1", []),
        ("1.16.11", "v1.29.1", ["L5D121"]),
    ],
)
def test_kubernetes_and_the_release_have_to_fit(chart: str, kubernetes: str, codes: list[str]) -> None:
    seen = view(wanted=wanted(chart), version=kubernetes)
    assert [code for code, _name in found(seen) if code in ("L5D120", "L5D121")] == codes


def test_a_node_without_images_is_named_and_a_way_out_where_the_kernel_shows_one() -> None:
    old = node("pi-1", architecture="arm", kernelVersion="6.1.21-v8+", osImage="Raspbian GNU/Linux 11 (bullseye)")
    risc = node("pi-2", architecture="riscv64", kernelVersion="6.6.0")
    seen = view(nodes=(old, risc))
    assert found(seen) == [("L5D122", "pi-1"), ("L5D122", "pi-2")]
    assert "6.1.21-v8+ is a 64-bit one" in judge(seen)["critical"][0]
    assert "64-bit one" not in judge(seen)["critical"][1]
    before = wanted("2025.4.4")
    assert ("L5D122", "pi-1") not in found(view(nodes=(old,), wanted=before, version="v1.30.1"))
    assert ("L5D122", "pi-3") in found(view(nodes=(node("pi-3"),), wanted=wanted(architectures=("amd64",))))


def test_a_32_bit_system_on_a_64_bit_kernel_is_a_hint() -> None:
    assert found(view(nodes=(node(osImage="Raspbian GNU/Linux 12 (bookworm)"),))) == [("L5D123", "pi-1")]


@pytest.mark.parametrize(
    ("groups", "bundle", "codes"),
    [
        ([], "", ["L5D127"]),
        (["v1beta1"], "v0.8.1", ["L5D127"]),
        (["v1"], "v1.2.1", []),
        (["v1"], "v1.5.1", []),
        (["v1"], "v1.6.1", ["L5D128"]),
        (["v1"], "v1.2.0", ["L5D128"]),
        (["v1"], "", []),
    ],
)
def test_the_gateway_api(groups: list[str], bundle: str, codes: list[str]) -> None:
    served = frozenset(f"gateway.networking.k8s.io/{version}" for version in groups)
    seen = view(groups=served, gateway_crd=scene.crd(**{BUNDLE: bundle}) if bundle else None)
    assert [code for code, _name in found(seen)] == codes
    if "v1" not in groups:
        assert found(view(groups=served, gateway_crd=None, wanted=wanted(gateway_api=False))) == []


@pytest.mark.parametrize(
    ("annotations", "owner"),
    [
        ({"meta.helm.sh/release-name": "gateway-api-crd", "meta.helm.sh/release-namespace": "kube-system"}, "k3s' chart gateway-api-crd"),
        ({"meta.helm.sh/release-name": "gateway", "meta.helm.sh/release-namespace": "infra"}, "Helm release infra/gateway"),
        ({"meta.helm.sh/release-name": "traefik-crd", "meta.helm.sh/release-namespace": "web"}, "Helm release web/traefik-crd"),
        (
            {"linkerd.io/created-by": "linkerd/helm edge-25.4.4", "meta.helm.sh/release-name": "linkerd-crds"},
            "Linkerd's chart linkerd-crds",
        ),
        ({}, "somebody who applied it by hand"),
    ],
)
def test_whose_the_gateway_api_is(annotations: Object, owner: str) -> None:
    assert judge(view(gateway_crd=scene.crd(**annotations)))["gateway_api"]["owner"] == owner


def test_a_namespace_that_is_needed_and_terminates_is_critical_with_what_holds_it() -> None:
    stuck = namespace("linkerd", deletionTimestamp=stamp(-30), finalizers=["example.com/guard"])
    stuck["status"] = {
        "conditions": [
            {
                "type": "NamespaceContentRemaining",
                "status": "True",
                "message": "Some resources are remaining: servers.policy.linkerd.io has 1",
            },
            {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All fine"},
        ]
    }
    seen = view(namespaces=(stuck, namespace("app", deletionTimestamp=stamp(-30))))
    assert found(seen) == [("L5D132", "linkerd")]
    words = reason(seen, "L5D132")
    assert "servers.policy.linkerd.io has 1; finalizer example.com/guard" in words
    assert "All fine" not in words
    assert [entry["name"] for entry in judge(seen)["terminating"]] == ["linkerd", "app"]


def test_a_namespace_of_others_has_five_minutes() -> None:
    assert found(view(namespaces=(namespace("old", deletionTimestamp=stamp(-301)),))) == [("L5D133", "old")]


@pytest.mark.parametrize(
    ("labels", "annotations", "cni", "has_init", "codes"),
    [
        ({"pod-security.kubernetes.io/enforce": "baseline"}, {"linkerd.io/inject": "enabled"}, False, False, ["L5D134"]),
        ({"pod-security.kubernetes.io/enforce": "restricted"}, {"linkerd.io/inject": "enabled"}, True, False, ["L5D134"]),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, {"linkerd.io/inject": "enabled"}, True, False, []),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, {"linkerd.io/inject": "enabled"}, False, True, []),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, {}, False, False, []),
        ({"pod-security.kubernetes.io/enforce": "privileged"}, {"linkerd.io/inject": "enabled"}, False, False, []),
        ({"pod-security.kubernetes.io/warn": "restricted"}, {"linkerd.io/inject": "enabled"}, False, False, []),
    ],
)
def test_pod_security(labels: Object, annotations: Object, cni: bool, has_init: bool, codes: list[str]) -> None:
    pods = (pod(gets_proxy=False, has_init=has_init),)
    seen = view(namespaces=(namespace("app", labels, annotations),), pods=pods, wanted=wanted(cni=cni))
    assert [code for code, _name in found(seen)] == codes


def test_a_pod_that_asks_for_a_proxy_by_itself_is_forbidden_too() -> None:
    guarded = namespace("app", {"pod-security.kubernetes.io/enforce": "baseline"})
    assert found(view(namespaces=(guarded,))) == [("L5D134", "app")]


def test_addresses_have_to_be_inside_of_the_cluster_networks() -> None:
    outside = {**node(), "spec": {"podCIDR": "203.0.113.0/24"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default"}}
    headless = {**service, "spec": {"clusterIP": "None"}}
    assert found(view(nodes=(outside,))) == [("L5D135", "pi-1")]
    assert found(view(pods=(pod(ip="198.51.100.9"),))) == [("L5D135", "web")]
    assert found(view(nodes=(outside,), pods=(pod(ip="203.0.113.9"),))) == [("L5D135", "pi-1")]
    assert found(view(services=({**service, "spec": {"clusterIP": "198.51.100.1"}},))) == [("L5D135", "kubernetes")]
    assert found(view(services=(headless,), nodes=({**node(), "spec": {}},))) == []
    assert found(view(services=({**service, "spec": {"clusterIP": "fd00::1"}},))) == []
    networks = wanted(cluster_networks=("203.0.113.0/24", "10.0.0.0/8"))
    assert found(view(nodes=(outside,), wanted=networks)) == []
    # A range that is wider than the network it begins in is not inside of it.
    wide = {**node(), "spec": {"podCIDR": "10.0.0.0/7"}}
    assert found(view(nodes=(wide,))) == [("L5D135", "pi-1")]


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"cluster_networks: '10\.0\.0\.1/8' is no network"):
        judge(view(wanted=wanted(cluster_networks=("10.0.0.1/8",))))


def test_proxies_that_would_not_fit() -> None:
    crowd = tuple(pod(f"web-{number}", on="pi-1", memory="7Gi") for number in range(1, 5))
    full = tuple(use._replace(node=f"pi-{number}") for number, use in enumerate(crowd, 1))
    assert "L5D136" not in [code for code, _name in found(view(pods=full))]
    greedy = view(pods=full, wanted=wanted(proxy_memory="2Gi"))
    assert ("L5D136", "kubernetes") in found(greedy)
    assert "4 proxies ask for 8192Mi of memory where 4096Mi are free" in reason(greedy, "L5D136")
    assert "2000m of cpu" not in reason(greedy, "L5D136")


def test_a_node_that_takes_no_pods_counts_for_nothing() -> None:
    tainted = {**node("pi-1"), "spec": {"taints": [{"effect": "NoSchedule"}]}}
    cordoned = {**node("pi-2"), "spec": {"unschedulable": True}}
    seen = view(nodes=(tainted, cordoned))
    assert "where 0Mi are free" in reason(seen, "L5D136")
    assert [entry["schedulable"] for entry in judge(seen)["nodes"]] == [False, False]


def test_a_node_that_gets_tight_also_with_proxies_that_ask_for_nothing() -> None:
    tight = view(pods=(pod(memory="7800Mi"),), wanted=wanted(proxy_memory="", proxy_cpu=""))
    assert found(tight) == [("L5D137", "pi-1")]
    assert found(view(pods=(pod(memory="7800Mi", gets_proxy=False),))) == []


@pytest.mark.parametrize(
    ("chart", "kubernetes", "wishes", "words"),
    [
        ("2026.6.3", "v1.35.1", {"jaeger_chart": True}, "no chart linkerd-jaeger"),
        ("2025.10.1", "v1.33.1", {"jaeger_chart": True}, "no chart linkerd-jaeger"),
        ("2025.9.4", "v1.32.1", {"jaeger_chart": True}, ""),
        ("2025.9.4", "v1.28.1", {"native_sidecar": True}, "native sidecars need Kubernetes 1.29"),
        ("2025.9.4", "v1.28.1", {}, ""),
        ("2025.9.4", "v1.29.1", {"native_sidecar": True}, ""),
        ("2026.6.3", "v1.35.1", {"high_availability": True}, ""),
    ],
)
def test_wishes_that_exclude_each_other(chart: str, kubernetes: str, wishes: Object, words: str) -> None:
    seen = view(wanted=wanted(chart, **wishes), version=kubernetes, gateway_crd=None)
    reasons = [entry["reason"] for entry in judge(seen)["findings"] if entry["code"] == "L5D138"]
    assert len(reasons) == bool(words)
    assert words in "".join(reasons)


def test_three_replicas_need_three_nodes() -> None:
    seen = view(nodes=tuple(view().nodes[:2]), wanted=wanted(high_availability=True))
    assert "needs 3 nodes that take pods, and 2 of 2 do" in reason(seen, "L5D138")


def test_what_is_ignored_stays_a_finding_and_is_not_critical_any_more() -> None:
    seen = view(version="v1.20.0")
    codes = [entry["code"] for entry in judge(seen)["findings"]]
    assert [sentence.split(" ")[0] for sentence in judge(seen)["critical"]] == ["L5D120", "L5D138"]
    facts = judge(seen, ignored=["L5D120"])
    assert [entry["code"] for entry in facts["findings"]] == codes
    assert [sentence.split(" ")[0] for sentence in facts["critical"]] == ["L5D138"]


def test_what_may_not_be_listed_is_said() -> None:
    assert reason(view(refused=("Leases",)), "L5D113") == "Part of the surroundings was not looked at: Leases may not be listed"


def test_the_worst_comes_first() -> None:
    seen = view(version="v1.20.0", nodes=(node(osImage="Raspbian 12"),), leases=(lease("pi-1", -400),))
    severities = [entry["severity"] for entry in judge(seen)["findings"]]
    assert severities == sorted(severities, key=["critical", "error", "warning", "info"].index)
