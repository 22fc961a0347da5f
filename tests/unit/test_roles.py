# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said about the roles by reading them."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

COLLECTION = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (COLLECTION / "roles").iterdir() if path.is_dir())
PUBLIC = [role for role in ROLES if role != "helm_release"]


def read(role: str, name: str) -> dict[str, t.Any]:
    path = COLLECTION / "roles" / role / name
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def options_of(role: str) -> dict[str, t.Any]:
    """Of every entry point."""
    found: dict[str, t.Any] = {}
    for entry_point in read(role, "meta/argument_specs.yml")["argument_specs"].values():
        found |= entry_point["options"]
    return found


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_those_of_the_argument_specs(role: str) -> None:
    specified = {name: option["default"] for name, option in options_of(role).items() if not option.get("required")}
    assert read(role, "defaults/main.yml") == specified


@pytest.mark.parametrize("role", ROLES)
def test_variables_carry_the_name_of_their_role(role: str) -> None:
    assert [name for name in options_of(role) if not name.startswith(f"{role}_")] == []
    assert [name for name in read(role, "vars/main.yml") if not name.startswith(f"_{role}_")] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_option_is_used(role: str) -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("tasks", "vars", "templates")
        for path in sorted((COLLECTION / "roles" / role / folder).glob("*"))
    )
    assert [name for name in options_of(role) if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("role", ROLES)
def test_readme_has_two_examples_that_use_the_role(role: str) -> None:
    text = (COLLECTION / "roles" / role / "README.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    tasks = [task for example in examples for task in example]
    uses = [task for task in tasks if f"pimesh.linkerd.{role}" in json.dumps(task)]
    assert len(uses) >= 2
    variables = re.findall(rf"\b({role}_[a-z_]+):", text)
    assert [name for name in variables if name not in options_of(role)] == []


def test_every_role_of_the_site_has_a_tag_that_the_readme_names() -> None:
    _target, mesh = yaml.safe_load((COLLECTION / "playbooks/site.yml").read_text(encoding="utf-8"))
    tags = [tag for entry in mesh["roles"] for tag in entry["tags"] if tag != "always"]
    assert len(set(tags)) == len({entry["role"] for entry in mesh["roles"]})
    (named,) = re.findall(r"^Tags: (.*?)\.$", (COLLECTION / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", named) == tags


@pytest.mark.parametrize("role", PUBLIC)
def test_unknown_variables_are_refused_first(role: str) -> None:
    tasks = yaml.safe_load((COLLECTION / "roles" / role / "tasks/main.yml").read_text(encoding="utf-8"))
    assert tasks[0]["ansible.builtin.assert"]["that"] == f"_{role}_unknown | length == 0"


@pytest.mark.parametrize("role", ROLES)
def test_roles_leave_the_connection_to_the_play(role: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((COLLECTION / "roles" / role / "tasks").glob("*.yml")))
    assert not re.search(r"module_defaults|set_fact|kubeconfig|binary_path", text)


@pytest.mark.parametrize(("given", "passed_on"), [("", "omitted"), (False, False), ("false", "false"), (True, True)])
def test_no_native_sidecars_is_an_answer_and_not_the_lack_of_one(given: str | bool, passed_on: str | bool) -> None:
    tasks = yaml.safe_load((COLLECTION / "roles/linkerd_preflight/tasks/main.yml").read_text(encoding="utf-8"))
    (options,) = [task["pimesh.linkerd.l5d_preflight"] for task in tasks if "pimesh.linkerd.l5d_preflight" in task]
    variables = {"linkerd_preflight_native_sidecar": given, "omit": "omitted"}
    assert Templar(loader=DataLoader(), variables=variables).template(trust_as_template(options["native_sidecar"])) == passed_on
