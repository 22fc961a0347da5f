# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sandbox has to remember between two commands."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import socket
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox.errors import SandboxError

USERS = {
    "homelab-owner": "kubeconfig",
    "sandbox-agent": "agent.kubeconfig",
    "kwok": "kwok.kubeconfig",
    "system:kube-controller-manager": "controller-manager.kubeconfig",
    "system:kube-scheduler": "scheduler.kubeconfig",
}
"""User of the cluster -> its kubeconfig in the state directory."""

LONGEST_SOCKET_PATH = 100
"""The kernel takes 108 bytes (104 on other systems) for the path of a Unix socket."""


def default_root() -> Path:
    """Where all sandboxes live: ``.sandbox`` of the project, unless PIMESH_SANDBOX_ROOT says otherwise."""
    chosen = os.environ.get("PIMESH_SANDBOX_ROOT")
    return Path(chosen) if chosen else Path(__file__).resolve().parent.parent / ".sandbox"


def directory_of(name: str, root: Path | None = None) -> Path:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", name):
        raise SandboxError(f"sandbox name {name!r}: use up to 40 lower-case letters, digits and inner dashes")
    return (root or default_root()).absolute() / name


def free_ports(count: int) -> list[int]:
    """Ports below the range that the kernel hands out, so that no outgoing connection takes one meanwhile."""
    found: list[int] = []
    for port in random.sample(range(20000, 32000), 200):
        if len(found) == count:
            return found
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    raise SandboxError(f"no {count} free ports on 127.0.0.1 between 20000 and 32000; end other programs")


@dataclass
class State:
    """Contents of ``state.json``; holds the tokens, so only its owner may read it."""

    components: str
    etcd_port: int
    api_port: int
    egress_socket: str
    empty: bool
    without: list[str]
    tokens: dict[str, str] = field(default_factory=dict)
    installed: bool = False

    @classmethod
    def fresh(cls, directory: Path, components: Path, *, empty: bool, without: list[str]) -> State:
        etcd_port, api_port = free_ports(2)
        tokens = {user: secrets.token_urlsafe(24) for user in USERS}
        return cls(str(components), etcd_port, api_port, _socket_path(directory), empty, without, tokens)

    @classmethod
    def load(cls, directory: Path) -> State | None:
        try:
            return cls(**json.loads((directory / "state.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (TypeError, ValueError) as error:
            raise SandboxError(
                f"{directory}/state.json is not readable ({error}); end the sandbox's processes and remove {directory}"
            ) from error

    def save(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        temporary = directory / "state.json.new"
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        temporary.replace(directory / "state.json")

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self.api_port}"


def _socket_path(directory: Path) -> str:
    path = directory / "egress.sock"
    if len(str(path)) < LONGEST_SOCKET_PATH:
        return str(path)
    return str(Path(tempfile.mkdtemp(prefix="pimesh-")) / "egress.sock")
