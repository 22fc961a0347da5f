# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action group, and what a module's documentation must say."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from tests.integration.module_runs import shown
from tools.build_copy import ROOT

MODULES = sorted((ROOT / "plugins/modules").glob("*.py"))
AUTH_FRAGMENT = "kubernetes.core.k8s_auth_options"


def constant(source: str, name: str) -> dict[str, t.Any]:
    """DOCUMENTATION or RETURN of a module, without importing it."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            documented: dict[str, t.Any] = yaml.safe_load(ast.literal_eval(node.value))
            return documented
    raise AssertionError(f"no {name}")


def documentation(source: str) -> dict[str, t.Any]:
    return constant(source, "DOCUMENTATION")


def test_the_action_group_lists_the_modules_that_take_the_connection_options() -> None:
    group = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]["k8s"]
    assert group[0] == {"metadata": {"extend_group": ["kubernetes.core.k8s", "kubernetes.core.helm"]}}
    taking = [
        path.stem
        for path in MODULES
        if AUTH_FRAGMENT in documentation(path.read_text(encoding="utf-8")).get("extends_documentation_fragment", [])
    ]
    assert MODULES
    assert group[1:] == taking


def test_a_module_holds_documentation_and_wiring_only() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        code = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        lines = sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in code)
        assert lines <= 120, f"{path.name} has {lines} lines of code; a module is wiring"


def test_no_result_has_a_name_that_ansible_takes_for_its_own() -> None:
    """Ansible turns C(skipped) into a boolean and the whole task into a skipped one, without an error."""
    taken = {"changed", "failed", "skipped", "unreachable", "stdout", "stderr", "exception", "warnings", "deprecations"}
    for path in MODULES:
        assert not set(constant(path.read_text(encoding="utf-8"), "RETURN")) & taken, path.name
    for path in [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").rglob("*.yml"), *(ROOT / "molecule").rglob("*.yml")]:
        assert "rollout.skipped" not in path.read_text(encoding="utf-8"), f"{path}: l5d_rollout calls it not_restarted"


def test_a_failure_is_said_once() -> None:
    """Ansible adds the texts of an exception and of its causes to a message that holds them already."""
    options = json.dumps({"kubeconfig": "/nowhere/pi.yaml"})
    command = [str(Path(sys.executable).parent / "ansible"), "localhost", "-m", "pimesh.linkerd.l5d_mesh_info", "-a", options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if "Module failed: " in line]
    assert line.count(shown("kubeconfig", "nowhere")) == 1
