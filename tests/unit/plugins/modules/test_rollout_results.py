# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_rollout against the fake API: what it prints, and what it asks and writes."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.modules import l5d_rollout
from tests.integration import module_runs
from tests.unit.fake_api import Address, FakeApi, Fault
from tests.unit.plugins.module_utils.rollout_scene import BUNDLE, INJECT, LATER, control_plane, namespace, pod, proxy, workload
from tests.unit.rollout_api import CONFIG, HOOK, config_map, inject

Object = dict[str, t.Any]
ALWAYS = {"changed", "diff", "invocation", "warnings"}
WEB, AGENT = workload(), workload("StatefulSet", "agent", volumeClaimTemplates=[{"metadata": {"name": "data"}}])


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    """Two workloads without a proxy in a namespace that is annotated, and an injector that adds one to every pod that is asked about."""
    with FakeApi([namespace("app", INJECT), namespace("linkerd"), config_map("linkerd-config", values=CONFIG)]) as fake:
        fake.put(
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": "i"},
                "webhooks": [HOOK],
            }
        )
        for owner in (WEB, AGENT):
            fake.put(owner)
            fake.put(pod(owner))
        inject(fake)
        yield fake


def follow(fake: FakeApi) -> None:
    """What controllers do about a new template: other pods."""

    def replace(method: str, address: Address) -> None:
        if method == "PATCH":
            owner = fake.objects[address]
            for key in [
                key for key, obj in fake.objects.items() if key.kind == "Pod" and obj["metadata"]["labels"].get("app") == address.name
            ]:
                del fake.objects[key]
            fake.put(pod(owner, proxy(), revision="new"))

    fake.on_write = replace


def run(api: FakeApi, **args: t.Any) -> Object:
    return module_runs.run("l5d_rollout", host=api.url, api_key="token", **{"wait_timeout": 2, **args})


def test_it_returns_what_it_documents(api: FakeApi) -> None:
    returns = t.cast(Object, yaml.safe_load(l5d_rollout.RETURN))
    api.put(pod(None))
    audited, checked = run(api, state="audit"), run(api, check=True, diff=True)
    assert api.writes() == []
    follow(api)
    done = run(api)
    for result in (audited, checked, done):
        assert set(result) - ALWAYS == {name for name, value in returns.items() if value["returned"] == "success"}
        for name in ("lagging", "not_restarted", "findings"):
            assert result[name]
            assert all(set(entry) == set(returns[name]["contains"]) for entry in result[name])
    assert (audited["changed"], checked["changed"], done["changed"]) == (False, True, True)
    assert checked["restarted"] == done["restarted"]
    assert "kubectl.kubernetes.io/restartedAt" in checked["diff"]["after"]
    assert len(api.writes()) == 2
    assert (run(api)["changed"], len(api.writes())) == (False, 2)


def test_a_statefulset_is_asked_about_with_volumes_in_place_of_claims(api: FakeApi) -> None:
    run(api, state="audit")
    asked = {entry.body["metadata"]["labels"]["app"]: entry for entry in api.log if entry.method == "POST"}
    assert all(entry.dry_run and "ownerReferences" not in entry.body["metadata"] for entry in asked.values())
    assert asked["agent"].body["spec"]["volumes"] == [{"name": "data", "emptyDir": {}}]


def test_the_injector_is_asked_about_what_is_restarted_only_where_settings_do_not_count(api: FakeApi) -> None:
    api.put(pod(AGENT, proxy()))
    run(api, state="audit", reasons=["version", "no_proxy"])
    assert [entry.body["metadata"]["labels"]["app"] for entry in api.log if entry.method == "POST"] == ["web"]


def test_batches_follow_one_another(api: FakeApi) -> None:
    follow(api)
    run(api, batch=1)
    calls = [(entry.method, entry.path.rsplit("/", 1)[1]) for entry in api.log if entry.path.startswith("/apis/apps/v1/namespaces/")]
    assert [name for method, name in calls if method == "PATCH"] == ["web", "agent"]
    between = calls[calls.index(("PATCH", "web")) : calls.index(("PATCH", "agent"))]
    assert ("GET", "web") in between


def test_a_silent_injector_stops_everything_before_a_write(api: FakeApi) -> None:
    inject(api, container={"name": "other"})
    for check in (True, False):
        failed = run(api, check=check)
        assert (failed["failed"], failed["failure"]["code"]) == (True, "injector")
    assert api.writes() == []
    assert "L5D338" in {finding["code"] for finding in run(api, state="audit")["findings"]}


def test_an_injector_that_falls_silent_when_it_is_restarted_ends_the_run(api: FakeApi) -> None:
    part = control_plane("proxy-injector")
    roots = config_map("linkerd-identity-trust-roots", **{"ca-bundle.crt": BUNDLE})
    roots["metadata"]["managedFields"] = [{"time": LATER, "fieldsV1": {"f:data": {"f:ca-bundle.crt": {}}}}]
    for obj in (roots, part, pod(part, proxy(bundle=None))):
        api.put(obj)
    follow(api)
    inject(api, lambda: not api.writes())
    failed = run(api, control_plane=True)
    assert failed["failure"]["code"] == "injector"
    assert [step["name"] for step in failed["failure"]["done"]] == ["linkerd-proxy-injector"]
    assert len(api.writes()) == 1


def test_a_restart_that_does_not_help_is_said(api: FakeApi) -> None:
    failed = run(api)
    assert failed["failure"]["code"] == "still_lagging"
    assert "was restarted, and its pods lag all the same: no proxy" in failed["msg"]
    assert len(failed["failure"]["done"]) == 2
    assert set(failed["failure"]) == set(yaml.safe_load(l5d_rollout.RETURN)["failure"]["contains"])


def test_a_restart_that_somebody_takes_back_is_said(api: FakeApi) -> None:
    original = api._patch

    def forget(entry: t.Any, address: Address) -> Object:
        return original(entry, address) if entry.dry_run else api.objects[address]

    api._patch = forget  # type: ignore[method-assign]
    failed = run(api)
    assert failed["failure"]["code"] == "undone"
    assert "took the restart back" in failed["msg"]


def test_a_rollout_that_gave_up_is_not_waited_for(api: FakeApi) -> None:
    waiting = {"name": "app", "ready": False, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    failed_status = {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}
    api.put({**WEB, "status": {"observedGeneration": 1, "updatedReplicas": 1, **failed_status}})
    api.put({**pod(WEB), "status": {"phase": "Pending", "containerStatuses": [waiting]}})
    failed = run(api, workloads=[{"namespace": "app", "name": "web"}], wait_timeout=60)
    assert failed["failure"]["code"] == "rollout"
    assert "pod web-abc-1: container app: ImagePullBackOff: no such image" in failed["msg"]


def test_a_conflict_is_retried_and_a_refusal_says_what_was_done(api: FakeApi) -> None:
    follow(api)
    api.faults = [Fault(409, "PATCH", "deployments/web", message="the object has been modified")]
    assert run(api, workloads=[{"namespace": "app", "name": "web"}])["changed"]
    api.put(pod(WEB))
    api.put(WEB)
    api.faults = [Fault(403, "PATCH", "statefulsets/agent", message='cannot patch resource "statefulsets"')]
    failed = run(api, batch=1)
    assert failed["failure"]["code"] == "forbidden"
    assert [step["name"] for step in failed["failure"]["done"]] == ["web"]


def test_a_rollout_that_is_under_way_is_waited_for_and_not_begun_again(api: FakeApi) -> None:
    api.put({**WEB, "metadata": {**WEB["metadata"], "generation": 2}})
    failed = run(api, workloads=[{"namespace": "app", "name": "web"}], wait_timeout=1)
    assert failed["failure"]["code"] == "timeout"
    assert "Deployment app/web" in failed["msg"]
    assert api.writes() == []


@pytest.mark.parametrize("namespaces", [[], ["app"]])
def test_pods_are_read_after_their_workloads(api: FakeApi, namespaces: list[str]) -> None:
    """A rollout that ends in between must not be seen beside the pods that it replaced."""
    run(api, state="audit", namespaces=namespaces)
    read = [entry.path.rsplit("/", 1)[1] for entry in api.log if entry.method == "GET"]
    first_pods = read.index("pods")
    for kind in ("deployments", "statefulsets", "daemonsets"):
        assert kind in read[:first_pods]
        assert kind not in read[first_pods:]


def test_impossible_options_are_refused(api: FakeApi) -> None:
    assert "batch: 0" in run(api, batch=0)["msg"]
    assert "namespaces: nowhere: does not exist" in run(api, namespaces=["nowhere"])["msg"]


def ending(one: Object) -> Object:
    return {**one, "metadata": {**one["metadata"], "deletionTimestamp": LATER}}


def test_old_pods_that_still_end_are_waited_for(api: FakeApi) -> None:
    def replace(method: str, address: Address) -> None:
        if method == "PATCH":
            api.put(ending(pod(WEB)))
            api.put(pod(api.objects[address], proxy(), revision="new"))

    api.on_write = replace
    failed = run(api, workloads=[{"namespace": "app", "name": "web"}], wait_timeout=1)
    assert failed["failure"]["code"] == "timeout"
    assert "1 old pod(s) still end, web-abc-1 is one" in failed["msg"]


def test_a_deployment_that_somebody_pauses_meanwhile_is_said(api: FakeApi) -> None:
    def pause(method: str, address: Address) -> None:
        if method == "PATCH":
            live = api.objects[address]
            live["spec"]["paused"] = True

    api.on_write = pause
    failed = run(api, workloads=[{"namespace": "app", "name": "web"}], wait_timeout=1)
    assert failed["failure"]["code"] == "timeout"
    assert "it is paused" in failed["msg"]


def test_a_pod_on_its_way_out_is_not_judged(api: FakeApi) -> None:
    for owner in (WEB, AGENT):
        api.put(ending(pod(owner)))
    assert run(api, state="audit")["lagging"] == []


def test_who_may_not_ask_at_all_gets_an_error_and_no_half_of_an_answer(api: FakeApi) -> None:
    api.faults = [Fault(401, "POST", "namespaces/app/pods", message="Unauthorized")]
    assert run(api, state="audit")["failure"]["code"] == "unauthorized"


def test_other_namespaces_are_not_read(api: FakeApi) -> None:
    run(api, state="audit", namespaces=["app"])
    read = {entry.path.partition("?")[0] for entry in api.log if entry.method == "GET" and "/pods" in entry.path}
    assert read == {"/api/v1/namespaces/app/pods", "/api/v1/namespaces/linkerd/pods"}
