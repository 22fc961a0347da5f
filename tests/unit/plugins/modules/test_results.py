# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole modules against the fake API: what they print is what their documentation promises."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args

from ansible_collections.pimesh.linkerd.plugins.module_utils.module_base import QuietModule
from ansible_collections.pimesh.linkerd.plugins.modules import l5d_apply, l5d_identity_info, l5d_mesh_info
from tests.integration import module_runs
from tests.unit.fake_api import FakeApi, Fault

Object = dict[str, t.Any]

NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}
SETTINGS: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app"}, "data": {"a": "1"}}
SECRET: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "app"}, "stringData": {"key": "hunter2"}}
RELEASE = {"name": "web", "namespace": "app"}
ALWAYS = {"changed", "diff", "invocation", "warnings"}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi() as fake:
        yield fake


def run(api: FakeApi, module: str, **args: t.Any) -> Object:
    return module_runs.run(module, host=api.url, api_key="token", **args)


def test_no_option_gets_into_the_log_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(AnsibleModule, "log", lambda _self, message, **_more: logged.append(str(message)))
    with patch_module_args({"resources": [SECRET]}):
        QuietModule(argument_spec={"resources": {"type": "list", "elements": "raw"}})
    assert logged == []


def documented(source: str) -> Object:
    return t.cast(Object, yaml.safe_load(source))


def promised(returns: Object, state: str) -> set[str]:
    return {name for name, value in returns.items() if value["returned"] == "success" or f"O(state={state})" in value["returned"]}


@pytest.mark.parametrize("state", ["present", "absent", "audit", "compared", "repaired", "uninstalled", "rendered"])
def test_l5d_apply_returns_what_it_documents(api: FakeApi, state: str) -> None:
    returns = documented(l5d_apply.RETURN)
    resources = [NAMESPACE, SETTINGS]
    if state == "absent":
        run(api, "l5d_apply", resources=resources)
    if state in ("compared", "repaired", "uninstalled"):
        api.put(NAMESPACE)
    for check in (True, False):
        result = run(api, "l5d_apply", resources=resources, state=state, release=RELEASE, check=check)
        assert set(result) - ALWAYS == promised(returns, state)
        for name in ("steps", "pending"):
            assert all(set(entry) == set(returns[name]["contains"]) for entry in result[name])


def test_l5d_apply_renders_what_present_would_write_without_asking(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    api.kinds.clear()
    chart = {"ref": "oci://registry.example/charts/web", "version": "1.2.3"}
    options: Object = {"resources": [SETTINGS, SECRET, NAMESPACE], "release": RELEASE, "values": {"replicas": 2}, "chart": chart}
    options |= {"state": "rendered", "dest": str(tmp_path)}
    result = run(api, "l5d_apply", **options)
    assert [obj["kind"] for obj in result["manifests"]] == ["Namespace", "ConfigMap"]
    assert yaml.safe_load((tmp_path / "configmap-app-settings.yaml").read_text())["metadata"]["labels"] == {
        "app.kubernetes.io/managed-by": "pimesh.linkerd"
    }
    assert yaml.safe_load((tmp_path / "values-web.yaml").read_text()) == {"replicas": 2}
    assert yaml.safe_load((tmp_path / "chart-web.yaml").read_text()) == {
        "release": "web",
        "namespace": "app",
        "chart": "web",
        "repository": "oci://registry.example/charts",
        "version": "1.2.3",
        "values": "values-web.yaml",
    }
    assert [entry["name"] for entry in result["withheld"]] == ["key"]
    assert [text.split(":")[0] for text in warnings] == ["Secret app/key is not rendered"]
    assert "hunter2" not in repr(result) + "".join(path.read_text() for path in tmp_path.iterdir())
    assert not run(api, "l5d_apply", **options)["changed"]


def test_l5d_mesh_info_returns_what_it_documents(api: FakeApi) -> None:
    api.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "linkerd-config", "namespace": "linkerd"},
            "data": {"values": "linkerdVersion: edge-26.6.3"},
        }
    )
    api.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "pi-1"}, "status": {}})
    returns = documented(l5d_mesh_info.RETURN)
    result = run(api, "l5d_mesh_info")
    assert set(result) - ALWAYS == set(returns)
    assert set(result["nodes"][0]) == set(returns["nodes"]["contains"])
    for name in ("kubernetes", "linkerd", "certificates"):
        assert set(result[name]) == set(returns[name]["contains"])


def test_l5d_identity_info_returns_what_it_documents(api: FakeApi) -> None:
    returns = documented(l5d_identity_info.RETURN)
    promised_always = {name for name, value in returns.items() if value["returned"] == "success"}
    result = run(api, "l5d_identity_info")
    assert set(result) - ALWAYS == promised_always
    assert set(result["certificates"]) == set(returns["certificates"]["contains"])
    result = run(api, "l5d_identity_info", source="own")
    assert set(result) - ALWAYS == set(returns)
    assert set(result["certificates"]) == set(returns["certificates"]["contains"])


def test_a_failure_says_what_why_and_what_to_do(api: FakeApi) -> None:
    result = run(api, "l5d_apply", resources=[SETTINGS])
    assert result["failed"]
    assert result["failure"] == {
        "code": "no_namespace",
        "subject": "ConfigMap app/settings",
        "reason": "namespace app does not exist",
        "remedy": result["failure"]["remedy"],
    }
    assert result["msg"] == f"ConfigMap app/settings: namespace app does not exist. {result['failure']['remedy']}"


def test_a_failure_in_the_middle_says_what_was_done(api: FakeApi) -> None:
    bad = {**SETTINGS, "spec": {"invalid": True}}
    result = run(api, "l5d_apply", resources=[NAMESPACE, bad])
    assert [step["name"] for step in result["failure"]["done"]] == ["app"]
    assert set(documented(l5d_apply.RETURN)["failure"]["contains"]) == set(result["failure"])


def test_what_ansible_logs_holds_no_secret(api: FakeApi) -> None:
    for resources in ([NAMESPACE, SECRET], [yaml.safe_dump(SECRET)], ["kind: [hunter2"], [SECRET, {"stringData": {"key": "hunter2"}}]):
        assert "hunter2" not in repr(run(api, "l5d_apply", resources=resources))


def test_warnings_of_the_api_become_warnings_of_the_module(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    api.put(NAMESPACE)
    api.headers["Warning"] = '299 - "v1 ConfigMap is not deprecated"'
    run(api, "l5d_apply", resources=[NAMESPACE])
    assert warnings == ["Kubernetes API: v1 ConfigMap is not deprecated"]


def test_what_helm_would_not_put_back_is_warned_about(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    api.kinds["things.example/v1"] = {"Thing": ("things", True)}
    thing: Object = {
        "apiVersion": "things.example/v1",
        "kind": "Thing",
        "metadata": {"name": "one", "namespace": "app"},
        "spec": {"size": 1},
    }
    api.put(NAMESPACE)
    api.put({**thing, "spec": {"size": 2}})
    result = run(api, "l5d_apply", state="compared", release=RELEASE, resources=[thing])
    assert [entry["name"] for entry in result["drifted"]] == ["one"]
    assert warnings == [
        "Thing app/one was changed since Helm wrote it, and Helm does not put it back: undo the change, or delete the object"
    ]


@pytest.mark.parametrize("state", ["compared", "repaired"])
def test_a_release_is_needed_where_one_is_meant(api: FakeApi, state: str) -> None:
    assert "release" in run(api, "l5d_apply", state=state)["msg"]


def test_an_api_that_stumbles_all_the_time_gets_the_same_result(api: FakeApi) -> None:
    api.faults += [
        Fault(method="GET", path="/namespaces", truncate=True, times=2),
        Fault(method="PATCH", status=429, headers={"Retry-After": "0"}, times=2),
        Fault(method="PATCH", path="/app", status=500),
        Fault(method="PATCH", path="/settings", reset=True, late=True, times=2),
    ]
    result = run(api, "l5d_apply", resources=[NAMESPACE, SETTINGS])
    assert [step["verb"] for step in result["steps"]] == ["create", "create"]
    assert not any(fault.times for fault in api.faults)
    assert not run(api, "l5d_apply", resources=[NAMESPACE, SETTINGS])["changed"]
