# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action group, and what a module's documentation must say."""

from __future__ import annotations

import ast
import typing as t

import yaml

from tools.build_copy import ROOT

MODULES = sorted((ROOT / "plugins/modules").glob("*.py"))
AUTH_FRAGMENT = "kubernetes.core.k8s_auth_options"


def documentation(source: str) -> dict[str, t.Any]:
    """The DOCUMENTATION of a module, without importing it."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "DOCUMENTATION" for target in node.targets):
            documented: dict[str, t.Any] = yaml.safe_load(ast.literal_eval(node.value))
            return documented
    raise AssertionError("no DOCUMENTATION")


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
