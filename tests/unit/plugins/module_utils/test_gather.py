# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which workload is the controller, and what is read of the cluster."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, L5dError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.gather import find_target, gather
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import injector_webhooks
from tests.unit.plugins.module_utils import builders as b

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Query
    from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref


class FakeCluster:
    """As much of a Cluster as gathering asks: lists and single objects out of what it was given."""

    def __init__(self, *objects: Object) -> None:
        self.objects = objects
        self.asked: list[Query] = []

    def list_many(self, queries: list[Query]) -> list[list[Object]]:
        self.asked += queries
        return [[found for obj in self.objects if self._fits(obj, query) and (found := self._projected(obj, query))] for query in queries]

    def serves(self, api_version: str, kind: str) -> bool:
        return any((obj["apiVersion"], obj["kind"]) == (api_version, kind) for obj in self.objects)

    def get_many(self, refs: list[Ref]) -> list[Object | None]:
        every = {(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): obj for obj in self.objects}
        return [every.get((ref.kind, ref.namespace, ref.name)) for ref in refs]

    @staticmethod
    def _fits(obj: Object, query: Query) -> bool:
        meta = obj["metadata"]
        labels = meta.get("labels", {})
        asked = [part.partition("=") for part in query.label_selector.split(",") if part]
        placed = query.namespace in ("", meta.get("namespace"))
        return (
            (obj["apiVersion"], obj["kind"]) == (query.api_version, query.kind)
            and placed
            and all(key in labels and value in (labels[key], "") for key, _equals, value in asked)
        )

    @staticmethod
    def _projected(obj: Object, query: Query) -> Object | None:
        return query.project(obj) if query.project else obj


def cluster(*objects: Object) -> Cluster:
    return t.cast("Cluster", FakeCluster(*objects))


def a_pod(name: str, phase: str = "Running", **labels: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "kube-system", "labels": {**b.LABELS, **labels}, "managedFields": [{}]},
        "spec": {"containers": []},
        "status": {"phase": phase},
    }


EDGE = b.deployment(namespace="edge")
DAEMON = {**b.deployment(namespace="edge"), "kind": "DaemonSet"}
OTHER = b.deployment()
OTHER["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1"


@pytest.mark.parametrize(
    ("objects", "wanted", "where", "error", "words"),
    [
        ([EDGE], "nginx", "", InputError, "controller: 'nginx' is not known. Known are: auto, traefik"),
        ([], "auto", "", PlanningError, "controller auto: no Deployment or DaemonSet runs an image of traefik.*Install the controller first"),
        ([OTHER], "traefik", "", PlanningError, "controller traefik: no Deployment"),
        ([EDGE], "auto", "kube-system/traefik", PlanningError, "no Deployment or DaemonSet at kube-system/traefik"),
        ([b.deployment(), EDGE], "auto", "", PlanningError, "2 workloads fit: Deployment kube-system/traefik, Deployment edge/traefik.*controller_ref"),
        ([b.deployment(), DAEMON], "auto", "", PlanningError, "2 workloads fit: Deployment kube-system/traefik, DaemonSet edge/traefik"),
    ],
)  # fmt: skip
def test_a_controller_that_is_not_clear_is_refused(
    objects: list[Object], wanted: str, where: str, error: type[L5dError], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        find_target(cluster(*objects), wanted, where)
    assert raised.value.remedy


@pytest.mark.parametrize("where", ["", "edge/traefik", "traefik"])
def test_the_one_controller_is_found(where: str) -> None:
    found = find_target(cluster(DAEMON, OTHER), "auto", where)
    assert (found.controller.name, found.workload["kind"]) == ("traefik", "DaemonSet")


def test_one_of_several_can_be_named() -> None:
    found = find_target(cluster(b.deployment(), EDGE), "traefik", "edge/traefik")
    assert found.workload["metadata"]["namespace"] == "edge"


CONFIG_MAP: t.Final[Object] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "linkerd-config", "namespace": "linkerd"},
    "data": {"values": "linkerdVersion: edge-26.6.3\nclusterDomain: home.arpa\n"},
}


def test_what_planning_needs_is_read_without_what_it_does_not_need() -> None:
    service = {**b.service("web"), "status": {"loadBalancer": {}}}
    service["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    pods = [a_pod("new"), a_pod("done", "Succeeded"), a_pod("other", **{"app.kubernetes.io/name": "coredns"})]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "labels": {"a": "b"}}}
    objects = [b.deployment(), service, b.ingress("shop", ("web", 80)), b.injector_webhook(), b.helm_chart(), b.helm_chart_config()]
    fake = FakeCluster(*objects, *pods, namespace, CONFIG_MAP)
    found = gather(t.cast("Cluster", fake), find_target(t.cast("Cluster", fake), "auto", ""), "linkerd", None)
    assert [pod["metadata"]["name"] for pod in found.pods] == ["new"]
    assert found.namespace == namespace
    assert found.linkerd is not None
    assert found.linkerd.cluster_domain == "home.arpa"
    (read,) = found.of("Service")
    assert ("status" in read, "managedFields" in read["metadata"]) == (False, False)
    assert len(injector_webhooks(found.webhooks, "linkerd")) == len(found.charts) == len(found.configs) == len(found.of("Ingress")) == 1
    assert len({(query.api_version, query.kind) for query in fake.asked}) == len(fake.asked), "a kind was listed twice"


def test_kinds_of_both_api_groups_are_one_list_and_what_the_api_does_not_know_is_noted() -> None:
    """A Traefik 2.10 reads both groups; where its CRDs are older than itself, only the old one is served."""
    new, old = b.middleware("new"), {**b.middleware("old"), "apiVersion": "traefik.containo.us/v1alpha1"}
    both, only_old = cluster(b.deployment(), new, old), cluster(b.deployment(), old)
    found = gather(both, find_target(both, "auto", ""), "linkerd", None)
    assert (list(found.of("Middleware")), found.unserved) == ([new, old], frozenset())
    found = gather(only_old, find_target(only_old, "auto", ""), "linkerd", None)
    assert (list(found.of("Middleware")), found.unserved) == ([old], frozenset({("traefik.io/v1alpha1", "Middleware")}))


def test_a_linkerd_to_come_counts_only_where_there_is_none() -> None:
    empty, there = cluster(b.deployment()), cluster(b.deployment(), CONFIG_MAP)
    wanted = {"chart_version": "2026.6.3", "cluster_domain": "cluster.local"}
    to_come = gather(empty, find_target(empty, "auto", ""), "linkerd", wanted).linkerd
    assert to_come is not None
    assert to_come.expected
    assert gather(empty, find_target(empty, "auto", ""), "linkerd", None).linkerd is None
    real = gather(there, find_target(there, "auto", ""), "linkerd", wanted).linkerd
    assert real is not None
    assert not real.expected
