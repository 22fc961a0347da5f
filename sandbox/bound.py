# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a sandbox that was to last no longer than a test run, when that run was killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from sandbox.process import Process

if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 1.0
BESIDE_THE_AGENT = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")


def end_with_parent_in_background(state: Path) -> None:
    threading.Thread(target=end_with_parent, args=(state, os.getppid()), name="bound", daemon=True).start()


def end_with_parent(state: Path, parent: int) -> None:
    """Wait until another process is our parent, then end everything, this process group last."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    for name in reversed(BESIDE_THE_AGENT):
        Process(name, state).kill()
    os.killpg(0, signal.SIGKILL)
