# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml on a cluster that has nothing but what k3s brings."""

from __future__ import annotations

import typing as t
from collections import Counter
from pathlib import Path

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api

from sandbox import api
from sandbox.cluster import Sandbox
from tests.integration.site_runs import Run, Write, host_variables, inventory, play, writes

SITE = "pimesh.linkerd.site"
MOST_STARTS = 13


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("site", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def site(sandbox: Sandbox, home: Path, *arguments: str) -> Run:
    return play(home, SITE, "-i", str(sandbox.directory / "inventory.yml"), *arguments)


@pytest.fixture(scope="module")
def checked(sandbox: Sandbox, home: Path) -> Run:
    """site.yml --check on the empty cluster."""
    before = writes(sandbox)
    run = site(sandbox, home, "--check", "--diff")
    assert run.code == 0, run.messages
    assert writes(sandbox) == before
    return run


@pytest.fixture(scope="module")
def first(sandbox: Sandbox, home: Path, checked: Run) -> tuple[Run, list[Write]]:
    """The first run after that, and what it wrote."""
    del checked
    before = len(sandbox.audit())
    run = site(sandbox, home)
    assert run.code == 0, run.messages
    return run, writes(sandbox, before)


def is_bookkeeping(write: Write) -> bool:
    """Helm's own memory of a release, and questions that are asked by writing."""
    _verb, kind, _namespace, name = write
    return not name or (kind == "Secret" and name.startswith("sh.helm.release."))


def normalised(written: list[Write]) -> Counter[Write]:
    """An apply of an object that is there is a patch on the wire."""
    return Counter(("patch" if verb == "apply" else verb, *rest) for verb, *rest in written)  # type: ignore[misc]


def test_check_lists_exactly_what_the_first_run_does(checked: Run, first: tuple[Run, list[Write]]) -> None:
    _run, written = first
    listed = normalised(checked.steps())
    done = normalised([write for write in written if not is_bookkeeping(write)])
    assert listed - done == Counter()
    assert done - listed == Counter()


def test_a_second_run_changes_nothing(sandbox: Sandbox, home: Path, first: tuple[Run, list[Write]]) -> None:
    del first
    before = writes(sandbox)
    second = site(sandbox, home)
    assert (second.code, second.changed) == (0, 0), second.messages
    assert second.steps() == []
    assert writes(sandbox) == before
    # Each takes about a second of somebody's time. A look at everything (l5d_apply, state audit) is one, whatever it looks at.
    assert len(second.starts()) <= MOST_STARTS, second.starts()


def test_traefik_carries_a_proxy_in_kube_system(sandbox: Sandbox, first: tuple[Run, list[Write]]) -> None:
    del first
    with api.connect(sandbox.kubeconfig) as client:
        pods: t.Any = CoreV1Api(client).list_namespaced_pod("kube-system", label_selector="app.kubernetes.io/name=traefik").items
    assert pods
    for pod in pods:
        assert "linkerd-proxy" in [container.name for container in (pod.spec.init_containers or []) + pod.spec.containers]


def test_a_deployment_of_linkerds_that_somebody_deleted_comes_back(sandbox: Sandbox, home: Path, first: tuple[Run, list[Write]]) -> None:
    del first
    with api.connect(sandbox.kubeconfig) as client:
        AppsV1Api(client).delete_namespaced_deployment("linkerd-identity", "linkerd")
        again = site(sandbox, home)
        assert again.code == 0, again.messages
        deployment: t.Any = AppsV1Api(client).read_namespaced_deployment("linkerd-identity", "linkerd")
    assert deployment.status.available_replicas == 1
    assert ("create", "Deployment", "linkerd", "linkerd-identity") in again.steps()


@pytest.mark.parametrize("name", ["site", "upgrade", "uninstall", "rotate_trust_anchor", "audit"])
def test_an_empty_target_fails(tmp_path: Path, name: str) -> None:
    run = play(tmp_path, f"pimesh.linkerd.{name}", "-i", inventory(tmp_path, {"pi": {}}, group="some_other_group"))
    assert run.code != 0
    assert "No cluster to work on" in run.messages
    assert "linkerd_clusters" in run.messages


def test_two_hosts_with_the_same_api_server_fail(sandbox: Sandbox, tmp_path: Path) -> None:
    before = writes(sandbox)
    variables = host_variables(sandbox)
    run = play(tmp_path, SITE, "-i", inventory(tmp_path, {"pi-1": variables, "pi-2": variables}))
    assert run.code != 0
    assert "pi-1" in run.messages
    assert "same cluster" in run.messages
    assert writes(sandbox) == before


def test_an_api_server_that_is_not_there_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    text = sandbox.kubeconfig.read_text(encoding="utf-8")
    state = sandbox.state()
    assert state is not None
    (tmp_path / "kubeconfig").write_text(text.replace(f":{state.api_port}", ":1"), encoding="utf-8")
    variables = {**host_variables(sandbox), "linkerd_kubeconfig": str(tmp_path / "kubeconfig")}
    run = play(tmp_path, SITE, "-i", inventory(tmp_path, {"pi": variables}))
    assert run.code != 0
    assert "127.0.0.1:1" in run.messages
