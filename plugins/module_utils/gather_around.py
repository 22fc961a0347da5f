# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the controller's surroundings. What the user may not read is noted, not an error: the plan does without it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import typing as t

from . import network_policy
from .cluster import Cluster, Query
from .controllers.registry import CONTROLLERS
from .linkerd.annotations import CONTROL_PLANE_LABEL, INJECT, PROXY_OWNER_LABEL, SKIP_INBOUND
from .linkerd.injection import proxy_mode
from .linkerd.installation import Installation
from .model import Object, Ref
from .planning.around import Around, IngressModePods, MeshedPods
from .planning.surroundings.cilium import CONFIG

OWNERS = {
    "deployment": Ref("apps/v1", "Deployment", ""),
    "daemonset": Ref("apps/v1", "DaemonSet", ""),
    "statefulset": Ref("apps/v1", "StatefulSet", ""),
    "replicaset": Ref("apps/v1", "ReplicaSet", ""),
    "replicationcontroller": Ref("v1", "ReplicationController", ""),
    "job": Ref("batch/v1", "Job", ""),
    "cronjob": Ref("batch/v1", "CronJob", ""),
}
"""The kinds for which the injector labels a pod with its owner's name."""


class Reader:
    """Two rounds: what is always looked at, to go with other lists; and what only some of it makes necessary."""

    def __init__(self, cluster: Cluster, *, every_pod: bool) -> None:
        self._cluster = cluster
        self._every_pod = every_pod
        self._refused: list[str] = []
        self._meshed: dict[MeshedPods, None] = {}
        self._ingress_mode: collections.Counter[IngressModePods] = collections.Counter()

    def queries(self) -> list[Query]:
        return [
            self._query(network_policy.API_VERSION, network_policy.KIND, project=_without_fields),
            self._query("v1", "Namespace", project=_namespace),
            self._query("v1", "ConfigMap", namespace=CONFIG.namespace, field_selector=f"metadata.name={CONFIG.name}"),
            *([self._query("v1", "Pod", project=self._pod)] if self._every_pod else []),
        ]

    def read(self, lists: t.Sequence[list[Object]], namespace: Object, linkerd: Installation | None) -> Around:
        """From the answers to the queries, and from what else they make worth reading."""
        policies, namespaces, configs = lists[:3]
        more: list[Query] = []
        if policies and not self._every_pod:
            more.append(self._query("v1", "Pod", label_selector=CONTROL_PLANE_LABEL, project=self._pod))
        if linkerd is not None and not linkerd.native_sidecar and _annotation(namespace) in ("enabled", "ingress"):
            name = str(namespace["metadata"]["name"])
            more += [self._query("batch/v1", kind, namespace=name, project=_unfinished) for kind in ("Job", "CronJob")]
        jobs = [job for found in (self._cluster.list_many(more) if more else []) for job in found]
        return Around(
            network_policies=tuple(policies),
            namespaces={found["metadata"]["name"]: found for found in namespaces},
            cilium=configs[0] if configs else None,
            meshed_pods=tuple(self._meshed),
            ingress_mode=dict(self._ingress_mode),
            jobs=tuple(jobs),
            refused=tuple(sorted(set(self._refused))),
        )

    def _query(self, api_version: str, kind: str, **parts: t.Any) -> Query:
        what = f"{kind}s" if not kind.endswith("y") else f"{kind[:-1]}ies"
        return Query(api_version, kind, optional=True, refused=lambda _error: self._refused.append(what), **parts)

    def _pod(self, pod: Object) -> None:
        """Takes of a pod what matters, and lets go of it."""
        mode = proxy_mode(pod)
        if not mode or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            return
        meta, spec = pod["metadata"], pod["spec"]
        labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        ports = {(p["name"], int(p["containerPort"])) for c in containers for p in c.get("ports") or [] if p.get("name")}
        self._meshed[
            MeshedPods(meta["namespace"], frozenset(labels.items()), frozenset(ports), str(annotations.get(SKIP_INBOUND) or ""))
        ] = None
        if mode == "ingress":
            self._ingress_mode[IngressModePods(_owner(pod), str(annotations.get(INJECT) or ""), _controller(pod))] += 1


def _owner(pod: Object) -> Ref:
    meta = pod["metadata"]
    for key, value in (meta.get("labels") or {}).items():
        kind = OWNERS.get(key.removeprefix(PROXY_OWNER_LABEL)) if key.startswith(PROXY_OWNER_LABEL) else None
        if kind:
            return Ref(kind.api_version, kind.kind, value, meta["namespace"])
    for owner in meta.get("ownerReferences") or []:
        return Ref(owner["apiVersion"], owner["kind"], owner["name"], meta["namespace"])
    return Ref("v1", "Pod", meta["name"], meta["namespace"])


def _controller(pod: Object) -> str:
    workload = {"metadata": pod["metadata"], "spec": {"template": pod}}
    return next((controller.name for controller in CONTROLLERS if controller.detects(workload)), "")


def _annotation(obj: Object) -> str:
    return str(((obj.get("metadata") or {}).get("annotations") or {}).get(INJECT) or "")


def _without_fields(obj: Object) -> Object:
    obj["metadata"].pop("managedFields", None)
    obj["metadata"].pop("annotations", None)
    return obj


def _namespace(obj: Object) -> Object:
    meta = obj["metadata"]
    return {"metadata": {key: meta[key] for key in ("name", "labels", "annotations") if key in meta}}


def _unfinished(job: Object) -> Object | None:
    if (job.get("status") or {}).get("completionTime"):
        return None
    spec = job["spec"]
    template = spec["template"] if job["kind"] == "Job" else spec["jobTemplate"]["spec"]["template"]
    return {**job, "spec": {"template": {"metadata": template.get("metadata") or {}}}, "status": {}}
