# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_apply on a real API: every state, in check mode and really, compared with the API server's own log."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from sandbox.cluster import Sandbox
from tests.integration import module_runs, site_runs
from tests.integration.ingress_lab import connect

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster

GROUP = "things.example"
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}}}}


def namespace(name: str, **labels: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(name: str, space: str, *, node: str = "linux", cpu: str = "1000m") -> Object:
    """Written so that the API stores it differently: defaults, and quantities in another unit."""
    container = {"name": "web", "image": "registry.example/web:1", "resources": {"limits": {"cpu": cpu, "memory": "1024Mi"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"nodeSelector": {"kubernetes.io/os": node}, "containers": [container]},
            },
        },
    }


def definition() -> Object:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}],
        },
    }


def thing(space: str, size: int = 1) -> Object:
    return {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": space}, "spec": {"size": size}}


def secret(space: str, value: str = "hunter2") -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": space}, "stringData": {"key": value}}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("apply", empty=True, without=["homelab", "k3s", "injector"], root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture
def cluster(sandbox: Sandbox) -> Cluster:
    return connect(sandbox.kubeconfig)


def run(sandbox: Sandbox, *resources: t.Any, check: bool = False, **options: t.Any) -> module_runs.Result:
    arguments = {"kubeconfig": str(sandbox.kubeconfig), "resources": list(resources), "wait_timeout": 60, **options}
    return module_runs.run("l5d_apply", check=check, **arguments)


def done(sandbox: Sandbox, *resources: t.Any, **options: t.Any) -> module_runs.Result:
    """A run that has to succeed."""
    result = run(sandbox, *resources, **options)
    assert not result.get("failed"), result["msg"]
    return result


def listed(result: module_runs.Result) -> list[site_runs.Write]:
    return [(step["verb"].replace("apply", "patch"), step["kind"], step["namespace"], step["name"]) for step in result["steps"]]


def whole_list(space: str) -> list[Object]:
    """Everything that needs something else of the same list, in the least helpful order."""
    return [thing(space), deployment("web", space), secret(space), definition(), namespace(space)]


def test_create_repeat_change_and_remove(sandbox: Sandbox, cluster: Cluster) -> None:
    objects = whole_list("cycle")
    since = len(sandbox.audit())
    checked = done(sandbox, *objects, check=True)
    assert site_runs.writes(sandbox, since) == []
    assert {entry["name"] for entry in checked["pending"]} == {"one", "web", "key"}

    created = done(sandbox, *objects)
    assert created["changed"]
    assert listed(checked) == listed(created)
    assert sorted(site_runs.writes(sandbox, since)) == sorted(listed(created))
    assert [step["kind"] for step in created["steps"]] == ["Namespace", "CustomResourceDefinition", "Secret", "Deployment", "Thing"]
    live = cluster.get(Ref("apps/v1", "Deployment", "web", "cycle"))
    assert live is not None
    assert live["status"]["availableReplicas"] == 1

    since = len(sandbox.audit())
    for check in (True, False):
        again = done(sandbox, *objects, check=check)
        assert (again["changed"], again["steps"], again["diff"]) == (False, [], {"before": "", "after": ""})
    assert site_runs.writes(sandbox, since) == []

    changed = [thing("cycle", size=2), deployment("web", "cycle", cpu="500m"), secret("cycle", "hunter3"), definition(), namespace("cycle")]
    checked = done(sandbox, *changed, check=True)
    assert site_runs.writes(sandbox, since) == []
    real = done(sandbox, *changed)
    assert sorted(listed(checked)) == sorted(listed(real)) == sorted(site_runs.writes(sandbox, since))
    assert {step["kind"] for step in real["steps"]} == {"Secret", "Deployment", "Thing"}
    assert "hunter" not in repr((created, checked, real))

    since = len(sandbox.audit())
    checked = done(sandbox, *changed, state="absent", check=True)
    assert site_runs.writes(sandbox, since) == []
    removed = done(sandbox, *changed, state="absent")
    assert listed(checked) == listed(removed)
    assert removed["steps"][-1]["kind"] == "Namespace"
    assert cluster.get(Ref("v1", "Namespace", "cycle")) is None
    assert not done(sandbox, *changed, state="absent")["changed"]


def test_what_the_api_refuses_is_refused_in_check_mode_too(sandbox: Sandbox) -> None:
    done(sandbox, definition(), namespace("refused"))
    since = len(sandbox.audit())
    misspelled = {**deployment("web", "refused"), "spec": {**deployment("web", "refused")["spec"], "replica": 1}}
    for bad, reason in ((thing("refused", size=10), "spec.size"), (misspelled, "spec.replica")):
        for check in (True, False):
            result = run(sandbox, secret("refused"), bad, check=check)
            assert result["failed"]
            assert reason in result["msg"]
            assert result["failure"]["remedy"]
    assert site_runs.writes(sandbox, since) == []


def test_what_earlier_steps_bring_is_pending(sandbox: Sandbox) -> None:
    certificate = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a", "namespace": "later"}, "spec": {}}
    result = done(sandbox, certificate, check=True, expected=["cert-manager.io", "Namespace/later"])
    assert listed(result) == [("create", "Certificate", "later", "a")]
    for options in (
        {"check": True},
        {"check": True, "expected": ["cert-manager.io"]},
        {"expected": ["cert-manager.io", "Namespace/later"]},
    ):
        assert run(sandbox, certificate, **options)["failure"]["code"] in ("unserved", "no_namespace")


def test_a_namespace_that_was_there_is_labelled_and_stays(sandbox: Sandbox, cluster: Cluster) -> None:
    cluster.create(namespace("theirs", team="home"))
    wanted = namespace("theirs", **{"config.linkerd.io/admission-webhooks": "disabled"})
    assert listed(done(sandbox, wanted)) == [("patch", "Namespace", "", "theirs")]
    assert not done(sandbox, wanted)["changed"]
    removed = done(sandbox, wanted, state="absent")
    assert (removed["changed"], [entry["name"] for entry in removed["kept"]]) == (False, ["theirs"])
    live = cluster.get(Ref("v1", "Namespace", "theirs"))
    assert live is not None
    assert live["metadata"]["labels"].items() >= {"team": "home", "config.linkerd.io/admission-webhooks": "disabled"}.items()


def test_a_workload_that_does_not_come_up_is_named(sandbox: Sandbox) -> None:
    result = run(sandbox, namespace("stuck"), deployment("web", "stuck", node="not-a-system"), wait_timeout=2)
    assert result["failure"]["code"] == "timeout"
    assert "Deployment stuck/web: not there after" in result["msg"]
    assert "kubectl -n stuck describe deployment.apps web" in result["failure"]["remedy"]
    assert not done(sandbox, deployment("web", "stuck", node="not-a-system"), wait=False)["changed"]


def test_an_api_that_is_not_there_is_named(sandbox: Sandbox) -> None:
    result = module_runs.run("l5d_apply", host="https://127.0.0.1:1", api_key="none", resources=[namespace("x")])
    assert result["failure"]["code"] == "unreachable"
    result = run(sandbox, namespace("x"), context="nope")
    assert result["failure"]["code"] == "kubeconfig"
    assert "nope" in result["msg"]
    certificate = str(sandbox.directory / "certs" / "apiserver.crt")
    result = run(sandbox, namespace("x"), api_key="wrong", host=connect(sandbox.kubeconfig).host, kubeconfig="", ca_cert=certificate)
    assert result["failure"]["code"] == "unauthorized"


def test_missing_rights_are_named(sandbox: Sandbox) -> None:
    result = run(sandbox, namespace("x"), impersonate_user="nobody")
    assert result["failure"]["code"] == "forbidden"
    assert 'User "nobody" cannot get resource "namespaces"' in result["failure"]["reason"]


def test_the_documented_rights_suffice(sandbox: Sandbox, cluster: Cluster) -> None:
    api, user = "rbac.authorization.k8s.io", {"kind": "User", "name": "carol", "apiGroup": "rbac.authorization.k8s.io"}
    rules = [
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch", "delete"]},
    ]
    done(
        sandbox,
        namespace("carols"),
        {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": "carol"}, "rules": rules},
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "carol"},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "carol"},
            "subjects": [user],
        },
    )
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "carols"}, "data": {"a": "1"}}
    for check in (True, False):
        assert done(sandbox, settings, impersonate_user="carol", check=check)["changed"]
    assert done(sandbox, settings, impersonate_user="carol", state="absent")["changed"]
    assert cluster.get(Ref.of(settings)) is None
