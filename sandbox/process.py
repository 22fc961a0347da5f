# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive the one that started them and can be ended by any other.

A running process holds a lock on its file through an inherited descriptor, and
so do the children it passes the descriptor to. A held lock therefore proves that
the process group in the file is ours: a process id alone may have been reused.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LOCK_VARIABLE = "PIMESH_SANDBOX_LOCK"


def inherited_lock() -> tuple[int, ...]:
    """What a started process has to pass (``pass_fds``) to children that must not be forgotten."""
    descriptor = os.environ.get(LOCK_VARIABLE)
    return (int(descriptor),) if descriptor else ()


def wait_until(condition: Callable[[], bool], seconds: float, interval: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


class Process:
    """One named process of a sandbox, described by files under its state directory."""

    def __init__(self, name: str, state: Path) -> None:
        self.name = name
        self.log = state / "logs" / f"{name}.log"
        self._file = state / "run" / name
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], cwd: Path | None = None) -> None:
        """Start it in a session of its own; a second start of a running one is an error."""
        for directory in (self.log.parent, self._file.parent):
            directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not wait_until(lambda: _try_lock(lock), seconds=2):
                raise SandboxError(f"{self.name}: already running as process {self.pid()}; run down first")
            with self.log.open("ab") as output:
                self._child = subprocess.Popen(
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(lock,),
                    start_new_session=True,
                    cwd=cwd,
                    env={**os.environ, LOCK_VARIABLE: str(lock)},
                )
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(self._child.pid).encode(), 0)
        finally:
            os.close(lock)

    def running(self) -> bool:
        """Whether it, or a child it left behind, is alive."""
        try:
            lock = os.open(self._file, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            return not _try_lock(lock)
        finally:
            os.close(lock)

    def pid(self) -> int | None:
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def kill(self) -> None:
        """End it and its children at once; nothing happens if none is alive."""
        pid = self.pid()
        if pid is not None and self.running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            if not wait_until(lambda: not self.running(), seconds=15):
                raise SandboxError(f"{self.name}: process group {pid} survived SIGKILL; end it by hand, then repeat")
        if self._child is not None:
            self._child.wait(timeout=15)
            self._child = None
        self._file.unlink(missing_ok=True)

    def log_tail(self, lines: int = 12) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
