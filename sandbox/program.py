# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Players that are real programs: a child process kept alive while its Deployment runs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubernetes.client import ApiextensionsV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sandbox import api
from sandbox.background import Background
from sandbox.process import inherited_lock

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from sandbox.context import Context

LONGEST_PAUSE = 30.0


@dataclass
class Program(Background):
    """Runs a command until stop(), with growing pauses between crashes, as a kubelet does."""

    command: Callable[[Context], list[str]]
    crd: str | None = None
    """A CustomResourceDefinition that must be served before the program can start."""

    def work(self, context: Context, stopped: threading.Event) -> None:
        pause = 1.0
        while not stopped.is_set():
            if not self._crd_served(context):
                stopped.wait(0.3)
                continue
            code = self._run(context, stopped)
            if stopped.is_set():
                return
            context.log(f"{self.name} ended with {code}; again in {pause:.0f} s (logs/{self.name}.log)")
            stopped.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _run(self, context: Context, stopped: threading.Event) -> int:
        with (context.state / "logs" / f"{self.name}.log").open("ab") as log:
            child = subprocess.Popen(self.command(context), stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=inherited_lock())
        try:
            while child.poll() is None and not stopped.wait(0.1):
                pass
        finally:
            _end(child)
        return child.returncode

    def _crd_served(self, context: Context) -> bool:
        if self.crd is None:
            return True
        with api.connect(context.kubeconfig) as client:
            try:
                crd: Any = ApiextensionsV1Api(client).read_custom_resource_definition(self.crd)
            except (ApiException, HTTPError):
                return False
        conditions = crd.status.conditions or []
        return any(c.type == "Established" and c.status == "True" for c in conditions)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
