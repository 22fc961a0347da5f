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

from tests import side_by_side
from tools import build_copy

if t.TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest first: no process waits for another one's last long file."""
    items.sort(key=lambda item: side_by_side.turn_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Whoever shares a cluster stays together. (xdist's own groups of tests have no effect with this pytest.)"""
    return side_by_side.Scheduler(config, log)
