# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ingress-nginx from its chart, by real Helm on a real API: check, create, repeat, change, upgrade, remove. No nginx runs."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import strip_server_fields
from tests.integration.accounts import RBAC, USER, Account, roles
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref
from tests.integration.module_runs import Result

HERE: Object = {"controller": "ingress_nginx"}
NS = "ingress-nginx"
NAME = "ingress-nginx-controller"
UPSTREAM = "nginx.ingress.kubernetes.io/service-upstream"
CONFIG = Ref("v1", "ConfigMap", NAME, NS)
WORKLOAD = Ref("apps/v1", "Deployment", NAME, NS)
APP = "shop"
INGRESS = "networking.k8s.io/v1"


def an_ingress(name: str, service: str, port: str | int, **notes: str) -> Object:
    backend = {"service": {"name": service, "port": {"number": port} if isinstance(port, int) else {"name": port}}}
    rules = [{"host": f"{name}.example.net", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]
    annotations = {f"nginx.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in notes.items()}
    meta = {"name": name, "namespace": APP, "annotations": annotations}
    return {"apiVersion": INGRESS, "kind": "Ingress", "metadata": meta, "spec": {"ingressClassName": "nginx", "rules": rules}}


def a_service(name: str, **spec: t.Any) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": APP},
        "spec": {"selector": {"app": name}, "ports": ports, **spec},
    }


def objects() -> list[Object]:
    return [
        a_service("web"),
        a_service("till"),
        a_service("pods", clusterIP="None"),
        an_ingress("web", "web", "http"),
        an_ingress("till", "till", 80, affinity="cookie"),
        an_ingress("pods", "pods", 80),
        an_ingress("target", "web", 8080),
        an_ingress("own", "web", 80, service_upstream="false"),
    ]


def install(lab: Lab, values: Object | None = None) -> None:
    lab.helm("upgrade", "--install", "--namespace", NS, "--create-namespace", NS, str(lab.charts / "ingress-nginx"), values=values)


@pytest.fixture(scope="module")
def nginx(few: Lab) -> t.Iterator[Lab]:
    few.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APP}})
    for obj in objects():
        few.admin.apply(obj)
    install(few)
    yield few
    few.helm("uninstall", "--namespace", NS, "--wait", NS)
    for name in (APP, NS):
        few.admin.delete(Ref("v1", "Namespace", name))
    few.until(lambda: not any(few.admin.get(Ref("v1", "Namespace", name)) for name in (APP, NS)), "their namespaces are gone")


@pytest.fixture
def lab(nginx: Lab) -> t.Iterator[Lab]:
    """As it was, before and after."""
    before = contents(nginx)
    yield nginx
    nginx.done(state="absent", **HERE)
    assert contents(nginx) == before


def contents(lab: Lab) -> dict[str, Object]:
    found = [*lab.all(INGRESS, "Ingress", APP), *lab.all("v1", "Service", APP), lab.get("v1", "ConfigMap", NS, NAME)]
    plain = {str(Ref.of(obj)): strip_server_fields(obj) for obj in found}
    return {**plain, "template": lab.get("apps/v1", "Deployment", NS, NAME)["spec"]["template"]}


def said(lab: Lab) -> dict[str, str | None]:
    """What each Ingress says about service-upstream, and the ConfigMap."""
    notes = {obj["metadata"]["name"]: obj["metadata"].get("annotations", {}).get(UPSTREAM) for obj in lab.all(INGRESS, "Ingress", APP)}
    return {**notes, "ConfigMap": (lab.get("v1", "ConfigMap", NS, NAME).get("data") or {}).get("service-upstream")}


def modes(lab: Lab) -> set[str]:
    pods = lab.all("v1", "Pod", NS, "app.kubernetes.io/component=controller")
    return {"enabled" if any(c["name"] == "linkerd-proxy" for c in pod["spec"].get("initContainers", [])) else "none" for pod in pods}


def verdicts(result: Result) -> dict[str, str]:
    return {verdict["object"]["name"]: verdict["verdict"] for verdict in result["verdicts"]}


def codes(result: Result) -> set[str]:
    return {finding["code"] for finding in result["findings"]}


DONE = {"web": None, "till": "false", "pods": None, "target": "false", "own": "false", "ConfigMap": "true"}
WORTH = {
    "web": "safe_full",
    "till": "safe_endpoint_routed",
    "pods": "safe_endpoint_routed",
    "target": "safe_endpoint_routed",
    "own": "safe_endpoint_routed",
}


def test_create_repeat_remove(lab: Lab) -> None:
    before, since = contents(lab), len(lab.sandbox.audit())
    foretold = lab.done(check=True, diff=True, **HERE)
    assert lab.writes(since) == []
    assert contents(lab) == before
    created = lab.done(diff=True, **HERE)
    assert created["steps"] == foretold["steps"]
    assert created["diff"] == foretold["diff"]
    assert (said(lab), verdicts(created), modes(lab)) == (DONE, WORTH, {"enabled"})
    assert {"L5D205", "L5D206", "L5D233", "L5D234", "L5D308"} <= codes(created)
    values = created["helm_values"]["controller"]
    assert values["config"] == {"service-upstream": "true"}
    assert values["podAnnotations"]["config.linkerd.io/skip-inbound-ports"] == "80,443,4567,4568"
    for repeated in (lab.done(**HERE), lab.done(check=True, **HERE), lab.done(POLICY, **HERE)):
        assert (repeated["changed"], repeated["steps"]) == (False, [])
    assert verdicts(lab.done(state="audit", **HERE)) == WORTH
    removed = lab.done(state="absent", **HERE)
    assert removed["changed"]
    assert contents(lab) == before
    assert modes(lab) == {"none"}
    assert lab.done(state="absent", **HERE)["steps"] == []


def test_the_policy_alone_leaves_an_unmeshed_controller_as_it_is(lab: Lab) -> None:
    result = lab.done(POLICY, **HERE)
    assert said(lab) == DONE
    assert modes(lab) == {"none"}
    assert {step["kind"] for step in result["steps"]} == {"ConfigMap", "Ingress"}


def test_another_strategy_and_another_sticky_ingress(lab: Lab) -> None:
    lab.done(**HERE)
    new = an_ingress("new", "web", "http", affinity="cookie")
    lab.admin.apply(new)
    try:
        changed = lab.done(**HERE)
        assert [(step["kind"], step["name"]) for step in changed["steps"]] == [("Ingress", "new"), ("Ingress", "web")]
        assert {"new": "false", "web": "false"}.items() <= said(lab).items()
        assert lab.done(strategy="none", **HERE)["changed"]
        assert said(lab) == {**dict.fromkeys([*DONE, "new"]), "own": "false"}
        assert modes(lab) == {"enabled"}
    finally:
        lab.admin.delete(Ref(INGRESS, "Ingress", "new", APP))
    assert lab.done(**HERE)["changed"]
    assert said(lab) == DONE


def test_the_documented_rules_are_enough(lab: Lab, tmp_path: Path) -> None:
    account = Account(lab, tmp_path)
    account.may(*roles())
    since = len(lab.sandbox.audit())
    lab.done(check=True, **HERE, **account.options)
    assert lab.done(**HERE, **account.options)["changed"]
    assert not lab.done(POLICY, **HERE, **account.options)["changed"]
    assert lab.done(state="absent", **HERE, **account.options)["changed"]
    assert lab.writes(since, USER)
    for kind in ("ClusterRoleBinding", "ClusterRole"):
        lab.admin.delete(Ref(RBAC, kind, "player"))


def test_a_rendering_leaves_to_the_charts_values_what_they_can_say(lab: Lab) -> None:
    since = len(lab.sandbox.audit())
    rendered = lab.done(state="rendered", **HERE)
    assert {manifest["kind"] for manifest in rendered["manifests"]} == {"Ingress"}
    assert rendered["helm_values"]["controller"]["config"] == {"service-upstream": "true"}
    assert lab.writes(since) == []


def test_the_header_strategy_is_refused_before_anything_is_written(lab: Lab) -> None:
    since = len(lab.sandbox.audit())
    for module in (MESH, POLICY):
        result = lab.run(module, strategy="header", **HERE)
        assert result["failed"]
        assert "cannot do strategy header" in result["msg"]
    assert lab.writes(since) == []


def upgraded(lab: Lab, values: Object) -> None:
    chart = str(lab.charts / "ingress-nginx")
    lab.helm("upgrade", "--reset-values", "--namespace", NS, NS, chart, values=values)


def test_an_upgrade_by_helm_keeps_what_is_ours(lab: Lab) -> None:
    """The same values again: Helm takes out what it put in, and no more. Its admission Jobs run through."""
    values: Object = {"controller": {"config": {"use-gzip": "true"}}}
    upgraded(lab, values)
    assert "L5D248" not in codes(lab.done(**HERE))
    upgraded(lab, values)
    assert (said(lab), modes(lab)) == (DONE, {"enabled"})
    assert lab.done(**HERE)["steps"] == []
    lab.done(state="absent", **HERE)
    upgraded(lab, {})


def test_a_chart_without_data_of_its_own_empties_the_config_map_at_its_next_upgrade(lab: Lab) -> None:
    """It renders data as null. The pods keep their proxy, the routes stay safe, and the finding has said so before."""
    upgraded(lab, {})
    assert "L5D248" in codes(lab.done(**HERE))
    upgraded(lab, {})
    assert (said(lab), modes(lab)) == ({**DONE, "ConfigMap": None}, {"enabled"})
    audited = lab.done(state="audit", **HERE)
    assert set(verdicts(audited).values()) == {"safe_endpoint_routed"}
    assert [step["kind"] for step in lab.done(**HERE)["steps"]] == ["ConfigMap"]
    assert said(lab) == DONE


def test_a_key_that_the_chart_renders_is_helms_again_after_its_next_upgrade(lab: Lab) -> None:
    upgraded(lab, {"controller": {"config": {"service-upstream": "false"}}})
    assert "L5D248" in codes(lab.done(**HERE))
    assert said(lab) == DONE
    upgraded(lab, {"controller": {"config": {"service-upstream": "false"}}})
    assert said(lab)["ConfigMap"] == "false"
    assert lab.done(**HERE)["changed"]
    lab.done(state="absent", **HERE)
    assert said(lab)["ConfigMap"] == "false"
    upgraded(lab, {})


def test_what_helm_is_told_needs_nothing_of_ours(lab: Lab) -> None:
    """The values that the result names, given to the chart: the same pods and verdicts, and nothing left to write but opt-outs."""
    values = lab.done(check=True, **HERE)["helm_values"]
    upgraded(lab, values)
    result = lab.done(**HERE)
    assert {step["kind"] for step in result["steps"]} == {"Ingress"}
    assert (verdicts(result), modes(lab)) == (WORTH, {"enabled"})
    lab.done(state="absent", **HERE)
    upgraded(lab, {})
