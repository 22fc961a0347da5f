# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both ingress modules on somebody's homelab: check, create, repeat, change, remove."""

from __future__ import annotations

import importlib
import re
import typing as t

import pytest
import yaml

from tests.integration import contents
from tests.integration.contents import CONFIG, NATIVE_LB, SERVICE_CHAIN
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref
from tests.integration.module_runs import MODULES, Result
from tests.integration.site_runs import Write, writes

STRATEGIES = ("cluster_ip", "header")
FRAME = {"changed", "diff", "invocation"}
"""What ansible itself documents."""
NEW = "new-app"


@pytest.fixture
def lab(homelab: Lab) -> t.Iterator[Lab]:
    """As it was, before and after."""
    before = contents.of(homelab)
    yield homelab
    homelab.done(state="absent")
    assert contents.differing(before, contents.of(homelab)) == []


def listed(result: Result) -> list[Write]:
    verbs = {"apply": "patch"}
    return [(verbs.get(s["verb"], s["verb"]), s["kind"], s["namespace"], s["name"]) for s in result["steps"]]


def checked(lab: Lab, module: str = MESH, **options: t.Any) -> Result:
    """A run in check mode, that must not write."""
    before, events = contents.of(lab), len(lab.sandbox.audit())
    result = lab.done(module, check=True, diff=True, **options)
    assert lab.writes(events) == []
    assert contents.differing(before, contents.of(lab)) == []
    return result


def checked_then_done(lab: Lab, module: str = MESH, **options: t.Any) -> Result:
    """The real run does what check mode listed, in the audit log's eyes too, and its diff shows it."""
    foretold, before, since = checked(lab, module, **options), contents.of(lab), len(lab.sandbox.audit())
    result = lab.done(module, diff=True, **options)
    assert result["steps"] == foretold["steps"]
    assert result["diff"] == foretold["diff"]
    assert sorted(writes(lab.sandbox, since)) == sorted(listed(result))
    assert_shown(result["diff"], before, contents.of(lab))
    return result


def assert_shown(diff: dict[str, str], before: contents.Contents, after: contents.Contents) -> None:
    """What the diff says was and is there, was and is there; and what changed is in it. The API adds defaults to what is new."""
    for obj in yaml.safe_load_all(diff["before"]):
        assert contents.meaning(obj) == before[Ref.of(obj)]
    for obj in yaml.safe_load_all(diff["after"]):
        ref, said = Ref.of(obj), contents.meaning(obj)
        assert said == after[ref] if ref in before else contents.within(said, after[ref])
    shown = {str(Ref.of(obj)) for text in diff.values() for obj in yaml.safe_load_all(text)}
    changed = set(contents.differing(before, after)) - {str(contents.WORKLOAD)}  # k3s rolls that out
    assert changed == shown


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_create_repeat_remove(lab: Lab, strategy: str) -> None:
    before = contents.of(lab)
    created = checked_then_done(lab, strategy=strategy)
    assert created["changed"]
    assert created["strategy"] == strategy
    assert all(verdict["safe"] for verdict in created["verdicts"])
    for repeated in (lab.done(strategy=strategy), checked(lab, strategy=strategy)):
        assert (repeated["changed"], repeated["steps"]) == (False, [])
        assert repeated["verdicts"] == created["verdicts"]
    audited = lab.done(state="audit")
    assert audited["verdicts"] == created["verdicts"]
    removed = checked_then_done(lab, state="absent")
    assert removed["changed"]
    assert contents.differing(before, contents.of(lab)) == []
    assert lab.done(state="absent")["steps"] == []


@pytest.mark.parametrize(("strategy", "ingress"), [("cluster_ip", False), ("header", True)])
def test_pods_in_kube_system_carry_a_proxy_in_the_right_mode(lab: Lab, strategy: str, ingress: bool) -> None:
    lab.done(strategy=strategy)
    environments = contents.proxy_env(lab)
    assert environments
    for environment in environments:
        assert environment
        assert (environment.get("LINKERD2_PROXY_INGRESS_MODE") == "true") is ingress
    lab.done(state="absent")
    assert contents.proxy_env(lab) == [{}] * len(environments)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_homelab_had_is_still_there_in_its_order(lab: Lab, strategy: str) -> None:
    before = contents.of(lab)
    lab.done(strategy=strategy)
    after = contents.of(lab)
    del before[CONFIG]["spec"]["failurePolicy"], before[contents.WORKLOAD]  # Helm makes that one
    for ref, obj in before.items():
        assert contents.within(without_chains(obj), after[ref]), ref
        for key, chain in chains(obj).items():
            assert chains(after[ref])[key].startswith(chain), ref
    assert after[CONFIG]["spec"]["failurePolicy"] == "abort"


def chains(obj: Object) -> dict[str, str]:
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return {key: value for key, value in annotations.items() if key.endswith(".middlewares")}


def without_chains(obj: Object) -> Object:
    kept = {key: value for key, value in obj["metadata"].get("annotations", {}).items() if key not in chains(obj)}
    return {**obj, "metadata": {**obj["metadata"], "annotations": kept}} if chains(obj) else obj


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_new_route_is_all_that_changes(lab: Lab, strategy: str) -> None:
    lab.done(strategy=strategy)
    made = new_route(lab)
    try:
        assert_unsafe_only_where_new(lab.done(state="audit"))
        result = checked_then_done(lab, strategy=strategy)
        assert {step["name"] for step in result["steps"]} <= {NEW, f"l5d-{NEW}-80"}
        assert result["changed"] is (strategy == "header")
        assert all(verdict["safe"] for verdict in result["verdicts"])
        assert lab.done(strategy=strategy)["steps"] == []
    finally:
        lab.admin.map(lab.admin.delete, made)
    gone = lab.done(strategy=strategy)
    assert {step["name"] for step in gone["steps"]} <= {f"l5d-{NEW}-80"}


def new_route(lab: Lab) -> list[Ref]:
    meta = {"name": NEW, "namespace": "home"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 80}], "selector": {"app": NEW}}}
    backend = {"service": {"name": NEW, "port": {"number": 80}}}
    rules = [{"host": "new.home.arpa", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]
    spec = {"ingressClassName": "traefik", "rules": rules}
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}
    return [Ref.of(lab.admin.create(obj)) for obj in (service, ingress)]


def assert_unsafe_only_where_new(audited: Result) -> None:
    """The strip at the entry points covers a route from its first moment."""
    assert [v for v in audited["verdicts"] if not v["safe"]] == []


def test_from_one_strategy_to_the_other_and_back(lab: Lab) -> None:
    lab.done(strategy="cluster_ip")
    by_cluster_ip = contents.of(lab)
    switched = checked_then_done(lab, strategy="header")
    assert all(verdict["safe"] for verdict in switched["verdicts"])
    service = lab.get("v1", "Service", "home", "node-red")["metadata"]["annotations"]
    assert SERVICE_CHAIN in service
    assert NATIVE_LB not in service
    back = checked_then_done(lab, strategy="cluster_ip")
    assert all(verdict["safe"] for verdict in back["verdicts"])
    assert contents.differing(by_cluster_ip, contents.of(lab)) == []


def test_the_policy_alone_leaves_an_unmeshed_controllers_settings_to_the_other_module(lab: Lab) -> None:
    before = contents.of(lab)
    created = checked_then_done(lab, POLICY, strategy="header")
    assert {step["kind"] for step in created["steps"]} == {"Middleware", "Service", "IngressRoute", "TraefikService"}
    assert lab.done(POLICY, strategy="header")["steps"] == []
    checked_then_done(lab, POLICY, state="absent")
    assert contents.differing(before, contents.of(lab)) == []


@pytest.mark.parametrize("module", [MESH, POLICY])
@pytest.mark.parametrize("options", [{"check": True}, {"state": "audit"}, {"state": "absent"}, {"state": "absent", "diff": True}])
def test_what_is_documented_is_returned_and_nothing_else(lab: Lab, module: str, options: Object) -> None:
    documented: Object = yaml.safe_load(importlib.import_module(f"{MODULES}.{module}").RETURN)
    result = lab.done(module, **options)
    assert result.keys() - FRAME == {key for key, entry in documented.items() if is_returned(entry["returned"], options)}
    for key, entry in documented.items():
        if "contains" in entry and key in result:
            found = result[key] if isinstance(result[key], list) else [result[key]]
            assert all(item.keys() == entry["contains"].keys() for item in found), key


def is_returned(when: str, options: Object) -> bool:
    """As the documentation says it: with success, or by state."""
    states = [state for pair in re.findall(r"V\((\w+)\)|O\(state=(\w+)\)", when) for state in pair if state]
    if not states:
        return when == "success"
    return (options.get("state", "present") in states) is not ("is not" in when)


@pytest.mark.parametrize("module", [MESH, POLICY])
def test_so_it_is_of_a_failure(lab: Lab, module: str) -> None:
    documented: Object = yaml.safe_load(importlib.import_module(f"{MODULES}.{module}").RETURN)["failure"]["contains"]
    failed = lab.run(module, controller="caddy")
    assert failed["failure"].keys() == documented.keys() - {"done", "handover"}


def test_the_policy_does_not_take_the_headers_from_under_a_proxy_in_ingress_mode(lab: Lab) -> None:
    lab.done(strategy="header")
    meshed, since = contents.of(lab), len(lab.sandbox.audit())
    for options, remedy in (({"state": "absent"}, "l5d_ingress_mesh with state: absent"), ({"strategy": "cluster_ip"}, "l5d_ingress_mesh")):
        refused = lab.run(POLICY, **options)
        assert "relayable in ingress mode" in refused["failure"]["reason"]
        assert remedy in refused["failure"]["remedy"]
    assert lab.writes(since) == []
    assert contents.differing(meshed, contents.of(lab)) == []


def test_a_stale_ca_of_the_narrow_webhook_is_found_and_healed(lab: Lab) -> None:
    lab.done()
    name = "l5d-injector-kube-system-traefik"
    live = lab.get("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", name)
    hook = live["webhooks"][0]
    stale = {**hook, "clientConfig": {**hook["clientConfig"], "caBundle": "c3RhbGU="}}
    lab.change(Ref.of(live), {"webhooks": [stale]})
    audited = lab.done(state="audit")
    assert [f["object"]["name"] for f in audited["findings"] if f["code"] == "L5D112"] == [name]
    healed = checked_then_done(lab)
    assert [step["name"] for step in healed["steps"]] == [name]
    assert "L5D112" not in {f["code"] for f in lab.done(state="audit")["findings"]}


def test_audit_and_absent_need_no_linkerd(lab: Lab) -> None:
    before = contents.of(lab)
    lab.done(strategy="header")
    lab.uninstall_linkerd()
    try:
        audited = lab.done(state="audit")
        assert "L5D101" in {f["code"] for f in audited["findings"]}
        assert lab.done(state="absent")["changed"]
        left = contents.differing(before, contents.of(lab))
    finally:
        lab.install_linkerd()
    assert left == []
