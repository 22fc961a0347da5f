# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_rollout with state absent: the webhooks first, then every pod that has a proxy."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import module_runs
from tests.unit.fake_api import Address, FakeApi, Fault
from tests.unit.plugins.module_utils.rollout_scene import INJECT, namespace, pod, proxy, workload
from tests.unit.rollout_api import CONFIG, HOOK, config_map, inject

Object = dict[str, t.Any]
REGISTRATION = "admissionregistration.k8s.io/v1"
WEB, PLAIN, AGENT = workload(), workload(name="plain"), workload("DaemonSet", "agent")


def webhook(name: str, service: str = "linkerd-proxy-injector") -> Object:
    hook = {**HOOK, "clientConfig": {"service": {"name": service, "namespace": "linkerd"}}}
    return {"apiVersion": REGISTRATION, "kind": "MutatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [hook]}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([namespace("app", INJECT), namespace("linkerd"), config_map("linkerd-config", values=CONFIG)]) as fake:
        for obj in (webhook("injector"), webhook("narrow"), webhook("tap", "tap-injector"), WEB, AGENT, PLAIN):
            fake.put(obj)
        for obj in (pod(WEB, proxy()), pod(AGENT, proxy()), pod(PLAIN)):
            fake.put(obj)
        inject(fake, lambda: bool(fake.live("MutatingWebhookConfiguration", "injector")))
        fake.on_write = lambda method, address: make_anew(fake, address) if method == "PATCH" else None
        yield fake


def make_anew(fake: FakeApi, address: Address) -> None:
    """What controllers do about a new template."""
    if address.kind == "Namespace":
        return
    for key in [key for key, obj in fake.objects.items() if key.kind == "Pod" and obj["metadata"]["labels"].get("app") == address.name]:
        del fake.objects[key]
    owner = fake.objects[address]
    fake.put(pod(owner, *([proxy()] if fake.live("MutatingWebhookConfiguration", "injector") else []), revision="new"))


def run(api: FakeApi, **args: t.Any) -> Object:
    return module_runs.run("l5d_rollout", host=api.url, api_key="token", **{"wait_timeout": 2, "state": "absent", **args})


def names(writes: t.Iterable[str]) -> list[str]:
    return [f"{write.split()[0]} {write.rsplit('/', 1)[1]}" for write in writes]


def test_webhooks_go_before_the_first_restart_and_a_second_run_does_nothing(api: FakeApi) -> None:
    checked = run(api, check=True)
    assert api.writes() == []
    done = run(api)
    assert sorted(names(api.writes())[:2]) == ["DELETE injector", "DELETE narrow"]
    assert sorted(names(api.writes())[2:]) == ["PATCH agent", "PATCH web"]
    assert (checked["changed"], checked["restarted"], checked["findings"]) == (True, done["restarted"], done["findings"])
    assert [(one["code"], one["object"]["name"]) for one in done["findings"]] == [("L5D340", "app")]
    again = run(api)
    assert (again["changed"], again["restarted"], again["lagging"]) == (False, [], [])


def test_a_run_that_was_killed_after_the_webhooks_goes_on(api: FakeApi) -> None:
    for name in ("injector", "narrow"):
        del api.objects[Address(REGISTRATION, "MutatingWebhookConfiguration", "", name)]
    assert [obj["name"] for obj in run(api)["restarted"]] == ["agent", "web"]


def test_excluded_namespaces_keep_their_proxies(api: FakeApi) -> None:
    assert run(api, exclude_namespaces=["app"])["restarted"] == []
    assert api.live("MutatingWebhookConfiguration", "injector") is None


def test_what_nothing_restarts_stops_it_before_a_write(api: FakeApi) -> None:
    api.put(pod(None, proxy()))
    for check in (True, False):
        failed = run(api, check=check)
        assert (failed["failed"], failed["failure"]["code"]) == (True, "held")
        assert "Pod app/bare: a bare pod" in failed["msg"]
    assert api.writes() == []
    forced = run(api, force=True)
    assert [entry["object"]["name"] for entry in forced["not_restarted"]] == ["bare"]
    assert not run(api, force=True)["changed"]


def test_annotations_go_where_that_is_asked_for_and_nobody_puts_them_back(api: FakeApi) -> None:
    annotated = workload(name="annotated", replicas=0)
    annotated["spec"]["template"]["metadata"]["annotations"] = {**INJECT, "mine": "stays"}
    api.put(annotated)
    argo = {"argocd.argoproj.io/tracking-id": "shop:/Namespace:/shop"}
    api.put(namespace("shop", {**INJECT, **argo}))
    api.put(namespace("off", {"linkerd.io/inject": "disabled"}))
    checked, done = run(api, strip_annotations=True, check=True), run(api, strip_annotations=True)
    assert checked["restarted"] == done["restarted"]
    for name, kept in (("app", {}), ("shop", {**INJECT, **argo}), ("off", {"linkerd.io/inject": "disabled"})):
        assert (api.live("Namespace", name) or {})["metadata"]["annotations"] == kept
    template = (api.live("Deployment", "annotated", "app") or {})["spec"]["template"]["metadata"]
    assert set(template["annotations"]) == {"mine", "kubectl.kubernetes.io/restartedAt"}
    assert not run(api, strip_annotations=True)["changed"]


def test_a_webhook_that_comes_back_is_said(api: FakeApi) -> None:
    inject(api, lambda: True)
    failed = run(api)
    assert failed["failure"]["code"] == "timeout"
    assert "Linkerd's injector" in failed["msg"]
    assert sorted(step["name"] for step in failed["failure"]["done"]) == ["injector", "narrow"]


def test_pods_that_come_up_with_a_proxy_all_the_same_are_said(api: FakeApi) -> None:
    """Somebody put the webhook back once it was forgotten."""

    def injected(method: str, address: Address) -> None:
        if method == "PATCH":
            make_anew(api, address)
            owner = api.objects[address]
            api.put(pod(owner, proxy(), revision="new"))

    api.on_write = injected
    failed = run(api)
    assert failed["failure"]["code"] == "still_lagging"
    assert {step["name"] for step in failed["failure"]["done"]} == {"injector", "narrow", "agent", "web"}


def test_annotations_stay_where_they_are_excluded_and_where_somebody_would_put_them_back(api: FakeApi) -> None:
    left = {"linkerd-viz": INJECT, "app": {**INJECT, "argocd.argoproj.io/tracking-id": "shop:/Namespace:/app"}}
    theirs = workload(name="theirs")
    theirs["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:app/theirs"}
    other = workload(name="other", space="linkerd-viz")
    for one in (theirs, other):
        one["spec"]["template"]["metadata"]["annotations"] = dict(INJECT)
    for obj in (*(namespace(name, given) for name, given in left.items()), theirs, pod(theirs, proxy()), other):
        api.put(obj)
    done = run(api, strip_annotations=True, exclude_namespaces=["linkerd-viz"])
    assert [obj["name"] for obj in done["restarted"]] == ["agent", "theirs", "web"]
    for name, kept in left.items():
        assert (api.live("Namespace", name) or {})["metadata"]["annotations"] == kept
    for name, space in (("theirs", "app"), ("other", "linkerd-viz")):
        template = (api.live("Deployment", name, space) or {})["spec"]["template"]["metadata"]
        assert template["annotations"].items() >= INJECT.items()


def test_a_refusal_in_a_later_batch_says_what_was_done(api: FakeApi) -> None:
    api.faults = [Fault(403, "PATCH", "deployments/web", message='cannot patch resource "deployments"')]
    failed = run(api, batch=1)
    assert failed["failure"]["code"] == "forbidden"
    assert {step["name"] for step in failed["failure"]["done"]} == {"injector", "narrow", "agent"}


def test_it_is_for_the_whole_cluster(api: FakeApi) -> None:
    assert "is for the whole cluster" in run(api, namespaces=["app"])["msg"]


def test_a_rollout_that_is_under_way_is_waited_for(api: FakeApi) -> None:
    api.put({**WEB, "metadata": {**WEB["metadata"], "generation": 2}})
    failed = run(api, wait_timeout=1)
    assert failed["failure"]["code"] == "timeout"
    assert "Deployment app/web" in failed["msg"]
    assert "PATCH web" not in names(api.writes())
