# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in chart of ingress-nginx renders what the published one renders, for the values that people set."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.chart_facts import Key, Object, condense, facts, render, values_of

FACTS = facts("ingress-nginx")
LEFT_OUT = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "PodDisruptionBudget"}
"""Nothing reads with these rules in a simulated cluster, and nobody drains its nodes."""
DEVIATIONS = {
    "controller.admissionWebhooks.namespaceSelector.matchLabels.kubernetes.io/metadata.name": (
        "the published webhook asks about the Ingresses of every namespace, and here nobody would answer"
    )
}
"""Values that the published chart does not have, and why ours does."""


def condensed(obj: Object) -> Object:
    obj = {**obj, "data": obj.get("data") or {}} if obj["kind"] == "ConfigMap" else obj
    return {**condense(obj), **more(obj, obj.get("spec") or {})}


def more(obj: Object, spec: Object) -> Object:
    """What else of an object the collection looks at."""
    kind = obj["kind"]
    if kind in ("Deployment", "DaemonSet"):
        pod = spec["template"]["spec"]
        container = pod["containers"][0]
        shape = {"args": container["args"], "image": container["image"], "replicas": spec.get("replicas")}
        return {**shape, "selector": spec["selector"]["matchLabels"], "host_network": pod.get("hostNetwork", False)}
    if kind == "ConfigMap":
        return {"data": obj["data"]}
    if kind == "Job":
        return {**job(spec["template"]), "hooks": obj["metadata"]["annotations"]}
    if kind == "IngressClass":
        return {"controller": spec["controller"], "annotations": obj["metadata"].get("annotations")}
    if kind.endswith("WebhookConfiguration"):
        hooks = condense(obj)["webhooks"]
        return {"webhooks": [{key: value for key, value in hook.items() if key != "namespaceSelector"} for hook in hooks]}
    return {}


def job(pod: Object) -> Object:
    meta, spec = pod["metadata"], pod["spec"]
    container = spec["containers"][0]
    marks = {"pod_labels": meta.get("labels"), "pod_annotations": meta.get("annotations"), "service_account": spec["serviceAccountName"]}
    return {**marks, "image": container["image"], "container": container["name"], "restart": spec["restartPolicy"]}


@pytest.mark.parametrize("case", FACTS["cases"], ids=["many values", "a DaemonSet without webhook", "defaults"])
def test_renders_the_published_objects(case: dict[str, Any]) -> None:
    rendered = render("ingress-nginx", "ingress-nginx", case["values"])
    ours = {key: condensed(obj) for key, obj in rendered.items() if obj["kind"] not in LEFT_OUT}
    published: dict[Key, Object] = {(obj["kind"], obj["name"]): obj for obj in case["objects"]}
    assert ours == published


def test_every_value_exists_in_the_published_chart_with_the_same_default() -> None:
    published = FACTS["values"]
    ours = {path: value for path, value in values_of("ingress-nginx").items() if path not in DEVIATIONS}
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


def test_without_values_the_data_of_the_config_map_is_null() -> None:
    """As published; it is what makes Helm take a key of ours out again at its next upgrade."""
    config = render("ingress-nginx", "ingress-nginx")["ConfigMap", "ingress-nginx-controller"]
    assert "data" in config
    assert config["data"] is None
