# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which workloads lag, and which of them are restarted."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError, InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.proxy import anchors_of
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.gather import mesh_of
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.lag import Answer
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.plan import Scope, plan
from tests.unit.plugins.module_utils.rollout_scene import (
    BEFORE,
    BUNDLE,
    INJECT,
    LATER,
    NOW,
    OTHER_BUNDLE,
    answers,
    control_plane,
    lags,
    namespace,
    planned,
    pod,
    proxy,
    restarted,
    skipped,
    workload,
    world,
)

EARLIER = "2026-11-21T09:00:00Z"
WEB = workload()
PROXY = proxy()


def test_what_is_as_it_would_be_today_is_left_alone() -> None:
    result = planned(world(WEB, pod(WEB, PROXY)))
    assert (result.lagging, result.findings, restarted(result)) == ([], [], [])


@pytest.mark.parametrize(
    ("has", "reason", "words"),
    [
        (None, "no_proxy", "no proxy, and the injector would add one (mode enabled)"),
        (proxy(version="edge-25.9.4"), "version", "proxy edge-25.9.4, edge-26.6.3 is current"),
        (proxy(version="edge-25.9.4", LINKERD2_PROXY_LOG="debug"), "version", "proxy edge-25.9.4, edge-26.6.3 is current"),
        (proxy(bundle=OTHER_BUNDLE), "trust_bundle", "the proxy trusts another bundle than the one in force"),
        (proxy(bundle=BUNDLE + OTHER_BUNDLE), "trust_bundle", "the proxy trusts another bundle than the one in force"),
        (proxy(LINKERD2_PROXY_LOG="debug"), "settings", "other settings: env LINKERD2_PROXY_LOG"),
        ({**PROXY, "resources": {"limits": {"cpu": "1"}}}, "settings", "other settings: resources"),
        ({**PROXY, "image": "registry.lan/proxy:edge-26.6.3"}, "settings", "other settings: image"),
    ],
)
def test_each_way_to_lag(has: Object | None, reason: str, words: str) -> None:
    found = world(WEB, pod(WEB, *([has] if has else [])))
    result = planned(found)
    assert (lags(result), restarted(result)) == ({"Deployment app/web": [reason]}, ["Deployment app/web"])
    assert result.lagging[0].to_dict()["detail"] == words
    others = tuple({"no_proxy", "version", "trust_bundle", "settings", "unwanted_proxy"} - {reason})
    assert planned(found, reasons=others).lagging == []


def test_spaces_and_order_of_a_bundle_mean_nothing() -> None:
    both = proxy(bundle=f"# two\n{OTHER_BUNDLE}\n\n{BUNDLE}")
    found = world(WEB, pod(WEB, both), anchors=anchors_of(BUNDLE + OTHER_BUNDLE))
    assert planned(found, both).lagging == []


def test_values_of_settings_are_never_shown() -> None:
    result = planned(world(WEB, pod(WEB, proxy(TOKEN="hunter2"))), proxy(TOKEN="hunter3"))
    assert "env TOKEN" in result.lagging[0].to_dict()["detail"]
    assert "hunter" not in repr([entry.to_dict() for entry in result.lagging] + [one.to_dict() for one in result.findings])


def test_many_settings_are_named_up_to_five() -> None:
    result = planned(world(WEB, pod(WEB, proxy(**{f"V{number}": "1" for number in range(9)}))))
    assert result.lagging[0].to_dict()["detail"] == "other settings: env V0, env V1, env V2, env V3, env V4 and 4 more"


def test_what_the_autoscaler_sizes_is_no_setting() -> None:
    sized = pod(WEB, {**PROXY, "resources": {"limits": {"cpu": "1"}}})
    sized["metadata"]["annotations"]["vpaObservedContainers"] = "app, linkerd-proxy"
    assert planned(world(WEB, sized)).lagging == []


def test_a_classic_sidecar_lags_where_native_ones_are_made_today() -> None:
    classic = pod(WEB)
    classic["spec"]["containers"] = [{key: value for key, value in PROXY.items() if key != "restartPolicy"}, *classic["spec"]["containers"]]
    result = planned(world(WEB, classic))
    assert result.lagging[0].to_dict()["detail"] == "other settings: no native sidecar"


def test_a_version_that_an_annotation_asks_for_is_the_current_one() -> None:
    pinned = world(
        namespace("app", {**INJECT, "config.linkerd.io/proxy-version": "edge-26.5.1"}), WEB, pod(WEB, proxy(version="edge-26.5.1"))
    )
    assert planned(pinned, proxy(version="edge-26.5.1")).lagging == []


@pytest.mark.parametrize("annotations", [{}, {"linkerd.io/inject": "disabled"}])
def test_a_proxy_that_new_pods_would_not_get(annotations: dict[str, str]) -> None:
    found = world(namespace("app", annotations), WEB, pod(WEB, PROXY))
    assert (lags(planned(found)), restarted(planned(found))) == ({"Deployment app/web": ["unwanted_proxy"]}, ["Deployment app/web"])


def test_without_linkerd_every_proxy_is_unwanted_and_nothing_else_lags() -> None:
    plain = workload(name="plain")
    found = world(WEB, pod(WEB, PROXY), plain, pod(plain), version="", anchors=frozenset(), webhooks=())
    assert lags(planned(found)) == {"Deployment app/web": ["unwanted_proxy"]}


def test_pods_that_no_webhook_sees_lack_nothing_unless_a_narrow_one_does() -> None:
    traefik = workload(name="traefik", space="kube-system")
    dns = workload(name="coredns", space="kube-system")
    space = namespace("kube-system", INJECT)
    objects = (space, traefik, dns, pod(traefik), pod(dns))
    assert planned(world(*objects)).lagging == []
    narrow = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "objectSelector": {"matchLabels": {"app": "traefik"}},
    }
    assert lags(planned(world(*objects, webhooks=(narrow,)))) == {"Deployment kube-system/traefik": ["no_proxy"]}


def test_a_workload_counts_by_the_pods_of_its_last_template() -> None:
    rolling = {**WEB, "status": {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1, "replicas": 2}}
    old, new = pod(WEB), pod(WEB, PROXY, made=LATER, revision="def")
    result = planned(world(rolling, old, new))
    assert (result.lagging, [str(unit.ref) for unit in result.under_way]) == ([], ["Deployment app/web"])
    assert skipped(result) == {"Deployment app/web": "a rollout is under way, which replaces the pods that lag"}
    wrong = pod(WEB, proxy(version="edge-25.9.4"), made=LATER, revision="def")
    assert restarted(planned(world(rolling, old, wrong))) == ["Deployment app/web"]


@pytest.mark.parametrize("status", [{"observedGeneration": 0}, {"observedGeneration": 1, "replicas": 1, "availableReplicas": 1}])
def test_a_rollout_that_has_not_begun_is_not_started_twice(status: Object) -> None:
    result = planned(world({**WEB, "status": status}, pod(WEB)))
    assert (restarted(result), [str(unit.ref) for unit in result.under_way]) == ([], ["Deployment app/web"])


def test_a_rollout_that_has_nothing_to_do_with_the_mesh_is_not_waited_for() -> None:
    broken = {**WEB, "status": {"observedGeneration": 1, "updatedReplicas": 1, "replicas": 1}}
    result = planned(world(broken, pod(WEB, PROXY)))
    assert (result.under_way, result.lagging) == ([], [])


def test_where_somebody_else_replaces_pods_the_old_ones_count_beside_a_new_one() -> None:
    db = workload("StatefulSet", "db", updateStrategy={"type": "OnDelete"})
    result = planned(world(db, pod(db, name="db-0", revision="old"), pod(db, PROXY, name="db-1", revision="new", made=LATER)))
    assert lags(result) == {"StatefulSet app/db": ["no_proxy"]}
    assert result.under_way == []


def test_a_part_of_the_pods_is_counted() -> None:
    two = [pod(WEB, PROXY), pod(WEB, proxy(version="edge-25.9.4"), name="web-2")]
    assert planned(world(WEB, *two)).lagging[0].to_dict()["detail"] == "1 of 2 pods: proxy edge-25.9.4, edge-26.6.3 is current"


# ---------------------------------------------------------------- what is not restarted


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (workload(paused=True), "kubectl -n app rollout resume deployment web"),
        (workload("StatefulSet", updateStrategy={"type": "OnDelete"}), "OnDelete"),
        (workload("DaemonSet", updateStrategy={"type": "OnDelete"}), "kubectl -n app delete pod"),
        (workload("StatefulSet", updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}), "a partition"),
        ({**WEB, "kind": "Job"}, "the next run gets what is in force then"),
        ({**WEB, "kind": "ReplicaSet"}, "a ReplicaSet without a Deployment"),
        ({**WEB, "kind": "Prometheus"}, "use what it is managed with"),
        (None, "a bare pod"),
    ],
)
def test_what_cannot_be_restarted_is_said(owner: Object | None, words: str) -> None:
    objects = [pod(owner)] if owner is None or owner["kind"] in ("Job", "ReplicaSet", "Prometheus") else [owner, pod(owner)]
    result = planned(world(*objects))
    assert restarted(result) == []
    assert words in next(iter(skipped(result).values()))
    assert [one.code for one in result.findings] == ["L5D330", "L5D335"]


def test_a_template_that_carries_the_proxy_is_not_mended_by_a_restart() -> None:
    manual = workload()
    manual["spec"]["template"]["spec"]["initContainers"] = [proxy(version="edge-25.9.4")]
    result = planned(world(manual, pod(manual, proxy(version="edge-25.9.4"))))
    assert lags(result) == {"Deployment app/web": ["version"]}
    assert "linkerd inject --manual" in skipped(result)["Deployment app/web"]


def test_pods_that_the_api_would_refuse_are_not_asked_to_come_back() -> None:
    found, refusal = world(WEB, pod(WEB)), ClusterError("create Pod", "HTTP 403: violates PodSecurity", code="denied")
    result = plan(found, Scope(), {unit: Answer(error=refusal) for unit in answers(found, PROXY)})
    assert (restarted(result), [one.code for one in result.findings]) == ([], ["L5D330", "L5D336"])


@pytest.mark.parametrize(("code", "reason"), [("forbidden", "cannot create pods"), ("denied", "exceeded quota: pods")])
def test_where_the_api_cannot_be_asked_the_rest_is_compared(code: str, reason: str) -> None:
    old = pod(WEB, proxy(version="edge-25.9.4"))
    found = world(WEB, old)
    result = plan(found, Scope(), {unit: Answer(error=ClusterError("create Pod", reason, code=code)) for unit in answers(found, PROXY)})
    assert restarted(result) == ["Deployment app/web"]
    assert [one.code for one in result.findings] == ["L5D331", "L5D337"]


def test_an_injector_that_adds_nothing_is_no_reason_to_take_proxies_away() -> None:
    other = workload(name="other")
    found = world(WEB, pod(WEB, proxy(version="old")), other, pod(other))
    result = plan(found, Scope(), answers(found, None))
    assert (result.silent, restarted(result)) == (True, [])
    assert "L5D338" in [one.code for one in result.findings]
    some = answers(found, PROXY) | {unit: answer for unit, answer in answers(found, None).items() if unit.name == "web"}
    result = plan(found, Scope(), some)
    assert (result.silent, restarted(result)) == (False, ["Deployment app/other"])
    assert "a restart would take away what they have" in skipped(result)["Deployment app/web"]


# ---------------------------------------------------------------- scope and order


def test_scope_and_what_does_not_exist() -> None:
    other, agent = workload(name="other", space="b"), workload("DaemonSet", "agent")
    found = world(namespace("b", INJECT), WEB, pod(WEB), other, pod(other), agent, pod(agent))
    assert restarted(planned(found, namespaces=("b",))) == ["Deployment b/other"]
    assert restarted(planned(found, exclude=("b",))) == ["DaemonSet app/agent", "Deployment app/web"]
    assert restarted(planned(found, workloads=(("DaemonSet", "app", "agent"),))) == ["DaemonSet app/agent"]
    with pytest.raises(InputError, match="workloads: Deployment app/wed: does not exist"):
        planned(found, workloads=(("Deployment", "app", "wed"),))
    with pytest.raises(InputError, match="namespaces: c: does not exist"):
        planned(found, namespaces=("c",))


def test_what_was_not_ready_before_comes_last() -> None:
    broken = {**workload(name="a"), "status": {"observedGeneration": 1, "updatedReplicas": 1}}
    assert restarted(planned(world(broken, pod(broken), WEB, pod(WEB)))) == ["Deployment app/web", "Deployment app/a"]


def test_the_control_plane_reads_the_bundle_when_it_starts() -> None:
    parts = [control_plane(name) for name in ("proxy-injector", "destination", "identity")]
    pods = [pod(part, proxy(bundle=None)) for part in parts]
    old = world(*parts, *pods, WEB, pod(WEB, proxy(bundle=OTHER_BUNDLE)), bundle_written=LATER)
    names = [f"Deployment linkerd/linkerd-{name}" for name in ("identity", "destination", "proxy-injector")]
    assert restarted(planned(old, control_plane=True)) == [*names, "Deployment app/web"]
    assert restarted(planned(old)) == ["Deployment app/web"]
    assert restarted(planned(world(*parts, *pods, bundle_written=EARLIER), control_plane=True)) == []


@pytest.mark.parametrize(("made", "written", "lag"), [(BEFORE, BEFORE, False), (EARLIER, BEFORE, True), (LATER, LATER, True)])
def test_a_pod_of_the_very_second_in_which_the_bundle_was_made_has_read_it(made: str, written: str, lag: bool) -> None:
    """As where Helm makes both: a container that reads a ConfigMap does not start without it."""
    part = control_plane("identity")
    entry = {"time": written, "fieldsV1": {"f:data": {"f:ca-bundle.crt": {}}}}
    roots = {"metadata": {"creationTimestamp": made, "managedFields": [entry]}, "data": {"ca-bundle.crt": BUNDLE}}
    found = world(part, pod(part, proxy(bundle=None), made=BEFORE))
    found.mesh = mesh_of({"metadata": {"name": "linkerd-config", "namespace": "linkerd"}}, roots, [])
    assert bool(restarted(planned(found, control_plane=True))) is lag


def test_an_injector_that_may_not_know_yet_goes_first() -> None:
    injector = control_plane("proxy-injector")
    objects = (injector, pod(injector, proxy(bundle=None)), WEB, pod(WEB, PROXY))
    fresh = "2026-11-21T11:59:00Z"
    for wanted in (False, True):
        result = planned(world(*objects, config_written=fresh), control_plane=wanted)
        assert restarted(result) == ["Deployment linkerd/linkerd-proxy-injector"]
    assert restarted(planned(world(*objects, config_written=LATER))) == []  # by now the kubelet has brought it
    assert restarted(planned(world(*objects, config_written=fresh), reasons=("no_proxy",))) == []
    started = (injector, pod(injector, proxy(bundle=None), made=NOW), WEB, pod(WEB, PROXY))
    assert restarted(planned(world(*started, config_written=fresh))) == []


def test_nothing_is_restarted_into_the_same_old_bundle() -> None:
    found = world(WEB, pod(WEB, proxy(bundle=OTHER_BUNDLE)))
    result = planned(found, proxy(bundle=OTHER_BUNDLE))
    assert restarted(result) == []
    assert "rollout restart deployment linkerd-proxy-injector" in skipped(result)["Deployment app/web"]


# ---------------------------------------------------------------- properties

VARIANTS: tuple[Object | None, ...] = (None, PROXY, proxy(version="old"), proxy(bundle=OTHER_BUNDLE), proxy(LOG="debug"))
ANNOTATIONS = st.sampled_from([{}, INJECT, {"linkerd.io/inject": "disabled"}, {"linkerd.io/inject": "yes"}])


@given(
    st.lists(st.tuples(st.sampled_from(["Deployment", "StatefulSet", "DaemonSet"]), st.sampled_from(VARIANTS), st.booleans()), max_size=6),
    ANNOTATIONS,
    st.integers(1, 3),
)
def test_a_plan_that_was_carried_out_is_empty(
    made: list[tuple[str, Object | None, bool]], annotations: dict[str, str], replicas: int
) -> None:
    """Every workload in exactly one place; after the restarts nothing lags but what was skipped."""
    hold: Object = {"updateStrategy": {"type": "OnDelete"}, "paused": True}
    owners = [workload(kind, f"w{number}", **(hold if held else {})) for number, (kind, _has, held) in enumerate(made)]
    pods = [
        pod(owner, *([has] if has else []), name=f"{owner['metadata']['name']}-{number}")
        for owner, (_kind, has, _held) in zip(owners, made, strict=True)
        for number in range(replicas)
    ]
    space = namespace("app", annotations)
    result = planned(world(space, *owners, *pods))
    assert set(restarted(result)) | set(skipped(result)) == set(lags(result))
    assert not set(restarted(result)) & set(skipped(result))
    again = t.cast("tuple[Object, ...]", (PROXY,) if annotations == INJECT else ())
    names = {unit.ref.name for unit in result.restart}
    after = [pod(owner, *again) if owner["metadata"]["name"] in names else old for old in pods for owner in owners if _owns(owner, old)]
    second = planned(world(space, *owners, *after))
    assert restarted(second) == []
    assert skipped(second) == skipped(result)


def _owns(owner: Object, made: Object) -> bool:
    return bool(made["metadata"]["labels"]["app"] == owner["metadata"]["name"])
