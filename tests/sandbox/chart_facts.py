# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered charts as facts: what of each object a stand-in has to share with the published chart."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.charts import assemble
from tools.chart_facts import flat, offered

FACTS = Path(__file__).parent / "facts"
Object = dict[str, Any]
Key = tuple[str, str]


def facts(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))


def components() -> Path:
    """The newest built components of this user; these tests only read them."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pimesh-linkerd"
    built = [path.parent.parent for path in root.glob("components-*/bin/helm")]
    if not built:
        pytest.skip("no Helm yet: python -m sandbox up builds it")
    return max(built, key=lambda path: path.stat().st_mtime)


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(components() / "bin" / "helm"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def template(chart: str, namespace: str, values: Object | None = None, *flags: str) -> subprocess.CompletedProcess[str]:
    where = assemble(components()) / chart
    name = chart if "/" not in chart else "traefik"
    command = [
        str(components() / "bin" / "helm"),
        "template",
        name,
        str(where),
        "-n",
        namespace,
        "--kube-version",
        "v1.36.3",
        *flags,
        "-f",
        "-",
    ]
    return subprocess.run(command, input=yaml.safe_dump(values or {}), capture_output=True, text=True, check=False, timeout=60)


def render(chart: str, namespace: str, values: Object | None = None, *flags: str) -> dict[Key, Object]:
    done = template(chart, namespace, values, *flags)
    assert not done.returncode, done.stderr
    found = [item for item in yaml.safe_load_all(done.stdout) if item]
    return {(item["kind"], item["metadata"]["name"]): item for item in found}


def condense(obj: Object) -> Object:
    """The same questions for a published chart and for its stand-in."""
    meta, spec, kind = obj["metadata"], obj.get("spec") or {}, obj["kind"]
    result: Object = {"kind": kind, "apiVersion": obj["apiVersion"], "name": meta["name"]}
    result |= {"labels": meta["labels"]} if meta.get("labels") else {}
    result |= {"namespace": meta["namespace"]} if meta.get("namespace") else {}
    if kind == "Service":
        ports = [{"name": p["name"], "port": p["port"], "targetPort": p.get("targetPort")} for p in spec["ports"]]
        result |= {"ports": ports, "clusterIP": spec.get("clusterIP"), "selector": spec["selector"]}
    if kind in ("ConfigMap", "Secret"):
        result |= {"keys": sorted(obj["data"]), "type": obj.get("type")}
    if kind == "APIService":
        result["service"] = spec["service"]
    if kind == "CustomResourceDefinition":
        result["versions"] = sorted(version["name"] for version in spec["versions"])
    if kind in ("Deployment", "DaemonSet"):
        result |= _pod(spec["template"])
    if kind == "CronJob":
        result |= _pod(spec["jobTemplate"]["spec"]["template"])
    if kind.endswith("WebhookConfiguration"):
        result["webhooks"] = [_webhook(hook) for hook in obj["webhooks"]]
    return result


def _pod(pod: Object) -> Object:
    meta, spec = pod["metadata"], pod["spec"]
    result = {"pod_labels": meta.get("labels"), "pod_annotations": meta.get("annotations"), "service_account": spec["serviceAccountName"]}
    for kind in ("initContainers", "containers"):
        if spec.get(kind):
            result[kind] = [_container(container) for container in spec[kind]]
    result["volumes"] = {v["name"]: next(key for key in v if key != "name") for v in spec.get("volumes") or []}
    return result


def _container(container: Object) -> Object:
    ports = {port.get("name", "-"): port["containerPort"] for port in container.get("ports") or []}
    restart = {"restartPolicy": container["restartPolicy"]} if "restartPolicy" in container else {}
    return {"name": container["name"], "ports": ports, **restart}


def _webhook(hook: Object) -> Object:
    asked = ("name", "namespaceSelector", "objectSelector", "failurePolicy", "sideEffects", "rules", "timeoutSeconds")
    service = {key: hook["clientConfig"]["service"][key] for key in ("name", "namespace", "path")}
    return {**{key: hook.get(key) for key in asked}, "service": service}


def versions_of(*charts: str) -> list[tuple[str, str]]:
    """Each chart in each version that the sandbox has, as parameters of a test."""
    return [(chart, version) for chart in charts for version in offered(chart)]


def values_of(chart: str) -> dict[str, Any]:
    source = assemble(components()) / chart / "values.yaml"
    return flat(yaml.safe_load(source.read_text(encoding="utf-8")))
