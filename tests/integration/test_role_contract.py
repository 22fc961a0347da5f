# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every role promises: alone in somebody's playbook, in check mode on an empty and on a finished cluster, and again.

The tests of this file are one story, told in order.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from tests.integration.site_runs import Run, play, writes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SITE: t.Any = yaml.safe_load((ROOT / "playbooks/site.yml").read_text(encoding="utf-8"))[1]
ROLES = list(dict.fromkeys(entry["role"].rpartition(".")[2] for entry in SITE["roles"]))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("contract", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


def alone(sandbox: Sandbox, home: Path, role: str, *arguments: str) -> Run:
    """The role in a playbook of somebody else's."""
    defaults = json.loads(json.dumps(SITE["module_defaults"]))
    playbook = home / "play.yml"
    foreign = {"hosts": "linkerd_clusters", "gather_facts": False, "module_defaults": defaults, "roles": [f"pimesh.linkerd.{role}"]}
    # What the site playbook tells a role of the others.
    foreign["vars"] = {"linkerd_preflight_helm_binary": "{{ linkerd_helm_binary }}", "linkerd_viz_jaeger_url": "jaeger.jaeger-system:16686"}
    playbook.write_text(yaml.safe_dump([foreign]), encoding="utf-8")
    return play(home, str(playbook), "-i", str(sandbox.directory / "inventory.yml"), *arguments)


@pytest.mark.parametrize("role", ROLES)
def test_check_mode_on_an_empty_cluster(sandbox: Sandbox, tmp_path: Path, role: str) -> None:
    """A role that needs another one first says so; none writes."""
    before = writes(sandbox)
    run = alone(sandbox, tmp_path, role, "--check", "--diff")
    assert writes(sandbox) == before
    assert run.code == 0 or "Linkerd is not installed" in run.messages, run.messages


def test_the_whole_site(sandbox: Sandbox, tmp_path: Path) -> None:
    run = play(tmp_path, "pimesh.linkerd.site", "-i", str(sandbox.directory / "inventory.yml"))
    assert run.code == 0, run.messages


@pytest.mark.parametrize("mode", [["--check", "--diff"], []], ids=["check", "run"])
@pytest.mark.parametrize("role", ROLES)
def test_alone_on_a_finished_cluster_nothing_changes(sandbox: Sandbox, tmp_path: Path, role: str, mode: list[str]) -> None:
    before = writes(sandbox)
    run = alone(sandbox, tmp_path, role, *mode)
    assert (run.code, run.changed) == (0, 0), run.messages
    assert writes(sandbox) == before
