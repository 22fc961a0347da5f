# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is in the mesh, who is not and why, and what of Linkerd's extensions is there."""

from __future__ import annotations

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.mesh_info import gather
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts import facts
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.facts import workload_facts
from tests.unit.connect import connect, module
from tests.unit.fake_api import FakeApi
from tests.unit.plugins.module_utils.rollout_scene import INJECT, WEBHOOK, namespace, pod, proxy, workload, world

WEB = workload()


def of_extension(name: str, extension: str) -> Object:
    space = namespace(name)
    space["metadata"]["labels"] = {"linkerd.io/extension": extension}
    return space


def reasons(*objects: Object) -> dict[str, tuple[int, str]]:
    return {entry["object"]["name"]: (entry["pods"], entry["reason"]) for entry in workload_facts(world(*objects))["unmeshed"]}


def test_unmeshed_pods_and_why() -> None:
    plain, dns, host = workload(name="plain", space="b"), workload(name="dns", space="kube-system"), workload("DaemonSet", "host")
    host["spec"]["template"]["spec"]["hostNetwork"] = True
    objects = (namespace("b"), WEB, pod(WEB), pod(WEB, proxy(), name="web-2"), plain, pod(plain), dns, pod(dns), host, pod(host))
    found = reasons(*objects)
    assert found["web"][0] == 1
    assert "l5d_rollout restarts it" in found["web"][1]
    assert found["plain"] == (1, "neither the pod nor its namespace is annotated with linkerd.io/inject")
    assert "leaves namespace kube-system out" in found["dns"][1]
    assert "hostNetwork" in found["host"][1]
    told = workload_facts(world(*objects))
    assert told["pods"] == {"total": 5, "meshed": 1, "unmeshed": 4}
    assert [entry["object"]["name"] for entry in told["lagging"]] == ["web"]


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "LIMIT", 2)
    told = workload_facts(world(*(pod(None, name=f"bare-{number}") for number in range(5))))
    assert (len(told["unmeshed"]), told["unmeshed_left_out"], told["pods"]["unmeshed"]) == (2, 3, 5)


def test_extensions_their_versions_and_readiness() -> None:
    web, tap = workload(name="web", space="linkerd-viz"), workload(name="tap", space="linkerd-viz")
    web["metadata"]["annotations"] = {"linkerd.io/created-by": "linkerd/helm edge-26.6.3"}
    tap["status"] = {"observedGeneration": 1}
    cni = workload("DaemonSet", "linkerd-cni", "linkerd-cni")
    cni["metadata"]["labels"] = {"k8s-app": "linkerd-cni", "app.kubernetes.io/version": "v1.6.8"}
    told = workload_facts(world(of_extension("linkerd-viz", "viz"), of_extension("empty", "jaeger"), web, tap, cni))["extensions"]
    assert [(one["name"], one["namespace"], one["version"], one["ready"]) for one in told] == [
        ("cni", "linkerd-cni", "v1.6.8", True),
        ("jaeger", "empty", "", False),
        ("viz", "linkerd-viz", "edge-26.6.3", False),
    ]
    assert [part["name"] for part in told[2]["components"]] == ["tap", "web"]


def test_what_the_injector_sees_and_that_little_costs_little() -> None:
    hook = {**WEBHOOK, "failurePolicy": "Ignore", "clientConfig": {"service": {"name": "linkerd-proxy-injector", "namespace": "linkerd"}}}
    other = {"clientConfig": {"url": "https://localhost"}}
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "injector"},
        "webhooks": [hook, other],
    }
    with FakeApi([configuration, namespace("app", INJECT), WEB, pod(WEB)]) as api:
        told = gather(module(parts=["workloads"]), connect(api.url))
        assert set(told) == {"changed", "injector", "pods", "unmeshed", "unmeshed_left_out", "lagging", "extensions"}
        assert told["injector"] == [
            {
                "configuration": "injector",
                "failure_policy": "Ignore",
                "namespace_selector": WEBHOOK["namespaceSelector"],
                "object_selector": {},
            }
        ]
        api.log.clear()
        assert set(gather(module(parts=["linkerd"]), connect(api.url))) == {"changed", "linkerd"}
        assert len([entry for entry in api.log if "configmaps" in entry.path]) == len([e for e in api.log if e.query]) == 1
