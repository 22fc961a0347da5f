# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml on two clusters at once: side by side, nothing shared, and what is wrong with one does not stop the other."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from tests.integration.site_runs import Run, host_variables, inventory, play, writes

SITE = "pimesh.linkerd.site"
GITOPS = {"tool": "flux", "path": "clusters"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[dict[str, Sandbox]]:
    root = tmp_path_factory.mktemp("sandboxes")
    with Sandbox("attic", empty=True, root=root) as attic, Sandbox("cellar", empty=True, root=root) as cellar:
        yield {"attic": attic, "cellar": cellar}


@pytest.fixture(scope="module")
def home(sandboxes: dict[str, Sandbox], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("home")
    inventory(directory, {name: host_variables(sandbox) for name, sandbox in sandboxes.items()})
    return directory


def site(home: Path, *arguments: str) -> Run:
    return play(home, SITE, "-i", str(home / "inventory.yml"), "--forks", "2", *arguments)


def hosts_of(run: Run, task: str) -> dict[str, t.Any]:
    """What a task answered, by host."""
    found: dict[str, t.Any] = {}
    for part in run.report["plays"]:
        for entry in part["tasks"]:
            if entry["task"]["name"].endswith(task):
                found |= entry["hosts"]
    return found


def left_in(home: Path) -> set[str]:
    """What is there beside a home's caches, which are kept by the address of a cluster."""
    return {path.name for path in home.iterdir() if not path.name.startswith(".")} - {"ansible"}


def test_two_clusters_get_the_same_and_a_second_run_changes_neither(sandboxes: dict[str, Sandbox], home: Path) -> None:
    before = left_in(home)
    first = site(home)
    assert first.code == 0, first.messages
    assert left_in(home) == before
    stats = first.report["stats"]
    assert set(stats) >= set(sandboxes)
    assert stats["attic"]["changed"] == stats["cellar"]["changed"] > 0
    identities = {host: result["cluster_id"] for host, result in hosts_of(first, "Look at the cluster").items()}
    assert len(set(identities.values())) == len(identities) == 2
    anchors = {host: str(result["certificates"]["trust_anchors"]) for host, result in hosts_of(first, "Read what is there now").items()}
    assert anchors["attic"] != anchors["cellar"]

    written = {name: len(writes(sandbox)) for name, sandbox in sandboxes.items()}
    second = site(home)
    assert (second.code, second.changed) == (0, 0), second.messages
    assert {name: len(writes(sandbox)) for name, sandbox in sandboxes.items()} == written


def test_what_is_wrong_with_one_does_not_stop_the_other(sandboxes: dict[str, Sandbox], home: Path, tmp_path: Path) -> None:
    variables = {name: host_variables(sandbox) for name, sandbox in sandboxes.items()}
    variables["cellar"]["linkerd_preflight_gateway_api"] = True
    variables["cellar"]["linkerd_preflight_cluster_networks"] = ["203.0.113.0/24"]
    run = play(home, SITE, "-i", inventory(tmp_path, variables), "--forks", "2", "--check")
    assert run.code != 0
    assert "L5D135" in run.messages
    stats = run.report["stats"]
    assert (stats["cellar"]["failures"], stats["attic"]["failures"]) == (1, 0)
    assert set(hosts_of(run, "Read what is there now")) == {"attic"}


def test_each_cluster_is_rendered_into_a_directory_of_its_own(home: Path, tmp_path: Path) -> None:
    settings = {"site_state": "rendered", "site_rendered_dir": str(tmp_path / "clusters"), "site_gitops": GITOPS}
    (tmp_path / "settings.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    arguments = ("-e", f"@{tmp_path}/settings.yml")
    run = site(home, *arguments)
    assert run.code == 0, run.messages
    assert {path.name for path in (tmp_path / "clusters").iterdir()} == {"attic", "cellar"}
    for name in ("attic", "cellar"):
        chain = [
            yaml.safe_load(path.read_text(encoding="utf-8")) for path in (tmp_path / "clusters" / name / "flux").glob("kustomization-*")
        ]
        assert {obj["metadata"]["name"] for obj in chain} >= {f"{name}-linkerd-identity-objects", f"{name}-linkerd-ingress-objects"}
        for obj in chain:
            assert (tmp_path / obj["spec"]["path"] / "kustomization.yaml").is_file(), obj["spec"]["path"]
    assert site(home, *arguments).changed == 0
