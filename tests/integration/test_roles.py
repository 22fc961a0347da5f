# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles taken one by one into a playbook of somebody else's."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from kubernetes.client import AppsV1Api, CoreV1Api

from sandbox import api
from sandbox.cluster import Sandbox
from tests.integration.site_runs import Run, finish, host_variables, inventory, play, start, writes

CHART = {
    "Chart.yaml": {"apiVersion": "v2", "name": "web", "version": "1.0.0"},
    "values.yaml": {"node": "linux"},
    "templates/web.yaml": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "nodeSelector": {"kubernetes.io/os": "{{ .Values.node }}"},
                    "containers": [{"name": "web", "image": "registry.example/web:1"}],
                },
            },
        },
    },
}
PLAY = {
    "hosts": "all",
    "gather_facts": False,
    "module_defaults": {
        "group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"},
        "kubernetes.core.helm": {"kubeconfig": "{{ linkerd_kubeconfig }}", "binary_path": "{{ linkerd_helm_binary }}"},
        "pimesh.linkerd.l5d_apply": {"binary_path": "{{ linkerd_helm_binary }}"},
    },
}
NOWHERE = "not-a-system-of-any-node"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("roles", empty=True, without=["homelab"], root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A folder with an inventory of one cluster and a chart whose workload is ready where a node suits it."""
    variables = {
        **host_variables(sandbox),
        "linkerd_helm_binary": str(wrap(Path(host_variables(sandbox)["linkerd_helm_binary"]), tmp_path)),
    }
    inventory(tmp_path, {"pi": variables})
    for name, content in CHART.items():
        (tmp_path / "chart" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "chart" / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return tmp_path


def wrap(helm: Path, directory: Path) -> Path:
    """Helm that says which process it is."""
    wrapper = directory / "helm"
    pid = shlex.quote(str(directory / "helm.pid"))
    wrapper.write_text(f'#!/bin/sh\necho $$ > {pid}\nexec {shlex.quote(str(helm))} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    return wrapper


def write_play(home: Path, *roles: dict[str, t.Any]) -> str:
    path = home / "play.yml"
    path.write_text(yaml.safe_dump([{**PLAY, "roles": list(roles)}]), encoding="utf-8")
    return str(path)


def release(home: Path, node: str, namespace: str) -> str:
    variables = {"name": "web", "namespace": namespace, "chart_ref": str(home / "chart"), "values": {"node": node}, "stale_after": 5}
    return write_play(home, {"role": "pimesh.linkerd.helm_release", **{f"helm_release_{name}": value for name, value in variables.items()}})


def run(home: Path, playbook: str, *arguments: str) -> Run:
    return play(home, playbook, "-i", str(home / "inventory.yml"), *arguments)


def statuses(sandbox: Sandbox, namespace: str) -> list[str]:
    """Of every revision of the release, as Helm labels them."""
    with api.connect(sandbox.kubeconfig) as client:
        secrets: t.Any = CoreV1Api(client).list_namespaced_secret(namespace, label_selector="owner=helm,name=web").items
    return [secret.metadata.labels["status"] for secret in sorted(secrets, key=lambda secret: int(secret.metadata.labels["version"]))]


def kill_helm_in(status: str, sandbox: Sandbox, home: Path) -> Run:
    """Start a release that cannot become ready, and kill Helm while it waits."""
    process = start(home, release(home, NOWHERE, "default"), "-i", str(home / "inventory.yml"))
    end = time.monotonic() + 120
    while status not in statuses(sandbox, "default"):
        assert time.monotonic() < end, finish(process).messages
        time.sleep(0.2)
    os.kill(int((home / "helm.pid").read_text(encoding="utf-8")), 9)
    return finish(process)


def test_a_killed_helm_is_repaired_by_the_next_run(sandbox: Sandbox, home: Path) -> None:
    killed = kill_helm_in("pending-install", sandbox, home)
    assert killed.code != 0
    assert "Helm release default/web" in killed.messages
    assert statuses(sandbox, "default") == ["pending-install"]

    repaired = run(home, release(home, "linux", "default"))
    assert repaired.code == 0, repaired.messages
    assert statuses(sandbox, "default") == ["deployed"]

    killed = kill_helm_in("pending-upgrade", sandbox, home)
    assert killed.code != 0
    assert statuses(sandbox, "default") == ["deployed", "pending-upgrade"]

    repaired = run(home, release(home, "linux", "default"))
    assert repaired.code == 0, repaired.messages
    assert statuses(sandbox, "default")[-1] == "deployed"

    again = run(home, release(home, "linux", "default"))
    assert (again.code, again.changed) == (0, 0), again.messages


def test_an_object_that_somebody_deleted_comes_back(sandbox: Sandbox, home: Path) -> None:
    assert run(home, release(home, "linux", "kube-public")).code == 0
    with api.connect(sandbox.kubeconfig) as client:
        AppsV1Api(client).delete_namespaced_deployment("web", "kube-public")
    again = run(home, release(home, "linux", "kube-public"))
    assert again.code == 0, again.messages
    assert again.changed == 1
    with api.connect(sandbox.kubeconfig) as client:
        deployment: t.Any = AppsV1Api(client).read_namespaced_deployment("web", "kube-public")
    assert deployment.status.available_replicas == 1


def test_a_chart_that_does_not_render_is_named_with_helms_reason(home: Path) -> None:
    (home / "chart/templates/web.yaml").write_text('{{ fail "the port is missing" }}', encoding="utf-8")
    refused = run(home, release(home, "linux", "default"))
    assert refused.code != 0
    assert "Helm release default/web" in refused.messages
    assert "the port is missing" in refused.messages


def test_no_file_with_values_is_left_behind(home: Path) -> None:
    with tempfile.TemporaryDirectory() as short:  # ansible makes a socket there, whose path has a limit
        done = play(home, release(home, "linux", "kube-node-lease"), "-i", str(home / "inventory.yml"), TMPDIR=short)
        assert (done.code, done.changed) == (0, 1), done.messages
        assert [path for path in Path(short).rglob("*") if path.is_file() and "node" in path.read_text(errors="replace")] == []


@pytest.mark.parametrize(
    "role", ["linkerd_preflight", "cert_manager", "linkerd_identity", "linkerd_control_plane", "linkerd_viz", "linkerd_ingress"]
)
def test_a_misspelled_variable_is_refused_with_the_right_name(sandbox: Sandbox, home: Path, role: str) -> None:
    before = writes(sandbox)
    right = {"linkerd_preflight": "linkerd_preflight_helm_binary"}.get(role, f"{role}_namespace")
    right = {"linkerd_ingress": "linkerd_ingress_strategy"}.get(role, right)
    wrong = right[:-2] + right[-1]
    refused = run(home, write_play(home, {"role": f"pimesh.linkerd.{role}"}), "-e", f"{wrong}=x")
    assert refused.code != 0
    assert f"{wrong} (did you mean {right}?)" in refused.messages
    assert writes(sandbox) == before


def test_a_role_works_in_a_foreign_playbook_and_respects_what_others_installed(sandbox: Sandbox, home: Path) -> None:
    charts = {name: value for name, value in host_variables(sandbox).items() if name.startswith("cert_manager_")}
    playbook = write_play(home, {"role": "pimesh.linkerd.cert_manager", **charts})
    first = run(home, playbook)
    assert first.code == 0, first.messages
    assert first.changed > 0
    again = run(home, playbook)
    assert (again.code, again.changed) == (0, 0), again.messages

    before = writes(sandbox)
    as_it_is = run(home, write_play(home, {"role": "pimesh.linkerd.cert_manager", "cert_manager_namespace": "elsewhere", **charts}))
    assert (as_it_is.code, as_it_is.changed) == (0, 0), as_it_is.messages
    assert "used as it is: cert-manager, trust-manager" in str(list(as_it_is.tasks()))
    assert writes(sandbox) == before
