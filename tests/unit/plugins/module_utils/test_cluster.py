# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Query
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import (
    ClusterError,
    ConflictError,
    InputError,
    NotFoundError,
)
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from tests.unit.connect import Pauses, connect, module
from tests.unit.fake_api import FakeApi, Fault

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}
SETTINGS = Ref("v1", "ConfigMap", "settings", "app")


def config_map(name: str = "settings", **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "app"}, "data": data}


def secret(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "app"}, "data": data}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([NAMESPACE]) as fake:
        yield fake


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def cluster(api: FakeApi, pauses: Pauses) -> Cluster:
    return connect(api.url, pauses=pauses)


# -------------------------------------------------------------------- connecting


def test_the_options_of_kubernetes_core_authenticate(api: FakeApi) -> None:
    connect(api.url, api_key="s3cret", impersonate_user="jane", impersonate_groups=["admins", "staff"]).version()
    headers = api.log[0].headers
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["impersonate-user"] == "jane"


def test_username_and_password_authenticate(api: FakeApi) -> None:
    connect(api.url, api_key=None, username="jane", password="pass").version()
    assert api.log[0].headers["authorization"] == "Basic amFuZTpwYXNz"


def test_the_environment_authenticates(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_HOST", api.url)
    monkeypatch.setenv("K8S_AUTH_API_KEY", "from-environment")
    Cluster.connect(module()).version()
    assert api.log[0].headers["authorization"] == "Bearer from-environment"


def kubeconfig(api: FakeApi, **user: t.Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "pi",
        "contexts": [{"name": "pi", "context": {"cluster": "pi", "user": "pi"}}],
        "clusters": [{"name": "pi", "cluster": {"server": api.url}}],
        "users": [{"name": "pi", "user": user}],
    }


def test_an_exec_plugin_authenticates(api: FakeApi) -> None:
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "from-plugin"}}
    plugin = {
        "apiVersion": credential["apiVersion"],
        "command": "echo",
        "args": [json.dumps(credential)],
        "interactiveMode": "Never",
    }
    Cluster.connect(module(kubeconfig=kubeconfig(api, exec=plugin))).version()
    assert api.log[0].headers["authorization"] == "Bearer from-plugin"


def test_a_token_option_beats_the_kubeconfig(api: FakeApi) -> None:
    Cluster.connect(module(kubeconfig=kubeconfig(api, token="from-file"), api_key="from-option")).version()
    assert api.log[0].headers["authorization"] == "Bearer from-option"


def test_a_wrong_context_says_where_contexts_are_listed(api: FakeApi, tmp_path: t.Any) -> None:
    path = tmp_path / "config"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "contexts": [], "clusters": [], "users": [], "current-context": ""}))
    with pytest.raises(ClusterError, match=r"(?s)nope.*kubectl config get-contexts") as caught:
        Cluster.connect(module(kubeconfig=str(path), context="nope"))
    assert caught.value.code == "kubeconfig"


def test_an_api_that_never_answered_is_reported_soon(pauses: Pauses) -> None:
    with pytest.raises(ClusterError, match=r"127\.0\.0\.1:1 cannot be reached.*k3s\.yaml") as caught:
        connect("http://127.0.0.1:1", pauses=pauses).version()
    assert caught.value.code == "unreachable"
    assert len(pauses) == 1


def test_an_api_that_answered_before_is_given_time_to_come_back(api: FakeApi, cluster: Cluster, pauses: Pauses) -> None:
    cluster.version()
    api.faults.append(Fault(reset=True, times=4))
    assert cluster.version()["minor"] == "36"
    assert len(pauses) == 4
    assert pauses == sorted(pauses)


def test_a_place_that_is_no_kubernetes_api_is_named_at_once(api: FakeApi, pauses: Pauses) -> None:
    api.headers["Content-Type"] = "text/html; charset=utf-8"
    with pytest.raises(
        ClusterError, match=r"get version: http://127.0.0.1:\d+ answered text/html; charset=utf-8.*Kubernetes API"
    ) as caught:
        connect(api.url, pauses=pauses).version()
    assert (caught.value.code, pauses) == ("not_kubernetes", [])


# -------------------------------------------------------------------- reading


def test_lists_come_in_pages_with_kind_and_version(api: FakeApi, cluster: Cluster) -> None:
    for number in range(1203):
        api.put(config_map(f"settings-{number:04}"))
    found = cluster.list(Query("v1", "ConfigMap"))
    assert [obj["metadata"]["name"] for obj in found] == [f"settings-{number:04}" for number in range(1203)]
    assert {(obj["apiVersion"], obj["kind"]) for obj in found} == {("v1", "ConfigMap")}
    pages = [entry.query for entry in api.log if entry.path == "/api/v1/configmaps"]
    assert [page["limit"] for page in pages] == ["500"] * 3


def test_lists_are_projected_and_selected(api: FakeApi, cluster: Cluster) -> None:
    api.put(config_map("one", a="1"))
    api.put({**config_map("two", a="2"), "metadata": {"name": "two", "namespace": "app", "labels": {"app": "web"}}})
    api.put({**config_map("three"), "metadata": {"name": "three", "namespace": "app", "labels": {"app": "web"}}})

    def data(obj: Object) -> Object | None:
        return obj["data"] or None

    assert cluster.list(Query("v1", "ConfigMap", "app", label_selector="app=web", project=data)) == [{"a": "2"}]
    assert len(cluster.list(Query("v1", "ConfigMap", field_selector="metadata.name=one"))) == 1


def test_a_list_whose_pages_expire_begins_anew(api: FakeApi, cluster: Cluster) -> None:
    for number in range(600):
        api.put(config_map(f"settings-{number:04}"))
    cluster.serves("v1", "ConfigMap")
    seen: list[Object] = []

    def expire_once(obj: Object) -> Object:
        if not seen:
            api.faults.append(Fault(status=410, path="/configmaps", message="The provided continue parameter is too old"))
        seen.append(obj)
        return obj

    assert len(cluster.list(Query("v1", "ConfigMap", project=expire_once))) == 600
    assert len(seen) == 1100


def test_a_list_that_keeps_expiring_fails(api: FakeApi, cluster: Cluster) -> None:
    api.faults.append(Fault(status=410, path="/configmaps", times=99))
    with pytest.raises(ClusterError, match="list configmaps: HTTP 410"):
        cluster.list(Query("v1", "ConfigMap"))


def test_several_lists_keep_their_order(api: FakeApi, cluster: Cluster) -> None:
    api.put(config_map())
    api.put(secret())
    kinds = ["Secret", "ConfigMap", "Namespace", "Secret"]
    found = cluster.list_many(Query("v1", kind) for kind in kinds)
    assert [objects[0]["kind"] for objects in found] == kinds


def test_an_unserved_kind_is_an_error_or_nothing(cluster: Cluster) -> None:
    with pytest.raises(NotFoundError, match="does not serve this kind") as caught:
        cluster.list(Query("cert-manager.io/v1", "Certificate"))
    assert caught.value.code == "unserved"
    assert cluster.list(Query("cert-manager.io/v1", "Certificate", optional=True)) == []
    with pytest.raises(NotFoundError):
        cluster.get(Ref("cert-manager.io/v1", "Certificate", "x", "app"))


def test_a_kind_that_comes_later_is_found(api: FakeApi, cluster: Cluster) -> None:
    assert not cluster.serves("traefik.io/v1alpha1", "Middleware")
    api.kinds["traefik.io/v1alpha1"] = {"Middleware": ("middlewares", True)}
    assert cluster.serves("traefik.io/v1alpha1", "Middleware")


def test_a_kind_that_went_since_it_was_discovered_is_an_error_or_nothing(api: FakeApi, cluster: Cluster) -> None:
    api.kinds["traefik.io/v1alpha1"] = {"Middleware": ("middlewares", True)}
    assert cluster.serves("traefik.io/v1alpha1", "Middleware")
    del api.kinds["traefik.io/v1alpha1"]
    with pytest.raises(NotFoundError):
        cluster.list(Query("traefik.io/v1alpha1", "Middleware"))
    assert cluster.list(Query("traefik.io/v1alpha1", "Middleware", optional=True)) == []


def test_a_known_kind_is_discovered_once(api: FakeApi, cluster: Cluster) -> None:
    cluster.get_many([Ref("v1", "ConfigMap", f"settings-{number}", "app") for number in range(40)])
    assert sum(entry.path == "/api/v1" for entry in api.log) == 1


def test_an_absent_object_is_none(api: FakeApi, cluster: Cluster) -> None:
    assert cluster.get(SETTINGS) is None
    api.put(config_map(a="1"))
    assert [obj and obj["data"] for obj in cluster.get_many([SETTINGS, Ref("v1", "Secret", "none", "app")])] == [{"a": "1"}, None]


def test_a_namespaced_object_needs_its_namespace(cluster: Cluster) -> None:
    with pytest.raises(InputError, match="ConfigMap settings: has no namespace"):
        cluster.get(Ref("v1", "ConfigMap", "settings"))


def test_a_truncated_answer_is_read_again(api: FakeApi, cluster: Cluster) -> None:
    api.put(config_map(a="1"))
    cluster.version()
    api.faults.append(Fault(truncate=True, path="/configmaps/", times=2))
    live = cluster.get(SETTINGS)
    assert live is not None
    assert live["data"] == {"a": "1"}
    assert sum(entry.path.endswith("/settings") for entry in api.log) == 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(api: FakeApi, cluster: Cluster, status: int) -> None:
    api.put(config_map(a="1"))
    api.faults.append(Fault(status=status, path="/configmaps/", times=3))
    assert cluster.get(SETTINGS)
    assert not any(fault.times for fault in api.faults)


def test_retries_end_and_say_what_was_answered(api: FakeApi, cluster: Cluster, pauses: Pauses) -> None:
    api.faults.append(Fault(status=503, path="/configmaps/", times=99, message="apiserver is shutting down"))
    with pytest.raises(ClusterError, match="get ConfigMap app/settings: HTTP 503 Injected: apiserver is shutting down"):
        cluster.get(SETTINGS)
    assert len(pauses) == 5
    assert sum(pauses) < 10


def test_retry_after_is_honoured_within_reason(api: FakeApi, cluster: Cluster, pauses: Pauses) -> None:
    api.faults += [
        Fault(status=429, path="/configmaps/", headers={"Retry-After": "7"}),
        Fault(status=429, path="/configmaps/", headers={"Retry-After": "86400"}),
    ]
    cluster.get(SETTINGS)
    assert pauses == [7, 30]


# -------------------------------------------------------------------- writing


def test_apply_is_server_side_strict_and_ours(api: FakeApi, cluster: Cluster) -> None:
    cluster.apply(config_map(a="1"))
    entry = api.log[-1]
    assert (entry.method, entry.content_type) == ("PATCH", "application/apply-patch+yaml")
    assert entry.query == {"fieldManager": "pimesh.linkerd", "force": "true", "fieldValidation": "Strict"}


def test_dry_runs_write_nothing(api: FakeApi, cluster: Cluster) -> None:
    live = api.put(config_map("live", a="1"))
    cluster.apply(config_map(a="1"), dry_run=True)
    cluster.create(config_map(a="1"), dry_run=True)
    version = live["metadata"]["resourceVersion"]
    cluster.patch(Ref.of(live), {"data": {"a": "2"}}, resource_version=version, dry_run=True)
    cluster.delete(Ref.of(live), dry_run=True)
    assert api.writes() == []
    assert api.live("ConfigMap", "live", "app") == live


def test_a_patch_is_bound_to_what_was_read(api: FakeApi, cluster: Cluster) -> None:
    read = api.put(config_map(a="1"))
    version = read["metadata"]["resourceVersion"]
    assert cluster.patch(SETTINGS, {"data": {"a": "2"}}, resource_version=version)["data"] == {"a": "2"}
    with pytest.raises(ConflictError, match="patch ConfigMap app/settings: HTTP 409"):
        cluster.patch(SETTINGS, {"data": {"a": "3"}}, resource_version=version)


def test_a_create_that_got_no_answer_but_happened_is_done(api: FakeApi, cluster: Cluster) -> None:
    cluster.version()
    api.faults.append(Fault(method="POST", reset=True, late=True))
    assert cluster.create(config_map(a="1"))["data"] == {"a": "1"}
    assert api.writes() == ["POST /api/v1/namespaces/app/configmaps"]


def test_a_create_that_got_no_answer_and_did_not_happen_is_sent_again(api: FakeApi, cluster: Cluster) -> None:
    cluster.version()
    api.faults.append(Fault(method="POST", reset=True))
    assert cluster.create(config_map(a="1"))["data"] == {"a": "1"}
    assert len(api.writes()) == 2


def test_a_create_that_was_put_off_is_sent_again(api: FakeApi, cluster: Cluster) -> None:
    api.faults.append(Fault(method="POST", status=429))
    cluster.create(config_map(a="1"))
    assert not any(entry.method == "GET" and entry.path.endswith("/settings") for entry in api.log)


def test_a_create_of_something_that_exists_is_a_conflict(api: FakeApi, cluster: Cluster) -> None:
    api.put(config_map())
    with pytest.raises(ConflictError, match="already exists"):
        cluster.create(config_map())


def test_deleting_something_gone_is_fine(cluster: Cluster) -> None:
    cluster.delete(SETTINGS)


def test_deleting_is_bound_to_the_object_that_was_seen(api: FakeApi, cluster: Cluster) -> None:
    live = api.put(config_map())
    with pytest.raises(ConflictError):
        cluster.delete(SETTINGS, uid="somebody-elses")
    cluster.delete(SETTINGS, uid=live["metadata"]["uid"], resource_version=live["metadata"]["resourceVersion"])
    assert api.live("ConfigMap", "settings", "app") is None


# -------------------------------------------------------------------- errors


def test_a_list_that_may_be_refused_is_empty_then_and_says_so(api: FakeApi, cluster: Cluster) -> None:
    api.put(config_map())
    refused: list[ClusterError] = []
    query = Query("v1", "ConfigMap", refused=refused.append)
    api.faults.append(Fault(status=403, path="/configmaps", message='User "jane" cannot list resource "configmaps"'))
    assert cluster.list(query) == []
    assert [error.code for error in refused] == ["forbidden"]
    assert len(cluster.list(query)) == 1
    api.faults.append(Fault(status=403, path="/configmaps", message="denied by policy: no root", times=9))
    with pytest.raises(ClusterError, match="no root"):
        cluster.list(query)


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        ((401, "Unauthorized"), "unauthorized", "expired. Check the kubeconfig"),
        ((403, 'User "jane" cannot get resource "configmaps"'), "forbidden", "allows the verb 'get'"),
        ((403, "denied by policy: no root"), "denied", "admission rule"),
        ((500, 'failed calling webhook "x.io": connection refused'), "webhook", "workload behind the named webhook"),
        ((418, "teapot"), "unexpected", "address is that of a Kubernetes API"),
    ],
)
def test_a_refusal_names_object_reason_and_remedy(api: FakeApi, cluster: Cluster, answer: tuple[int, str], code: str, text: str) -> None:
    status, message = answer
    api.faults.append(Fault(status=status, path="/configmaps/", message=message, times=9))
    with pytest.raises(ClusterError) as caught:
        cluster.get(SETTINGS)
    error = caught.value
    assert (error.code, error.subject) == (code, "get ConfigMap app/settings")
    assert message in error.reason
    assert text in error.remedy


def test_a_refused_secret_keeps_its_values(api: FakeApi, cluster: Cluster) -> None:
    api.faults.append(Fault(status=422, method="PATCH", message="data[key]: Invalid value: hunter2hunter2: not base64"))
    with pytest.raises(ClusterError) as caught:
        cluster.apply(secret(key="hunter2hunter2"))
    assert "hunter2" not in str(caught.value)
    assert "Invalid value: ********" in str(caught.value)


def test_warnings_of_the_api_are_kept_once(api: FakeApi, cluster: Cluster) -> None:
    api.headers["Warning"] = '299 - "v1 Endpoints is deprecated"'
    for _time in range(2):
        cluster.version()
    assert cluster.warnings == ["v1 Endpoints is deprecated"]
