# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Traefik as the container of its pod would run it: the pod's arguments, on the pod's address."""

from __future__ import annotations

import os
import re
import subprocess
import time
import typing as t
from pathlib import Path

from sandbox.rest import Object

END_SECONDS = 10
CONTAINER = "traefik"


class Traefik:
    """Runs inside the block, which begins once it serves what O(unserved) asks for."""

    def __init__(
        self,
        program: Path,
        pod: Object,
        more: t.Sequence[str],
        *,
        kubeconfig: Path,
        log: Path,
        unserved: t.Callable[[Traefik], list[str]],
        seconds: float,
    ) -> None:
        self._program = program
        self.address: str = pod["status"]["podIP"]
        container = next(c for c in pod["spec"]["containers"] if c["name"] == CONTAINER)
        self.arguments = [_bound(argument, self.address) for argument in (*container["args"], *more)]
        self._kubeconfig, self._log = kubeconfig, log
        self._unserved, self._seconds = unserved, seconds
        self._process: subprocess.Popen[bytes] | None = None

    def port(self, entry_point: str) -> int:
        for argument in self.arguments:
            match = re.fullmatch(rf"--entrypoints\.{entry_point}\.address=.*:(\d+)(/tcp)?", argument, re.IGNORECASE)
            if match:
                return int(match.group(1))
        raise LookupError(f"Traefik has no entry point {entry_point}: {self.arguments}")

    def __enter__(self) -> t.Self:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._log.parent), "KUBECONFIG": str(self._kubeconfig)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._program, *self.arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self._log.parent
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.__exit__(SystemExit)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_error: object) -> None:
        if self._process is None:
            return
        ended = self._process.poll()
        self._process.terminate()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if ended is not None and kind is None:
            raise SystemExit(f"Traefik ended early, with {ended}\n{self._log_tail()}")

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._seconds
        missing = ["everything"]
        while missing and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            missing = self._unserved(self)
        if missing:
            raise SystemExit(f"Traefik does not serve {', '.join(missing)}\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def _bound(argument: str, address: str) -> str:
    """In a pod, C(:8000) means the pod's address; here the backends' addresses are local too."""
    return re.sub(r"(?i)^(--entrypoints\.[^.]+\.address=):", rf"\g<1>{address}:", argument)
