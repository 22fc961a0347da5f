# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the guides and of the modules' documentation: valid YAML, options that exist, playbooks that ansible takes."""

from __future__ import annotations

import ast
import importlib
import json
import re
import textwrap
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.registry import CONTROLLERS
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from tests.project.test_ansible import run
from tests.project.test_modules import MODULES
from tools.build_copy import ROOT

Object = dict[str, t.Any]

GUIDES = sorted((ROOT / "docs/docsite/rst").glob("*.rst"))
BLOCK = re.compile(r"^( *)\.\. code-block:: yaml\n\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
PLUGINS = "ansible_collections.pimesh.linkerd.plugins.modules"


def blocks(guide: Path) -> list[t.Any]:
    text = guide.read_text(encoding="utf-8")
    found = [yaml.safe_load(textwrap.dedent(match.group(2))) for match in BLOCK.finditer(text + "\n")]
    assert len(found) == text.count("code-block:: yaml"), guide.name
    return found


def examples(module: Path) -> t.Any:
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "EXAMPLES" for target in node.targets):
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{module.name} has no EXAMPLES")


def plays_and_tasks() -> t.Iterator[tuple[str, list[Object]]]:
    for guide in GUIDES:
        yield from ((f"{guide.stem} {number}", block) for number, block in enumerate(blocks(guide)) if isinstance(block, list))
    yield from ((module.stem, examples(module)) for module in MODULES)


WRITTEN = dict(plays_and_tasks())


def tasks_in(entries: list[Object]) -> t.Iterator[Object]:
    for entry in entries:
        nested = [entry.get(key) for key in ("tasks", "pre_tasks", "post_tasks", "block")]
        yield from (task for found in nested if found for task in tasks_in(found))
        if not any(nested) and "hosts" not in entry:
            yield entry


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_object_in_a_guide_is_one(guide: Path) -> None:
    for block in blocks(guide):
        if isinstance(block, dict) and "apiVersion" in block:
            assert block["kind"]
            assert block["kind"] == "Kustomization" or block["metadata"]["name"]


@pytest.mark.parametrize("name", WRITTEN)
def test_examples_use_options_that_exist(name: str) -> None:
    for task in tasks_in(WRITTEN[name]):
        for module, given in task.items():
            if module.startswith("pimesh.linkerd."):
                options = importlib.import_module(f"{PLUGINS}.{module.rpartition('.')[2]}").__dict__
                known = {key for value in options.values() if isinstance(value, dict) for key in value if isinstance(key, str)}
                assert set(given or {}) <= known | {"kubeconfig", "context"}, task


@pytest.mark.parametrize("name", WRITTEN)
def test_ansible_takes_the_examples(name: str, tmp_path: Path) -> None:
    entries = WRITTEN[name]
    plays = entries if "hosts" in entries[0] else [{"hosts": "localhost", "gather_facts": False, "tasks": entries}]
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    run("ansible-playbook", "-i", "localhost,", "--syntax-check", str(path))


def test_roles_in_guides_have_the_variables_that_are_shown() -> None:
    shown = [role for entries in WRITTEN.values() for play in entries for role in play.get("roles", []) if isinstance(role, dict)]
    assert shown
    for role in shown:
        name = role["role"].rpartition(".")[2]
        specs = yaml.safe_load((ROOT / "roles" / name / "meta/argument_specs.yml").read_text(encoding="utf-8"))
        assert {key for key in role if key != "role"} <= set(specs["argument_specs"]["main"]["options"])


def test_the_table_of_strategies_is_what_the_code_does() -> None:
    """Every controller has its rows, and a row is true for the version that it begins with."""
    text = (ROOT / "docs/docsite/rst/strategies.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (\w[\w-]*)\n     - ([\d.]+)\n     - (.*)\n", text, re.MULTILINE)
    assert {name for name, _since, _strategies in rows} == {controller.name for controller in CONTROLLERS}
    for controller in CONTROLLERS:
        for name, since, strategies in rows:
            if name == controller.name:
                assert tuple(re.findall(r"``(\w+)``", strategies)) == controller.strategies(version(since)), (name, since)


def test_the_readme_and_the_modules_lead_to_the_strategies() -> None:
    assert "strategies.rst" in (ROOT / "README.md").read_text(encoding="utf-8")
    for module in ("l5d_ingress_mesh", "l5d_header_policy"):
        text = (ROOT / "plugins/modules" / f"{module}.py").read_text(encoding="utf-8")
        assert "docsite.strategies" in text, module


def test_examples_of_both_ingress_modules_show_every_state() -> None:
    for module in ("l5d_ingress_mesh", "l5d_header_policy"):
        text = json.dumps(WRITTEN[module])
        assert [state for state in ("absent", "audit", "rendered") if f'"state": "{state}"' not in text] == [], module
