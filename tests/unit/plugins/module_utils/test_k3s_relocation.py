# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure parts of moving k3s' bundled Traefik."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import parse_values
from ansible_collections.pimesh.linkerd.plugins.module_utils.k3s import bundled, carried, relocation, surroundings
from ansible_collections.pimesh.linkerd.plugins.module_utils.k3s.survey import Survey, check_complete
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects import stored_release
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.helm import record_of

CRD = ("CustomResourceDefinition",)
WISH = carried.Wish("https://charts.example", "")
STATIC = "https://%{KUBERNETES_API}%/static/charts/"


def definition(name: str, **annotations: str) -> Object:
    meta: Object = {"name": name, **({"annotations": annotations} if annotations else {})}
    text = "Several lines.\n---\n  - a text that looks like a separator, inside an indented block\n"
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": {"description": text}}


def account(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "kube-system"}}


def release(*objects: Object, before: str = "") -> Object:
    texts = "".join(f"---\n# Source: traefik-crd/templates/{index}.yaml\n{yaml.safe_dump(obj)}" for index, obj in enumerate(objects))
    record = {"name": "traefik-crd", "version": 3, "info": {"status": "deployed"}, "manifest": before + texts, "chart": {"files": None}}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()
    meta = {"name": "sh.helm.release.v1.traefik-crd.v3", "namespace": "kube-system", "labels": {"status": "deployed"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "helm.sh/release.v1", "data": {"release": packed}}


def helm_chart(name: str = "traefik", file: str = "traefik-40.3.0+up40.3.0.tgz", values: str = "", **spec: t.Any) -> Object:
    meta = {"name": name, "namespace": "kube-system", "resourceVersion": "1"}
    return {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": meta,
        "spec": {"chart": STATIC + file, "valuesContent": values, **spec},
    }


def settings(values: str, **spec: t.Any) -> Object:
    annotations = {"house/edited-by": "anna", "objectset.rio.cattle.io/owner-name": "my-traefik", "argocd.argoproj.io/tracking-id": "x"}
    meta = {"name": "traefik", "namespace": "kube-system", "annotations": annotations}
    return {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig", "metadata": meta, "spec": {"valuesContent": values, **spec}}


def codes(found: t.Iterable[t.Any]) -> list[str]:
    return [item.code for item in found]


# ---------------------------------------------------------------- what Helm stored


def test_a_protected_release_keeps_every_crd_and_says_nothing_else_new() -> None:
    objects = [definition("a"), account("helm"), definition("b", **{"helm.sh/resource-policy": "keep"}), definition("c", other="x")]
    before = release(*objects)
    assert [ref.name for ref in stored_release.unprotected(before, CRD)] == ["a", "c"]
    after = stored_release.protected(before, CRD)
    assert stored_release.unprotected(after, CRD) == []
    kept = stored_release.stored(after, (*CRD, "ServiceAccount"))
    assert [obj["metadata"]["name"] for obj in kept] == ["a", "helm", "b", "c"]
    assert kept[3]["metadata"]["annotations"] == {"other": "x", "helm.sh/resource-policy": "keep"}
    assert [obj.get("spec") for obj in kept] == [obj.get("spec") for obj in objects]
    old, new = record_of(before), record_of(after)
    assert {**old, "manifest": ""} == {**new, "manifest": ""}
    assert new["manifest"].count("# Source: ") == 4
    assert {**before, "data": 0} == {**after, "data": 0}


def test_protecting_twice_is_protecting_once() -> None:
    once = stored_release.protected(release(definition("a"), account("x")), CRD)
    assert stored_release.protected(once, CRD) == once


@pytest.mark.parametrize("policy", [" KEEP ", "keep", "Keep"])
def test_helm_reads_the_policy_in_any_letters(policy: str) -> None:
    assert stored_release.unprotected(release(definition("a", **{"helm.sh/resource-policy": policy})), CRD) == []


@pytest.mark.parametrize("policy", ["delete", "", "kept"])
def test_another_policy_is_none(policy: str) -> None:
    assert len(stored_release.unprotected(release(definition("a", **{"helm.sh/resource-policy": policy})), CRD)) == 1


def test_a_manifest_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(PlanningError, match="not YAML"):
        stored_release.protected(release(before="---\n{a: [\n"), CRD)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=200))
def test_any_text_in_a_manifest_is_left_alone_or_refused(text: str) -> None:
    secret = release(definition("a"), before=text)
    try:
        after = stored_release.protected(secret, CRD)
    except L5dError:
        return
    assert stored_release.unprotected(after, CRD) == []


# ---------------------------------------------------------------- what k3s brought


@pytest.mark.parametrize(
    ("file", "version"),
    [("traefik-40.3.0+up40.3.0.tgz", "40.3.0"), ("traefik-39.0.701+up39.0.7.tgz", "39.0.7"), ("traefik-10.9.100.tgz", "10.9.100")],
)
def test_the_published_version_is_in_the_file_name(file: str, version: str) -> None:
    assert bundled.upstream_version(helm_chart(file=file)) == version


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        ('["server","--disable","traefik"]', True),
        ('["server","--disable","metrics-server","--disable","traefik"]', True),
        ('["server","--disable","servicelb,traefik"]', True),
        ('["server","--disable","servicelb"]', False),
        ('["server","traefik"]', False),
        ('["server"]', False),
        ("not json", False),
        ('"text"', False),
        (None, False),
    ],
)
def test_a_node_says_how_k3s_was_started(arguments: str | None, without: bool) -> None:
    annotations = {"k3s.io/node-args": arguments} if arguments is not None else None
    assert bundled.runs_without_traefik({"metadata": {"name": "pi-1", "annotations": annotations}}) is without


@pytest.mark.parametrize(
    ("status", "idle"),
    [
        ({"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}, True),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, True),
        ({"active": 1, "conditions": [{"type": "Suspended", "status": "False"}]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_job_is_settled_when_nothing_of_it_runs(status: Object | None, idle: bool) -> None:
    assert bundled.settled({"status": status}) is idle
    assert bundled.settled(None)


def test_helm_is_at_work_as_long_as_a_job_or_a_pod_of_one_that_is_gone_runs() -> None:
    pod: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "helm-install-traefik-x", "namespace": "kube-system"}}
    assert world().at_work == []
    assert world(jobs={"traefik": {"status": {"active": 1}}, "traefik-crd": None}).at_work == ["Job helm-install-traefik"]
    assert world(job_pods=[{**pod, "status": {"phase": "Running"}}]).at_work == ["Pod kube-system/helm-install-traefik-x"]
    assert world(job_pods=[{**pod, "status": {"phase": "Succeeded"}}]).at_work == []


# ---------------------------------------------------------------- what moves


def test_the_new_chart_has_k3s_values_without_k3s_own_keys() -> None:
    source = helm_chart(values="image: {tag: 3.7.15}\n", set={"global.systemDefaultRegistry": "registry.home", "replicas": 2})
    made = carried.chart(source, None, "edge", WISH, "traefik")
    assert made["spec"]["version"] == "40.3.0"
    assert made["spec"]["targetNamespace"] == made["metadata"]["namespace"] == "edge"
    assert made["spec"]["set"] == {"replicas": 2}
    assert parse_values(made["spec"]["valuesContent"], "") == {
        "image": {"tag": "3.7.15", "registry": "registry.home"},
        "persistence": {"enabled": True, "existingClaim": "traefik"},
    }


def test_the_settings_move_word_for_word_without_the_marks_of_a_file() -> None:
    text = "# mine\nlogs: {access: {enabled: true}}\n"
    made = carried.config(settings(text), "edge")
    assert made["spec"] == {"valuesContent": text}
    assert made["metadata"] == {"name": "traefik", "namespace": "edge", "annotations": {"house/edited-by": "anna"}}


def test_a_strip_of_ours_moves_with_the_settings_that_name_it() -> None:
    text = "additionalArguments: [--entryPoints.web.http.middlewares=kube-system-l5d-strip@kubernetescrd, kube-system-mine@kubernetescrd]\n"
    made = carried.config(settings(text), "edge")
    assert made["spec"]["valuesContent"] == text.replace("kube-system-l5d-strip", "edge-l5d-strip")
    strip = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": "l5d-strip"}, "spec": {"headers": {}}}
    objects = relocation.needed_first(world(strips=[strip], namespace_exists=True))
    assert [Ref.of(obj) for obj in objects] == [Ref("traefik.io/v1alpha1", "Middleware", "l5d-strip", "traefik")]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("extraObjects: [{kind: ConfigMap}]\n", "extraObjects"),
        ("tlsOptions: {default: {minVersion: VersionTLS12}}\n", "tlsOptions"),
        ("tlsStore: {default: {}}\n", "tlsStore"),
        ("namespaceOverride: other\n", "namespaceOverride"),
        ("hostNetwork: true\n", "hostNetwork"),
        ("ports: {web: {nodePort: 30080}}\n", "ports.web.nodePort"),
        ("ports: {web: {hostPort: 80}}\n", "ports.web.hostPort"),
    ],
)
def test_what_cannot_be_there_twice_is_named(values: str, reason: str) -> None:
    for chart, config in ((helm_chart(values=values), None), (helm_chart(), settings(values))):
        (found,) = carried.problems(chart, config)
        assert found.code == "L5D506"
        assert reason in found.reason


def test_helm_set_and_values_in_secrets_and_another_chart_are_seen_too() -> None:
    assert codes(carried.problems(helm_chart(set={"ports.web.nodePort": 30080}), None)) == ["L5D506"]
    assert codes(carried.problems(helm_chart(valuesSecrets=[{"name": "x", "keys": ["y"]}]), None)) == ["L5D506"]
    assert codes(carried.problems({**helm_chart(), "spec": {"chart": "traefik", "repo": "https://charts.example"}}, None)) == ["L5D506"]
    assert carried.problems(helm_chart(values="ports: {web: {port: 8000}}\n"), settings("ports: {mqtt: null}\n")) == []


def test_everything_a_pod_needs_is_found() -> None:
    template = {
        "spec": {
            "imagePullSecrets": [{"name": "pull"}],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "traefik"}},
                {"name": "a", "secret": {"secretName": "a"}},
                {"name": "b", "configMap": {"name": "b"}},
                {"name": "c", "projected": {"sources": [{"secret": {"name": "c"}}, {"configMap": {"name": "kube-root-ca.crt"}}, {}]}},
                {"name": "tmp", "emptyDir": {}},
            ],
            "containers": [
                {
                    "env": [{"name": "X", "value": "1"}, {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "d", "key": "y"}}}],
                    "envFrom": [{"configMapRef": {"name": "e"}}, {"secretRef": {"name": "a"}}],
                }
            ],
        }
    }
    found = {str(ref) for ref in surroundings.needs(template).refs("kube-system")}
    assert found == {
        "PersistentVolumeClaim kube-system/traefik",
        *(f"Secret kube-system/{name}" for name in ("pull", "a", "c", "d")),
        *(f"ConfigMap kube-system/{name}" for name in ("b", "e")),
    }


def volume(**source: t.Any) -> Object:
    spec = {"capacity": {"storage": "128Mi"}, "accessModes": ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Delete", **source}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1", "resourceVersion": "1"}, "spec": spec}


CLAIM: Object = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {
        "name": "traefik",
        "namespace": "kube-system",
        "annotations": {"meta.helm.sh/release-name": "traefik", "meta.helm.sh/release-namespace": "kube-system"},
    },
    "spec": {"volumeName": "pv-1"},
}


def test_a_directory_gets_a_second_name_and_a_storage_system_does_not() -> None:
    local = volume(hostPath={"path": "/data"}, nodeAffinity={"required": {}}, storageClassName="local-path")
    assert surroundings.storage_problem(CLAIM, local) is None
    twin, claim = surroundings.twins(CLAIM, local, "edge")
    assert twin["spec"]["hostPath"] == {"path": "/data"}
    assert twin["spec"]["nodeAffinity"] == {"required": {}}
    assert twin["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert (claim["spec"]["volumeName"], claim["metadata"]["namespace"]) == (twin["metadata"]["name"], "edge")
    problem = surroundings.storage_problem(CLAIM, volume(csi={"driver": "driver.longhorn.io"}, claimRef={"name": "traefik"}))
    assert problem is not None
    assert (problem.code, "pv-1 (csi)" in problem.reason) == ("L5D507", True)
    assert surroundings.storage_problem(CLAIM, None) is not None


# ---------------------------------------------------------------- the plan


def world(**more: t.Any) -> Survey:
    charts = {name: helm_chart(name) for name in ("traefik", "traefik-crd")}
    crds = {"traefik-crd": {**release(definition("a")), "metadata": {"name": "s", "namespace": "kube-system", "resourceVersion": "1"}}}
    return Survey("traefik", **{"charts": charts, "releases": crds, "definitions": [definition("a")], **more})


def carry_out(survey: Survey, steps: t.Iterable[t.Any]) -> None:
    """Write the steps into the survey's objects."""
    for step in steps:
        for shelf in (survey.charts, survey.releases):
            for name, obj in shelf.items():
                if Ref.of(obj) == step.object:
                    shelf[name] = step.desire(obj)
        survey.definitions = [step.desire(obj) if Ref.of(obj) == step.object else obj for obj in survey.definitions]


def test_freezing_and_protecting_need_doing_once() -> None:
    survey = world()
    frozen = relocation.freeze(survey)
    assert [step.object.name for step in frozen] == ["traefik", "traefik-crd"]
    protected = relocation.protect(survey)
    assert [step.object.kind for step in protected] == ["Secret", "CustomResourceDefinition"]
    assert codes(relocation.findings(survey)) == ["L5D505"]
    carry_out(survey, [*frozen, *protected])
    assert [*relocation.freeze(survey), *relocation.protect(survey), *relocation.findings(survey)] == []
    (thaw,) = relocation.thaw(survey, "traefik")
    assert not bundled.is_frozen(thaw.after or {})
    assert thaw.desire(None) is None


def test_a_volume_that_would_be_deleted_with_its_claim_is_retained_and_given_to_the_chart() -> None:
    local = volume(hostPath={"path": "/data"})
    survey = world(claims=[(CLAIM, local)])
    retained = [step for step in relocation.protect(survey) if step.object.kind == "PersistentVolume"]
    assert [step.after["spec"]["persistentVolumeReclaimPolicy"] for step in retained if step.after] == ["Retain"]
    kinds = [obj["kind"] for obj in relocation.needed_first(survey)]
    assert kinds == ["Namespace", "PersistentVolume", "PersistentVolumeClaim"]
    (chart,) = relocation.chart(survey, WISH)
    assert "existingClaim: traefik" in chart["spec"]["valuesContent"]


def test_a_copy_that_somebody_else_made_is_left_alone() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "token", "namespace": "kube-system"}, "data": {"a": "eA=="}}
    survey = world(used=[secret], namespace_exists=True)
    assert [Ref.of(obj) for obj in relocation.needed_first(survey)] == [Ref("v1", "Secret", "token", "traefik")]
    survey.there = {Ref("v1", "Secret", "token", "traefik")}
    assert relocation.needed_first(survey) == []


def test_settings_are_carried_once_and_the_old_ones_are_named_at_the_end() -> None:
    config = settings("{}\n")
    assert [step.object.namespace for step in relocation.settings(world(config=config))] == ["traefik"]
    assert relocation.settings(world(config=config, target_config=config)) == []
    node = {"metadata": {"name": "pi-1"}}
    moved = Survey("traefik", config=config, target=helm_chart(), nodes=[node])
    assert moved.phase == "moved"
    assert codes(relocation.findings(moved)) == ["L5D508", "L5D511"]


def test_the_narrow_webhook_goes_and_a_foreign_one_of_its_name_stays() -> None:
    webhook: Object = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "w"}}
    assert relocation.prune(world(webhook=webhook)) == []
    webhook["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "pimesh.linkerd"}
    assert [step.verb for step in relocation.prune(world(webhook=webhook))] == ["delete"]


@pytest.mark.parametrize(
    ("namespace", "spec", "named"),
    [
        ("app", {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]}]}, True),
        ("app", {"ingress": [{"from": [{"podSelector": {}}]}, {}]}, False),
        ("kube-system", {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "traefik"}}}, True),
        ("kube-system", {"podSelector": {}}, False),
    ],
)
def test_network_policies_that_speak_of_the_old_place_are_named(namespace: str, spec: Object, named: bool) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": namespace},
        "spec": spec,
    }
    found = codes(relocation.findings(world(policies=[policy], releases={})))
    assert found == (["L5D510"] if named else [])


def test_it_is_disabled_when_both_charts_are_going() -> None:
    survey = world()
    assert survey.phase == "bundled"
    for chart in survey.charts.values():
        chart["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    assert survey.phase == "disabled"
    assert Survey("traefik").phase == "absent"


def test_a_custom_resource_that_is_gone_is_named() -> None:
    check_complete({"routes": {"a/b"}}, {"routes": {"a/b", "a/c"}, "more": {"x/y"}})
    with pytest.raises(L5dError, match=r"routes a/b.*1 in all"):
        check_complete({"routes": {"a/b"}}, {})
