# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traefik's stand-in chart renders what the published one renders, for the values that people set."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sandbox.charts import K3S_TRAEFIK, assemble
from tests.sandbox.chart_facts import Key, Object, components, condense, facts, render, template, values_of

FACTS = facts("traefik")
SCHEMA = Path(__file__).parents[2] / "sandbox" / "charts" / "traefik" / "values.schema.json"
RULES = "the rules of the ClusterRole are wider: nothing reads with them"
DEVIATIONS = {
    "environment, probes' timing and security contexts": "nothing in the collection reads them",
    "the ClusterRole's rules": RULES,
}
"""What the comparison below leaves out, and why it may."""
K3S = f"static/charts/traefik-{K3S_TRAEFIK}.tgz"


def workload(obj: Object) -> Object:
    spec, result = obj["spec"], condense(obj)
    container = spec["template"]["spec"]["containers"][0]
    more = {"args": container["args"], "image": container["image"], "selector": spec["selector"]["matchLabels"]}
    return {**result, **more, "replicas": spec.get("replicas")}


def condensed(obj: Object) -> Object:
    return workload(obj) if obj["kind"] in {"Deployment", "DaemonSet"} else condense(obj)


@pytest.mark.parametrize("case", FACTS["cases"], ids=["many values", "a DaemonSet", "defaults"])
def test_renders_the_published_objects(case: dict[str, Any]) -> None:
    ours = {key: condensed(obj) for key, obj in render("traefik", "kube-system", case["values"]).items()}
    published: dict[Key, Object] = {(obj["kind"], obj["name"]): obj for obj in case["objects"]}
    assert ours == published


def test_every_value_exists_in_the_published_chart_with_the_same_default() -> None:
    published = FACTS["values"]
    ours = values_of("traefik")
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


def test_the_schema_is_closed_where_the_published_one_is() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = closed(schema)
    honoured = {path: keys for path, keys in FACTS["closed"].items() if path in found}
    assert found == honoured
    assert {"", "providers", "providers.kubernetesCRD", "providers.kubernetesIngress", "image", "updateStrategy"} <= set(found)


def closed(schema: Any, path: str = "") -> dict[str, list[str]]:
    if not isinstance(schema, dict):
        return {}
    result = {path: sorted(schema["properties"])} if schema.get("additionalProperties") is False else {}
    for key, value in (schema.get("properties") or {}).items():
        result |= closed(value, f"{path}.{key}" if path else key)
    return result


@pytest.mark.parametrize(
    "values",
    [
        {"podAnnotations": {"a": "b"}},
        {"providers": {"kubernetesIngress": {"nativeLbByDefault": True}}},
        {"deployment": {"replicas": "two"}},
        {"additionalArguments": "--log.level=DEBUG"},
        {"image": {"name": "traefik"}},
    ],
)
def test_mistyped_values_are_refused(values: Object) -> None:
    done = template("traefik", "kube-system", values)
    assert done.returncode
    assert "values don't meet the specifications of the schema" in done.stderr


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"ports": {"web": {"http": {"redirections": {"entryPoint": {"to": "secure"}}}}}}, "there is no port secure"),
        ({"image": {"tag": "latest"}}, "latest"),
        ({"ports": {"traefik": None}}, "healthchecksPort"),
        ({"service": {"enabled": True}, "ports": {"web": None, "websecure": None}}, "expose"),
    ],
)
def test_impossible_values_are_refused(values: Object, complaint: str) -> None:
    done = template("traefik", "kube-system", values)
    assert done.returncode
    assert complaint in done.stderr


def test_k3s_packaging_has_its_registry_and_no_crds() -> None:
    archive = assemble(components()) / K3S
    with tarfile.open(archive) as packed:
        assert not [name for name in packed.getnames() if name.startswith("traefik/crds")]
    values = {"global": {"systemDefaultRegistry": ""}, "image": {"repository": "rancher/mirrored-library-traefik", "tag": "3.7.15"}}
    rendered = render(K3S, "kube-system", values)
    deployment = rendered["Deployment", "traefik"]
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "rancher/mirrored-library-traefik:3.7.15"
    assert deployment["metadata"]["labels"]["helm.sh/chart"] == "traefik-40.3.0_up40.3.0"


def test_k3s_crds() -> None:
    rendered = render(f"static/charts/traefik-crd-{K3S_TRAEFIK}.tgz", "kube-system")
    names = {name for _kind, name in rendered}
    traefik = {"ingressroutes", "ingressroutetcps", "ingressrouteudps", "middlewares", "middlewaretcps", "serverstransports"}
    traefik |= {"serverstransporttcps", "tlsoptions", "tlsstores", "traefikservices"}
    gateway = {"gatewayclasses", "gateways", "grpcroutes", "httproutes", "referencegrants"}
    assert names == {f"{name}.traefik.io" for name in traefik} | {f"{name}.gateway.networking.k8s.io" for name in gateway}
    httproutes = rendered["CustomResourceDefinition", "httproutes.gateway.networking.k8s.io"]
    assert httproutes["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"] == "v1.5.1"


def test_the_published_form_brings_its_crds() -> None:
    rendered = render("traefik", "traefik", None, "--include-crds")
    assert ("CustomResourceDefinition", "middlewares.traefik.io") in rendered
