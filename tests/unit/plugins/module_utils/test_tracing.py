# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether spans reach a collector, on plain objects."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import RELEASES, release_for
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Finding
from ansible_collections.pimesh.linkerd.plugins.module_utils.tracing import detection, judging, leftover
from ansible_collections.pimesh.linkerd.plugins.module_utils.tracing.collector import (
    Collector,
    Endpoint,
    Mesh,
    Scene,
    is_endpoint,
    read_collector,
    read_endpoint,
)

Object = dict[str, t.Any]

MESH = Mesh("linkerd", release_for("2026.6.3"), installed=True, skip_inbound="4567,4568")
TEMPO = Collector(Endpoint("tempo", "tracing", 4317), "tempo", "tracing")
PROXY = {"name": "linkerd-proxy", "env": []}
INJECT = {"linkerd.io/inject": "enabled"}
WEBHOOK: Object = {
    "metadata": {"name": "linkerd-proxy-injector-webhook-config"},
    "webhooks": [
        {
            "clientConfig": {"service": {"name": "linkerd-proxy-injector", "namespace": "linkerd"}},
            "namespaceSelector": {
                "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]
            },
        }
    ],
}


def namespace(name: str, labels: Object | None = None, **annotations: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}, "annotations": annotations}}


def service(name: str = "tempo", home: str = "tracing", port: int = 4317, target: t.Any = "otlp", labels: Object | None = None) -> Object:
    spec = {"selector": {"app": name}, "ports": [{"name": "otlp", "port": port, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": home, "labels": labels or {}}, "spec": spec}


def pod(
    name: str = "tempo", home: str = "tracing", account: str = "tempo", *, meshed: bool = True, annotations: Object | None = None
) -> Object:
    meta: Object = {"name": f"{name}-abc-1", "namespace": home, "labels": {"app": name, "pod-template-hash": "abc"}}
    meta |= {
        "annotations": annotations or {},
        "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-abc", "apiVersion": "apps/v1", "controller": True}],
    }
    app = {"name": "app", "ports": [{"name": "otlp", "containerPort": 4317}]}
    init = {"initContainers": [PROXY]} if meshed else {}
    return {"kind": "Pod", "metadata": meta, "spec": {"serviceAccountName": account, "containers": [app], **init}}


def scene(*objects: Object, mesh: Mesh = MESH) -> Scene:
    kinds: dict[str, list[Object]] = {}
    for obj in objects:
        kinds.setdefault(obj["kind"], []).append(obj)
    namespaces = {obj["metadata"]["name"]: obj for obj in kinds.pop("Namespace", [namespace("tracing")])}
    services, pods, hooks = (tuple(kinds.pop(kind, [])) for kind in ("Service", "Pod", "MutatingWebhookConfiguration"))
    return Scene(mesh, services, pods, namespaces, (WEBHOOK, *hooks), tuple(obj for rest in kinds.values() for obj in rest))


def codes(findings: t.Iterable[Finding]) -> list[str]:
    return [entry.code for entry in findings]


@pytest.mark.parametrize(
    "text", ["tempo.tracing:4317", "tempo.tracing.svc:4317", "tempo.tracing.svc.cluster.local:4317", "tempo.tracing.svc.pi.lan.:4317"]
)
def test_an_endpoint_is_a_service_and_a_port(text: str) -> None:
    assert read_endpoint(text) == Endpoint("tempo", "tracing", 4317)
    assert is_endpoint(text, Endpoint("tempo", "tracing", 4317))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tempo.tracing", "names no port"),
        ("tempo.tracing:otlp", "names no port"),
        ("tempo.tracing:0", "names no port"),
        ("tempo.tracing:65536", "names no port"),
        ("tempo:4317", "names no namespace"),
        ("tempo.example.com:4317", "names no namespace"),
        ("10.43.0.7:4317", "is no Service"),
        ("[fd00::7]:4317", "is no Service"),
        ("http://tempo.tracing:4317", "is no Service"),
        ("Tempo.tracing:4317", "is not the name of a Service"),
    ],
)
def test_an_endpoint_that_proxies_cannot_use_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_endpoint(text)
    assert not is_endpoint(text, Endpoint("tempo", "tracing", 4317))


@given(st.text(max_size=40))
def test_whatever_is_read_as_an_endpoint_means_the_same_when_it_is_written(text: str) -> None:
    try:
        endpoint = read_endpoint(text)
    except InputError:
        return
    assert read_endpoint(Collector(endpoint).to_dict()["endpoint"]) == endpoint


def test_a_collector_needs_an_endpoint_and_takes_its_namespace_from_it() -> None:
    assert read_collector({"endpoint": None, "service_account": ""}) is None
    assert read_collector({"endpoint": "tempo.tracing:4317", "service_account": "tempo"}) == TEMPO
    with pytest.raises(InputError, match="has no endpoint"):
        read_collector({"service_account": "tempo"})


def test_a_meshed_collector_with_the_right_identity_is_fine() -> None:
    assert judging.judge(scene(service(), pod()), TEMPO) == []


@pytest.mark.parametrize(
    ("objects", "collector", "expected"),
    [
        ([], TEMPO, ["L5D185"]),
        ([service(port=9095), pod()], TEMPO, ["L5D186"]),
        ([service()], TEMPO, ["L5D194"]),
        ([service(), pod(meshed=False)], TEMPO, ["L5D187"]),
        ([service(), pod(meshed=False, annotations=INJECT)], TEMPO, ["L5D193"]),
        ([service(), pod(meshed=False), namespace("tracing", None, **INJECT)], TEMPO, ["L5D193"]),
        ([service(), pod(meshed=False, annotations={"linkerd.io/inject": "true"})], TEMPO, ["L5D187"]),
        ([service(), pod(account="default")], TEMPO, ["L5D188"]),
        ([service(), pod()], replace(TEMPO, namespace="monitoring"), ["L5D188"]),
        ([service()], replace(TEMPO, namespace="monitoring"), ["L5D188", "L5D194"]),
        ([service(), pod(annotations={"config.linkerd.io/skip-inbound-ports": "4000-5000"})], TEMPO, ["L5D189"]),
        ([service(), pod(), namespace("tracing", None, **{"config.linkerd.io/skip-inbound-ports": "4317"})], TEMPO, ["L5D189"]),
        ([service(target=55680), pod(annotations={"config.linkerd.io/skip-inbound-ports": "4317"})], TEMPO, []),
    ],
)
def test_what_keeps_spans_away_is_found(objects: list[Object], collector: Collector, expected: list[str]) -> None:
    assert codes(judging.judge(scene(*objects), collector)) == expected


def test_a_collector_in_kube_system_is_told_why() -> None:
    there = Collector(Endpoint("tempo", "kube-system", 4317), "tempo", "kube-system")
    found = judging.judge(scene(service(home="kube-system"), pod(home="kube-system", meshed=False, annotations=INJECT)), there)
    assert codes(found) == ["L5D187"]
    assert "kube-system" in found[0].reason
    assert str(found[0].object) == "Deployment kube-system/tempo"


def test_before_linkerd_is_there_its_published_webhook_counts() -> None:
    fresh = replace(MESH, installed=False)
    assert codes(judging.judge(scene(service(), pod(meshed=False, annotations=INJECT), mesh=fresh), TEMPO)) == ["L5D193"]
    assert judging.settings(scene(mesh=fresh), TEMPO) == []


def test_pods_that_ended_or_are_about_to_do_not_count() -> None:
    gone = pod(account="default", meshed=False)
    gone["status"] = {"phase": "Succeeded"}
    going = pod(account="default", meshed=False)
    going["metadata"]["deletionTimestamp"] = "2026-11-21T11:30:00Z"
    assert judging.judge(scene(service(), pod(), gone, going), TEMPO) == []


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.chart_version)
def test_another_trust_domain_works_only_with_releases_that_use_it(release: t.Any) -> None:
    mesh = Mesh("linkerd", release, installed=False, trust_domain="mesh.lan")
    wrong = not release.has_jaeger_extension and not release.traces_to_trust_domain
    assert codes(judging.domains(scene(mesh=mesh))) == (["L5D190"] if wrong else [])
    assert judging.domains(scene(mesh=replace(mesh, trust_domain="cluster.local"))) == []


@pytest.mark.parametrize(
    ("exports_to", "exports_as", "fine"),
    [
        ("tempo.tracing:4317", "tempo.tracing", True),
        ("tempo.tracing.svc.cluster.local:4317", "tempo.tracing", True),
        ("", ".", False),
        ("jaeger-collector.jaeger-system:4317", "jaeger.jaeger-system", False),
        ("tempo.tracing:4317", "default.tracing", False),
        ("alloy.tracing:4317", "tempo.tracing", False),
    ],
)
def test_the_control_plane_has_to_name_the_same_collector(exports_to: str, exports_as: str, fine: bool) -> None:
    mesh = replace(MESH, exports_to=exports_to, exports_as=exports_as)
    assert codes(judging.settings(scene(mesh=mesh), TEMPO)) == ([] if fine else ["L5D195"])
    assert judging.settings(scene(mesh=replace(mesh, release=release_for("2025.9.4"))), TEMPO) == []


def test_whoever_names_no_service_account_takes_the_one_that_the_control_plane_names() -> None:
    mesh = replace(MESH, exports_to="tempo.tracing:4317", exports_as="tempo.tracing")
    assert judging.settings(scene(mesh=mesh), replace(TEMPO, service_account="")) == []


def test_one_meshed_collector_is_chosen() -> None:
    found = scene(service(), pod(), service("alloy", "monitoring"), pod("alloy", "monitoring", "alloy", meshed=False))
    candidates = detection.candidates(found)
    assert [candidate.to_dict()["endpoint"] for candidate in candidates] == ["tempo.tracing:4317", "alloy.monitoring:4317"]
    assert detection.choose(found, candidates) == (TEMPO, [])


def test_among_several_a_person_chooses_and_of_none_the_reasons_are_said() -> None:
    several = scene(service(), pod(), service("alloy"), pod("alloy", account="alloy"))
    assert detection.choose(several, detection.candidates(several))[0] is None
    bare = scene(service(), pod(meshed=False))
    chosen, doubts = detection.choose(bare, detection.candidates(bare))
    assert chosen is None
    assert codes(doubts) == ["L5D196"]
    assert "not in the mesh" in doubts[0].reason


def test_ours_the_extensions_and_headless_twins_are_no_candidates() -> None:
    headless = service("twin")
    headless["spec"]["clusterIP"] = "None"
    ours = service("jaeger-collector", labels={"app.kubernetes.io/managed-by": "pimesh.linkerd"})
    theirs = service("collector", "linkerd-jaeger", labels={"linkerd.io/extension": "jaeger"})
    found = scene(headless, ours, theirs, *(pod(name) for name in ("twin", "jaeger-collector")), pod("collector", "linkerd-jaeger"))
    assert detection.candidates(found) == []
    assert detection.own(found, Endpoint("jaeger-collector", "tracing", 4317))
    assert not detection.own(found, Endpoint("twin", "tracing", 4317))


def extension(*, ours: bool = False, webhook: bool = True) -> list[Object]:
    marks = {"meta.helm.sh/release-name": "linkerd-jaeger", "meta.helm.sh/release-namespace": "linkerd-jaeger"}
    owner = {"app.kubernetes.io/managed-by": "pimesh.linkerd"} if ours else {}
    collector = service("collector", "linkerd-jaeger", labels={"linkerd.io/extension": "jaeger"})
    collector["metadata"]["annotations"] = marks
    hook = {"kind": "MutatingWebhookConfiguration", "metadata": {"name": leftover.WEBHOOK, "annotations": marks}}
    return [namespace("linkerd-jaeger", {"linkerd.io/extension": "jaeger", **owner}), collector, *([hook] if webhook else [])]


@pytest.mark.parametrize("ours", [True, False])
def test_an_extension_is_recognised_with_its_release_and_its_maker(ours: bool) -> None:
    found = leftover.extension(scene(*extension(ours=ours)))
    assert found.to_dict() == {
        "found": True,
        "namespace": "linkerd-jaeger",
        "webhook": "linkerd-jaeger-injector-webhook-config",
        "release": {"name": "linkerd-jaeger", "namespace": "linkerd-jaeger"},
        "collector": {"endpoint": "collector.linkerd-jaeger:4317", "service_account": "collector", "namespace": "linkerd-jaeger"},
        "ours": ours,
    }
    assert not leftover.extension(scene()).found


def test_an_extension_is_a_finding_only_once_linkerd_has_outgrown_it() -> None:
    new, old = (replace(MESH, release=release_for(version)) for version in ("2025.10.1", "2025.9.4"))
    for mesh, expected in ((new, ["L5D191"]), (old, [])):
        there = scene(*extension(), mesh=mesh)
        assert codes(leftover.findings(there, leftover.extension(there), None)) == expected


def test_a_collector_that_is_kept_is_no_finding_once_its_injector_is_gone() -> None:
    for webhook, expected in ((True, ["L5D191"]), (False, [])):
        there = scene(*extension(webhook=webhook))
        remains = leftover.extension(there)
        assert codes(leftover.findings(there, remains, remains.collector)) == expected


def test_dead_annotations_are_named_with_their_object() -> None:
    said = {"config.linkerd.io/trace-collector": "tempo.tracing:55678"}
    template = {"metadata": {"annotations": said}}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "app"}, "spec": {"template": template}}
    there = scene(namespace("app", None, **said), namespace("other"), web)
    found = leftover.findings(there, leftover.extension(there), None)
    assert [(entry.code, str(entry.object)) for entry in found] == [("L5D192", "Namespace app"), ("L5D192", "Deployment app/web")]
    old = replace(there, mesh=replace(MESH, release=release_for("2025.9.4")))
    assert leftover.findings(old, leftover.extension(old), None) == []
