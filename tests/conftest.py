# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make` does before it starts pytest, for those who start it by hand: the copy is up to date, the settings are ours.
And what runs where, when several processes share the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tools import build_copy

ROOT = Path(__file__).parent
LONGEST_FIRST = ("live", "integration", "sandbox", "browser", "project", "unit")
SHARED = ("homelab", "few")
"""Clusters of the whole session: whoever uses one runs in the process that has it."""
OURS = ("ANSIBLE_", "HELM_", "KUBECONFIG=", "PYTHONPYCACHEPREFIX=")


def pytest_sessionstart() -> None:
    """Tests import the collection from the copy that ansible sees, and never use the settings of the user's own cluster."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # what started the workers has done all of it, and they have its environment
    build_copy.build()
    if os.environ.get("ANSIBLE_HOME") == str(build_copy.BUILD / "ansible"):
        return
    command = ["make", "-s", "environment"]
    printed = subprocess.run(command, cwd=build_copy.ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    os.environ.update({entry.partition("=")[0]: entry.partition("=")[2] for entry in printed.split("\0") if entry.startswith(OURS)})
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups that share a cluster begin, files that need none end: no process waits for another one's last long file."""
    shared = {item.path: name for item in items for name in SHARED if name in fixtures_of(item)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(scenario_of(item) or shared.get(item.path) or str(item.path.relative_to(ROOT))))
    items.sort(key=lambda item: (not scenario_of(item), item.path not in shared, directory_of(item)))


def fixtures_of(item: pytest.Item) -> t.Collection[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else ()


def scenario_of(item: pytest.Item) -> str:
    """Of the live experiments: one process makes it, for the tests of every file."""
    asked = item.callspec.params.get("evidence") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    return str(asked[0]) if isinstance(asked, tuple) else ""


def directory_of(item: pytest.Item) -> int:
    first = item.path.relative_to(ROOT).parts[0]
    return LONGEST_FIRST.index(first) if first in LONGEST_FIRST else len(LONGEST_FIRST)
