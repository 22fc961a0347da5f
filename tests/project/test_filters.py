# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every filter's examples, run by ansible: what their comments show is what they print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.project.test_ansible import run
from tools.build_copy import ROOT

DOCUMENTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "plugins/filter").glob("*.yml"))}
STRIP = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "Middleware",
    "metadata": {"name": "l5d-strip", "namespace": "traefik", "labels": {"app.kubernetes.io/managed-by": "pimesh.linkerd"}},
}
WEBHOOK = {**STRIP, "kind": "MutatingWebhookConfiguration", "metadata": {**STRIP["metadata"], "name": "l5d-injector"}}  # type: ignore[dict-item]
INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "app"}}
KNOWN: dict[str, t.Any] = {
    "mesh": {"kubernetes": {"version": "v1.36.3+k3s1"}},
    "rendered": {"changed": False, "manifests": [STRIP, WEBHOOK, INGRESS]},
}

PLUGINS = "ansible_collections.pimesh.linkerd.plugins"
IMPORTING = f"""
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module("{PLUGINS}.filter." + name)
print(*sys.modules)
"""


def tasks_of(name: str) -> list[dict[str, t.Any]]:
    return t.cast(list[dict[str, t.Any]], yaml.safe_load(DOCUMENTS[name]["EXAMPLES"]))


def promised(name: str) -> list[str]:
    return re.findall(r"^# (.*)$", DOCUMENTS[name]["EXAMPLES"].replace("\n  #", "\n#"), re.MULTILINE)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one playbook of all examples prints."""
    path: Path = tmp_path_factory.mktemp("examples") / "examples.yml"
    plays = [
        {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": KNOWN, "tasks": tasks_of(name)} for name in DOCUMENTS
    ]
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    return json.dumps(run("ansible-playbook", "-i", "localhost,", str(path))).replace('\\"', "").replace("\\", "")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_filter_has_examples_that_use_it(name: str) -> None:
    assert f"pimesh.linkerd.{name}" in json.dumps(tasks_of(name))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_examples_print_what_they_promise(said: str, name: str) -> None:
    assert [line for line in promised(name) if line not in said] == []


def test_controllers_are_imported_by_none_of_them() -> None:
    """Ansible imports all filters of a collection in each task that uses one, and a play has dozens of such tasks."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".build")}
    command = [sys.executable, "-c", IMPORTING, *DOCUMENTS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    imported = done.stdout.split()
    assert f"{PLUGINS}.filter.controller_values" in imported
    assert [name for name in imported if name.startswith((f"{PLUGINS}.module_utils.controllers", "kubernetes"))] == []
