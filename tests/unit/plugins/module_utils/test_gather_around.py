# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of the surroundings: no more than is needed, and little of each object."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError
from ansible_collections.pimesh.linkerd.plugins.module_utils.gather import find_target, gather
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.around import Around, IngressModePods, MeshedPods
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.test_gather import CONFIG_MAP, FakeCluster

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Query

CLASSIC: Object = {**CONFIG_MAP, "data": {"values": "linkerdVersion: edge-25.4.4\n"}}
POLICY = b.network_policy("deny", "app")
INGRESS_MODE = {"name": "linkerd-proxy", "env": [{"name": "LINKERD2_PROXY_INGRESS_MODE", "value": "true"}]}
PORTS = [{"name": "linkerd-proxy", "containerPort": 4143}]


class Refusing(FakeCluster):
    """Some kinds may not be listed."""

    def __init__(self, *objects: Object, kinds: t.Collection[str] = ()) -> None:
        super().__init__(*objects)
        self.kinds = kinds

    def list_many(self, queries: list[Query]) -> list[list[Object]]:
        answers = super().list_many(queries)
        for number, query in enumerate(queries):
            if query.kind in self.kinds and query.refused:
                query.refused(ClusterError("list", "no", code="forbidden"))
                answers[number] = []
        return answers


def meshed(
    name: str, *, mode: Object | None = None, phase: str = "Running", annotations: Object | None = None, owner: str = "", **labels: str
) -> Object:
    proxy = mode or {"name": "linkerd-proxy"}
    owned = {"linkerd.io/proxy-deployment": owner} if owner else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "app",
            "labels": {"linkerd.io/control-plane-ns": "linkerd", **owned, **labels},
            "annotations": annotations or {},
        },
        "spec": {"initContainers": [{**proxy, "ports": PORTS}], "containers": [{"name": "app", "image": "shop:1"}]},
        "status": {"phase": phase},
    }


def around(fake: FakeCluster, *, every_pod: bool = False) -> Around:
    cluster = t.cast("Cluster", fake)
    return gather(cluster, find_target(cluster, "auto", ""), "linkerd", None, every_pod=every_pod).around


def kinds(fake: FakeCluster) -> list[str]:
    return [query.kind for query in fake.asked]


def test_without_network_policies_no_pod_of_others_is_read() -> None:
    fake = FakeCluster(b.deployment(), CONFIG_MAP, meshed("web"))
    assert around(fake) == Around()
    assert kinds(fake).count("Pod") == 1
    assert not {"Job", "CronJob"} & set(kinds(fake))


def test_with_one_only_meshed_pods_are_read_and_alike_ones_once() -> None:
    pods = [meshed("web-1", app="web"), meshed("web-2", app="web"), meshed("done", phase="Succeeded", app="job")]
    pods.append(meshed("api", app="api", annotations={"config.linkerd.io/skip-inbound-ports": "9000"}))
    fake = FakeCluster(b.deployment(), CONFIG_MAP, POLICY, *pods)
    found = around(fake)
    proxy_port = frozenset({("linkerd-proxy", 4143)})
    labels = [frozenset({("linkerd.io/control-plane-ns", "linkerd"), ("app", app)}) for app in ("web", "api")]
    assert found.meshed_pods == (MeshedPods("app", labels[0], proxy_port, ""), MeshedPods("app", labels[1], proxy_port, "9000"))
    assert [query.label_selector for query in fake.asked if query.kind == "Pod"][1:] == ["linkerd.io/control-plane-ns"]
    assert found.network_policies == (POLICY,)
    assert found.ingress_mode == {}


def test_an_audit_counts_every_pod_in_ingress_mode_by_its_owner() -> None:
    by_label = [meshed(f"web-{n}", mode=INGRESS_MODE, owner="web") for n in range(50)]
    by_reference = meshed("odd", mode=INGRESS_MODE)
    by_reference["metadata"]["ownerReferences"] = [{"apiVersion": "example.org/v1", "kind": "Gateway", "name": "gate"}]
    alone = meshed("alone", mode=INGRESS_MODE, annotations={"linkerd.io/inject": "ingress"})
    alone["spec"]["containers"][0]["image"] = "traefik:v3.7.15"
    fake = FakeCluster(b.deployment(), CONFIG_MAP, POLICY, *by_label, by_reference, alone, meshed("enabled"))
    found = around(fake, every_pod=True)
    assert found.ingress_mode == {
        IngressModePods(Ref("apps/v1", "Deployment", "web", "app"), "", ""): 50,
        IngressModePods(Ref("example.org/v1", "Gateway", "gate", "app"), "", ""): 1,
        IngressModePods(Ref("v1", "Pod", "alone", "app"), "ingress", "traefik"): 1,
    }
    assert kinds(fake).count("Pod") == 2


def a_namespace(**annotations: str) -> Object:
    return b.an_object("v1/Namespace", "kube-system", "", annotations)


@pytest.mark.parametrize(
    ("config", "annotations", "read"),
    [
        (CLASSIC, {"linkerd.io/inject": "enabled"}, True),
        (CLASSIC, {"linkerd.io/inject": "ingress"}, True),
        (CLASSIC, {}, False),
        (CONFIG_MAP, {"linkerd.io/inject": "enabled"}, False),
    ],
)
def test_jobs_are_read_only_where_a_proxy_would_hold_them(config: Object, annotations: dict[str, str], read: bool) -> None:
    template = {"template": {"metadata": {"annotations": {"a": "b"}}, "spec": {"containers": []}}}
    job = b.an_object("batch/v1/Job", "running", "kube-system", None, template)
    finished = {**b.an_object("batch/v1/Job", "finished", "kube-system", None, template), "status": {"completionTime": "now"}}
    nightly = b.an_object("batch/v1/CronJob", "nightly", "kube-system", None, {"jobTemplate": {"spec": template}})
    fake = FakeCluster(b.deployment(), config, a_namespace(**annotations), job, finished, nightly)
    assert [found["metadata"]["name"] for found in around(fake).jobs] == (["running", "nightly"] if read else [])
    assert ("Job" in kinds(fake)) is read


def test_what_may_not_be_read_is_noted() -> None:
    fake = Refusing(b.deployment(), CONFIG_MAP, POLICY, kinds=("NetworkPolicy", "Namespace", "Pod"))
    assert around(fake, every_pod=True).refused == ("Namespaces", "NetworkPolicies", "Pods")


def test_of_a_namespace_labels_and_annotations_are_kept() -> None:
    made = a_namespace(a="b")
    made["metadata"]["labels"] = {"c": "d"}
    fake = FakeCluster(b.deployment(), CONFIG_MAP, made)
    kept = {"metadata": {"name": "kube-system", "labels": {"c": "d"}, "annotations": {"a": "b"}}}
    assert around(fake).namespaces == {"kube-system": kept}
