# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make` does before it starts pytest, for those who start it by hand: the copy is up to date, the settings are ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools import build_copy

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
