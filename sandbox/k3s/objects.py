# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that k3s keeps beside a HelmChart: the Job, its account and its values. Pure."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from sandbox.k3s.values import Wanted
from sandbox.rest import Object

CONTROLLER = "helm-controller"
CHART_LABEL = "helmcharts.helm.cattle.io/chart"
MANAGED_BY = "helmcharts.cattle.io/managed-by"
UNMANAGED = "helmcharts.helm.cattle.io/unmanaged"
FINALIZER = "wrangler.cattle.io/on-helm-chart-remove"
HASH_ANNOTATION = "helmcharts.helm.cattle.io/configHash"
IMAGE = "rancher/klipper-helm:v0.13.2-build20260716"


def is_managed(chart: Object) -> bool:
    spec, annotations = chart.get("spec") or {}, chart["metadata"].get("annotations") or {}
    if UNMANAGED in annotations or not (spec.get("chart") or spec.get("chartContent")):
        return False
    return bool(annotations.get(MANAGED_BY, CONTROLLER) == CONTROLLER)


def job_name(chart: Object) -> str:
    return f"helm-install-{chart['metadata']['name']}"


def companions(chart: Object, wanted: Wanted) -> list[Object]:
    """Account, its binding and the values, in the order in which they have to exist."""
    name, namespace = chart["metadata"]["name"], chart["metadata"]["namespace"]
    account, binding = f"helm-{name}", f"helm-{namespace}-{name}"
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    data = {f"values-{index:03}": base64.b64encode(text.encode()).decode() for index, text in enumerate(wanted.values)}
    own = {"namespace": namespace, "ownerReferences": [owner(chart)]}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, **own}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": binding},
            "roleRef": role,
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"chart-values-{name}", **own},
            "type": "helmcharts.helm.cattle.io/values",
            "data": data,
        },
    ]


def job(chart: Object, wanted: Wanted) -> Object:
    """Suspended; it is let run, and so completed by the simulated node, once Helm has succeeded."""
    name, namespace = chart["metadata"]["name"], chart["metadata"]["namespace"]
    environment = {"NAME": name, "CHART": wanted.chart, "TARGET_NAMESPACE": wanted.namespace, "FAILURE_POLICY": wanted.failure_policy}
    container = {
        "name": "helm",
        "image": IMAGE,
        "args": ["install", *wanted.flags],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
    }
    pod = {
        "restartPolicy": "OnFailure",
        "serviceAccountName": f"helm-{name}",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": "system-cluster-critical",
        "containers": [container],
    }
    labels = {CHART_LABEL: name}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": job_name(chart), "namespace": namespace, "labels": labels, "ownerReferences": [owner(chart)]},
        "spec": {
            "suspend": True,
            "backoffLimit": wanted.backoff_limit,
            "template": {"metadata": {"labels": labels, "annotations": {HASH_ANNOTATION: f"SHA256={wanted.hash}"}}, "spec": pod},
        },
    }


def status(chart: Object, *, failed: str = "") -> Object:
    message = f"Applying HelmChart using Job {chart['metadata']['namespace']}/{job_name(chart)}"
    created = {"type": "JobCreated", "status": "True", "reason": "Job created", "message": message}
    failure: Object = {"type": "Failed", "status": "False"}
    if failed:
        failure = {"type": "Failed", "status": "True", "reason": "Job failed", "message": failed}
    return {"jobName": job_name(chart), "conditions": [created, failure]}


def event(chart: Object, kind: str, reason: str, message: str) -> Object:
    meta, now = chart["metadata"], datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    involved = {key: meta[key] for key in ("name", "namespace", "uid")}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
        "involvedObject": {"apiVersion": chart["apiVersion"], "kind": "HelmChart", **involved},
        "type": kind,
        "reason": reason,
        "message": message[:1000],
        "source": {"component": CONTROLLER},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def owner(chart: Object) -> Object:
    meta = chart["metadata"]
    return {
        "apiVersion": chart["apiVersion"],
        "kind": "HelmChart",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
