# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both modules in one play, through ansible itself: one write of the settings, one rollout."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration import contents
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object
from tests.integration.site_runs import Run, play


@pytest.fixture
def lab(homelab: Lab) -> t.Iterator[Lab]:
    before = contents.of(homelab)
    yield homelab
    homelab.done(state="absent")
    assert contents.differing(before, contents.of(homelab)) == []


def run(lab: Lab, directory: Path, modules: t.Sequence[str], *arguments: str, **options: t.Any) -> Run:
    """A play on the cluster with these modules, and the options for each."""
    tasks = [{"name": module, f"pimesh.linkerd.{module}": options} for module in modules]
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": str(lab.kubeconfig)}}
    document = {"name": "Mesh", "hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}
    path = directory / "play.yml"
    path.write_text(yaml.safe_dump([document], sort_keys=False), encoding="utf-8")
    interpreter = "ansible_python_interpreter={{ ansible_playbook_python }}"
    done = play(directory, str(path), "-i", "localhost,", "-c", "local", "-e", interpreter, *arguments)
    assert done.code == 0, done.messages
    return done


def results(done: Run) -> dict[str, Object]:
    return dict(done.tasks())


def revision(lab: Lab) -> int:
    """Counts the rollouts of Traefik."""
    metadata = lab.get("apps/v1", "Deployment", "kube-system", "traefik")["metadata"]
    return int(metadata["annotations"]["deployment.kubernetes.io/revision"])


def replica_sets(lab: Lab) -> set[str]:
    found = lab.all("apps/v1", "ReplicaSet", "kube-system", "app.kubernetes.io/name=traefik")
    return {obj["metadata"]["uid"] for obj in found}


@pytest.mark.parametrize("order", [(MESH, POLICY), (POLICY, MESH)])
@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
def test_both_modules_in_one_play_need_one_write_and_one_rollout(lab: Lab, tmp_path: Path, order: tuple[str, str], strategy: str) -> None:
    since, rolled = len(lab.sandbox.audit()), revision(lab)
    old = replica_sets(lab)
    first = run(lab, tmp_path, order, strategy=strategy)
    assert results(first)[order[1]]["verdicts"] == lab.done(state="audit")["verdicts"]
    settings = [event for event in lab.writes(since) if event.resource == "helmchartconfigs"]
    assert len(settings) == 1
    assert revision(lab) == rolled + 1
    assert len(replica_sets(lab) - old) <= 1
    since = len(lab.sandbox.audit())
    assert run(lab, tmp_path, order, strategy=strategy).changed == 0
    assert lab.writes(since) == []


def test_check_mode_of_a_play_lists_what_the_play_does(lab: Lab, tmp_path: Path) -> None:
    since = len(lab.sandbox.audit())
    foretold = run(lab, tmp_path, [MESH], "--check", "--diff")
    assert lab.writes(since) == []
    done = run(lab, tmp_path, [MESH], "--diff")
    assert foretold.changed == done.changed == 1
    assert foretold.steps() == done.steps() != []
    assert results(foretold)[MESH]["diff"] == results(done)[MESH]["diff"]


def test_removing_with_both_modules_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    before = contents.of(lab)
    run(lab, tmp_path, [MESH], strategy="header")
    run(lab, tmp_path, [MESH, POLICY], state="absent")
    assert contents.differing(before, contents.of(lab)) == []
