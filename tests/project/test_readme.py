# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's commands exist and its examples work."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import yaml

from tests.project.test_ansible import run
from tools.build_copy import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]
PLAYS = [play for example in EXAMPLES if isinstance(example, list) for play in example]
(INVENTORY,) = [example for example in EXAMPLES if isinstance(example, dict)]

POLICY = {
    "verdicts": [
        {"object": {"name": "web", "namespace": "app"}, "backend": "app/web:80", "verdict": "safe_full", "safe": True},
        {"object": {"name": "old", "namespace": "app"}, "backend": "app/old:80", "verdict": "relayable", "safe": False},
    ]
}


def write(path: Path, content: t.Any) -> str:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(path)


def test_every_make_target_exists() -> None:
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_plays_and_inventory_are_valid(tmp_path: Path) -> None:
    inventory = write(tmp_path / "inventory.yml", INVENTORY)
    assert len(PLAYS) >= 2
    run("ansible-playbook", "-i", inventory, "--syntax-check", write(tmp_path / "plays.yml", PLAYS))
    run("ansible-playbook", "-i", inventory, "--syntax-check", "pimesh.linkerd.site")


def test_json_query_finds_the_unsafe_backends_in_a_result(tmp_path: Path) -> None:
    play = next(play for play in PLAYS if "json_query" in json.dumps(play))
    (show,) = [task for task in play["tasks"] if "json_query" in json.dumps(task)]
    play |= {"vars": {"policy": POLICY}, "tasks": [show]}
    said = run("ansible-playbook", "-i", write(tmp_path / "inventory.yml", INVENTORY), write(tmp_path / "play.yml", [play]))
    assert '"backend": "app/old:80"' in said
    assert "app/web:80" not in said
