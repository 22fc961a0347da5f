# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_rollout on a real API: what lags is found by asking the injector, and nothing else is restarted."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import proxy_mode
from tests.integration import module_runs, site_runs
from tests.integration.accounts import Account, documented
from tests.integration.ingress_lab import Lab, Object, Query, Ref

SPACE = "roll"
NAMESPACE = Ref("v1", "Namespace", SPACE)
ROOTS = Ref("v1", "ConfigMap", "linkerd-identity-trust-roots", "linkerd")
POD: Object = {"terminationGracePeriodSeconds": 0, "containers": [{"name": "app", "image": "registry.example/app:1"}]}
ONE_MORE = "-----BEGIN CERTIFICATE-----\nb25lIG1vcmU=\n-----END CERTIFICATE-----\n"


def workload(kind: str, name: str, **spec: t.Any) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": POD}
    needs = {"Deployment": {}, "StatefulSet": {"serviceName": name}, "DaemonSet": {}}[kind]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **needs, **spec},
    }


OBJECTS = (
    workload("Deployment", "web", replicas=2),
    workload("Deployment", "off", replicas=0),
    workload("Deployment", "held"),
    workload("StatefulSet", "db"),
    workload("StatefulSet", "by-hand", updateStrategy={"type": "OnDelete"}),
    workload("DaemonSet", "agent"),
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "namespace": SPACE}, "spec": POD},
)
FOLLOWING = ["DaemonSet agent", "Deployment web", "StatefulSet db"]
STAYING = ["Deployment held", "Pod bare", "StatefulSet by-hand"]


@pytest.fixture(scope="module")
def lab(few: Lab) -> t.Iterator[Lab]:
    few.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    few.done("l5d_apply", resources=list(OBJECTS))
    few.change(Ref("apps/v1", "Deployment", "held", SPACE), {"spec": {"paused": True}})
    yield few
    few.done("l5d_apply", state="absent", force=True, resources=[few.admin.get(NAMESPACE)])


def rollout(lab: Lab, **args: t.Any) -> module_runs.Result:
    return lab.done("l5d_rollout", **{"namespaces": [SPACE], "wait_timeout": 60, **args})


def named(objects: t.Iterable[Object]) -> list[str]:
    return sorted(f"{obj['kind']} {obj['name']}" for obj in objects)


def lagging(result: module_runs.Result) -> dict[str, list[str]]:
    return {f"{entry['object']['kind']} {entry['object']['name']}": entry["reasons"] for entry in result["lagging"]}


def modes(lab: Lab) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pod in lab.admin.list(Query("v1", "Pod", SPACE)):
        found.setdefault((pod["metadata"].get("labels") or {}).get("app", "bare"), set()).add(proxy_mode(pod))
    return found


def test_only_what_lags_is_restarted_and_the_rest_is_said(lab: Lab) -> None:
    assert not rollout(lab)["lagging"]
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    since = len(lab.sandbox.audit())
    audited, checked = rollout(lab, state="audit"), rollout(lab, check=True)
    assert site_runs.writes(lab.sandbox, since) == []
    assert lagging(audited) == {name: ["no_proxy"] for name in (*FOLLOWING, *STAYING)} == lagging(checked)
    assert (audited["changed"], audited["restarted"], checked["changed"]) == (False, [], True)
    assert [finding["code"] for finding in audited["findings"]].count("L5D330") == 6

    done = rollout(lab)
    assert named(done["restarted"]) == FOLLOWING == named(checked["restarted"])
    assert named(entry["object"] for entry in done["not_restarted"]) == STAYING
    assert {finding["object"]["name"] for finding in done["findings"]} == {"held", "bare", "by-hand"}
    assert modes(lab) == {"web": {"enabled"}, "db": {"enabled"}, "agent": {"enabled"}, "held": {""}, "bare": {""}, "by-hand": {""}}
    written = [write for write in site_runs.writes(lab.sandbox, since) if write[2] == SPACE]
    assert sorted((verb, kind, name) for verb, kind, _space, name in written) == [("patch", *name.split()) for name in FOLLOWING]

    again = rollout(lab)
    assert (again["changed"], named(entry["object"] for entry in again["lagging"])) == (False, STAYING)


def test_settings_lag_where_the_injector_would_do_something_else_today(lab: Lab) -> None:
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    rollout(lab)
    lab.change(NAMESPACE, {"metadata": {"annotations": {"config.linkerd.io/skip-outbound-ports": "4222"}}})
    assert named(rollout(lab, reasons=["version", "no_proxy"])["restarted"]) == []
    found = rollout(lab, workloads=[{"namespace": SPACE, "name": "web"}])
    assert (lagging(found), found["lagging"][0]["detail"]) == ({"Deployment web": ["settings"]}, "other settings: args of linkerd-init")
    assert named(rollout(lab)["restarted"]) == ["DaemonSet agent", "StatefulSet db"]


def test_another_trust_bundle_restarts_the_injector_first(lab: Lab) -> None:
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    rollout(lab)
    roots = lab.admin.get(ROOTS)
    assert roots is not None
    before = roots["data"]["ca-bundle.crt"]
    lab.change(ROOTS, {"data": {"ca-bundle.crt": before + ONE_MORE}})
    try:
        found = rollout(lab, reasons=["trust_bundle"], state="audit")
        assert lagging(found)["Deployment web"] == ["trust_bundle"]
        done = rollout(lab, reasons=["trust_bundle"], control_plane=True)
        assert done["restarted"][0]["name"] == "linkerd-proxy-injector"
        assert named(done["restarted"]) == sorted([*FOLLOWING, "Deployment linkerd-proxy-injector"])
        assert not rollout(lab, reasons=["trust_bundle"])["changed"]
    finally:
        lab.change(ROOTS, {"data": {"ca-bundle.crt": before}})
        rollout(lab)


def test_a_proxy_that_is_no_longer_wanted_goes(lab: Lab) -> None:
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": None}}})
    found = rollout(lab, workloads=[{"namespace": SPACE, "name": "web"}])
    assert lagging(found) == {"Deployment web": ["unwanted_proxy"]}
    assert modes(lab)["web"] == {""}


def takes_no_pods(lab: Lab) -> bool:
    """Whether the scheduler knows by now that every node is closed, going by what it does with a pod."""
    made = lab.admin.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "trial-", "namespace": SPACE}, "spec": POD})
    trial = Ref("v1", "Pod", made["metadata"]["name"], SPACE)

    def said() -> list[str]:
        conditions = lab.get("v1", "Pod", SPACE, trial.name).get("status", {}).get("conditions") or []
        return [condition["status"] for condition in conditions if condition["type"] == "PodScheduled"]

    lab.until(lambda: bool(said()), "the scheduler looks at a pod")
    closed = said() == ["False"]
    lab.admin.delete(trial)
    return closed


def test_a_rollout_that_never_gets_ready_says_which_pod_and_why(lab: Lab) -> None:
    nodes = [Ref.of(node) for node in lab.admin.list(Query("v1", "Node"))]
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    for node in nodes:
        lab.change(node, {"spec": {"unschedulable": True}})
    try:
        lab.until(lambda: takes_no_pods(lab), "the nodes are closed")
        failed = lab.run("l5d_rollout", workloads=[{"namespace": SPACE, "name": "web"}], wait_timeout=6)
    finally:
        for node in nodes:
            lab.change(node, {"spec": {"unschedulable": None}})
    assert failed["failed"]
    assert failed["failure"]["code"] == "timeout"
    assert "pod web-" in failed["msg"]
    assert "Unschedulable: 0/" in failed["msg"]
    assert f"kubectl -n {SPACE} describe deployment web" in failed["msg"]
    assert [step["name"] for step in failed["failure"]["done"]] == ["web"]
    later = rollout(lab, workloads=[{"namespace": SPACE, "name": "web"}])
    assert not later["changed"], later
    assert modes(lab)["web"] == {"enabled"}


def test_the_documented_rules_are_enough_and_without_dry_runs_less_is_compared(lab: Lab, tmp_path: Path) -> None:
    lab.change(NAMESPACE, {"metadata": {"annotations": {"linkerd.io/inject": "enabled"}}})
    rollout(lab)
    lab.change(NAMESPACE, {"metadata": {"annotations": {"config.linkerd.io/proxy-log-level": "debug"}}})
    account, role = Account(lab, tmp_path), documented("pimesh-linkerd-rollout")
    fewer = {"rules": [rule for rule in role["rules"] if rule["verbs"] != ["create"]]}
    account.may(fewer)
    found = {finding["code"] for finding in rollout(lab, state="audit", **account.options)["findings"]}
    assert ("L5D337" in found, "L5D333" in found) == (True, False)
    account.may(role)
    assert named(rollout(lab, **account.options)["restarted"]) == FOLLOWING
    account.gone()
