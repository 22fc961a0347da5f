# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads, pods and proxies of a small cluster, for plans of rollouts."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.proxy import anchors_of
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.lag import Answer
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.plan import RolloutPlan, Scope, plan, questions
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.world import Mesh, World

VERSION = "edge-26.6.3"
BUNDLE = "-----BEGIN CERTIFICATE-----\nYW5jaG9y\n-----END CERTIFICATE-----\n"
OTHER_BUNDLE = "-----BEGIN CERTIFICATE-----\nb2xk\n-----END CERTIFICATE-----\n"
WEBHOOK: Object = {
    "namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}
}
BEFORE, LATER, NOW = "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"
INJECT = {"linkerd.io/inject": "enabled"}


def mesh(**more: t.Any) -> Mesh:
    return Mesh(**{"namespace": "linkerd", "version": VERSION, "anchors": anchors_of(BUNDLE), "webhooks": (WEBHOOK,), **more})


def namespace(name: str = "app", annotations: t.Mapping[str, str] | None = None) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": dict(annotations or {})}}


def proxy(*, version: str = VERSION, bundle: str | None = BUNDLE, **env: str) -> Object:
    anchors = {"value": bundle} if bundle is not None else {"valueFrom": {"configMapKeyRef": {"name": "linkerd-identity-trust-roots"}}}
    variables = [{"name": name, "value": value} for name, value in env.items()]
    return {
        "name": "linkerd-proxy",
        "image": f"cr.l5d.io/linkerd/proxy:{version}",
        "restartPolicy": "Always",
        "env": [*variables, {"name": "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS", **anchors}],
    }


def workload(kind: str = "Deployment", name: str = "web", space: str = "app", *, labels: Object | None = None, **spec: t.Any) -> Object:
    """Rolled out: what it lacks of its status the tests take away."""
    template = {"metadata": {"labels": {"app": name, **(labels or {})}}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
    counts = {"updatedReplicas": 1, "availableReplicas": 1, "replicas": 1}
    if kind == "DaemonSet":
        counts = {"desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 1}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space, "generation": 1, "resourceVersion": "1"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
        "status": {"observedGeneration": 1, **counts},
    }


def control_plane(component: str) -> Object:
    made = workload(name=f"linkerd-{component}", space="linkerd", labels={"linkerd.io/control-plane-component": component})
    made["spec"]["template"]["spec"]["initContainers"] = [proxy(bundle=None)]
    return made


def pod(owner: Object | None, *containers: Object, name: str = "", made: str = BEFORE, revision: str = "abc") -> Object:
    """A pod of this workload as its controllers name and mark it; the proxy is a native sidecar."""
    owner = owner or {"kind": "", "metadata": {"name": name or "bare", "namespace": "app"}, "spec": {"template": {"spec": {}}}}
    meta, template = owner["metadata"], copy.deepcopy(owner["spec"]["template"])
    labels = {**(template.get("metadata", {}).get("labels") or {})}
    reference = {"apiVersion": "apps/v1", "kind": owner["kind"], "name": meta["name"], "controller": True}
    if owner["kind"] == "Deployment":
        labels["pod-template-hash"] = revision
        reference |= {"kind": "ReplicaSet", "name": f"{meta['name']}-{revision}"}
    elif owner["kind"] in ("DaemonSet", "StatefulSet"):
        labels["controller-revision-hash"] = revision
    spec = {**template["spec"], "initContainers": list(containers)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name or (f"{meta['name']}-{revision}-1" if owner["kind"] else "bare"),
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": {**(template.get("metadata", {}).get("annotations") or {})},
            "creationTimestamp": made,
            **({"ownerReferences": [reference]} if owner["kind"] else {}),
        },
        "spec": spec,
        "status": {"phase": "Running", "startTime": made},
    }


def world(*objects: Object, **more: t.Any) -> World:
    """C(app) is meshed unless a namespace says otherwise."""
    spaces = {"app": namespace("app", INJECT)}
    found = World(mesh(**more), spaces, now=NOW)
    for obj in objects:
        meta = obj["metadata"]
        if obj["kind"] == "Namespace":
            spaces[meta["name"]] = obj
        elif obj["kind"] == "Pod":
            found.pods.append(obj)
        else:
            found.workloads[obj["kind"], meta["namespace"], meta["name"]] = obj
        if obj["kind"] != "Namespace":
            spaces.setdefault(meta["namespace"], namespace(meta["namespace"]))
    return found


def answers(found: World, made: Object | None, scope: Scope = Scope()) -> dict[Ref, Answer]:  # noqa: B008  frozen
    """The same proxy (or none) for everybody who is asked about."""
    return {
        unit.ref: Answer({"metadata": {}, "spec": {**unit.template["spec"], "initContainers": [made] if made else []}})
        for unit in questions(found, scope)
    }


def planned(found: World, made: Object | None = None, **scope: t.Any) -> RolloutPlan:
    """C(made) is what the injector adds today."""
    wanted = Scope(**scope)
    return plan(found, wanted, answers(found, made or proxy(), wanted))


def lags(result: RolloutPlan) -> dict[str, list[str]]:
    return {str(entry.unit.ref): list(entry.lags) for entry in result.lagging}


def skipped(result: RolloutPlan) -> dict[str, str]:
    return {str(ref): reason for ref, reason in result.skipped}


def restarted(result: RolloutPlan) -> list[str]:
    return [str(unit.ref) for unit in (*result.control_plane, *result.restart)]
