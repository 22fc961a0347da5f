# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a part of the sandbox may know about the cluster it works for."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ServiceTable:
    """Which local port answers for ``namespace/name:port`` of a Service."""

    def __init__(self) -> None:
        self._ports: dict[tuple[str, str, int], int] = {}
        self._lock = threading.Lock()

    def register(self, namespace: str, name: str, port: int, local_port: int) -> None:
        with self._lock:
            self._ports[namespace, name, port] = local_port

    def unregister(self, namespace: str, name: str, port: int) -> None:
        with self._lock:
            self._ports.pop((namespace, name, port), None)

    def local_port(self, namespace: str, name: str, port: int) -> int | None:
        with self._lock:
            return self._ports.get((namespace, name, port))


@dataclass(frozen=True)
class Cluster:
    """A running sandbox cluster, as the sandbox's own code sees it."""

    name: str
    kubeconfig: Path
    """Of the user ``sandbox-agent``, so that the audit log tells it from the owner."""
    state: Path
    """``.sandbox/<name>``: a part keeps its files in a directory of its own under it."""
    cache: Path
    """The built components; next to the programs: ``kwok``, ``cert-manager``, ``trust-manager``."""

    @property
    def helm(self) -> Path:
        """The real Helm 3 binary."""
        return self.cache / "bin" / "helm"

    def log(self, message: str) -> None:
        """One line into the log of whatever process this runs in."""
        print(f"{time.strftime('%H:%M:%S')} {message}", flush=True)


@dataclass(frozen=True)
class Context(Cluster):
    """A cluster, seen from inside the agent: there, Services can be answered for."""

    services: ServiceTable = field(default_factory=ServiceTable)

    def register_service(self, namespace: str, name: str, port: int, local_port: int) -> None:
        """Let 127.0.0.1:local_port answer what the API server sends to this Service port."""
        self.services.register(namespace, name, port, local_port)

    def unregister_service(self, namespace: str, name: str, port: int) -> None:
        """Nobody answers any more: the API server's calls fail like those to a dead pod."""
        self.services.unregister(namespace, name, port)
