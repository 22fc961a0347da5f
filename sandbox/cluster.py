# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sandbox: up, down, and what can be asked of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sandbox import api, audit, build, charts, homelab, inventory, nodes
from sandbox.bound import BESIDE_THE_AGENT
from sandbox.context import Cluster
from sandbox.controlplane import ControlPlane
from sandbox.errors import SandboxError
from sandbox.players import PLAYERS
from sandbox.process import Process, wait_until
from sandbox.state import USERS, State, directory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

PARTS = (*PLAYERS, "homelab")
"""What ``without`` can leave out."""

PROCESSES = (*BESIDE_THE_AGENT, "agent")
START_SECONDS = 180
"""Far more than it takes (five), for machines that are busy with something else."""

KEPT_AFTER_DOWN = ("logs", "audit.log", "lock")
PROJECT = Path(__file__).resolve().parent.parent


class Sandbox:
    """A named cluster; as a context manager it is up inside the block and gone after it,
    also when the process that is inside the block is killed.
    """

    def __init__(
        self,
        name: str = "default",
        *,
        empty: bool = False,
        without: Iterable[str] = (),
        root: Path | None = None,
        report: build.Report = print,
    ) -> None:
        self.name = name
        self.directory = directory_of(name, root)
        self.empty = empty
        self.without = sorted(set(without))
        unknown = [part for part in self.without if part not in PARTS]
        if unknown:
            raise SandboxError(f"sandbox {name}: there is no part {', '.join(unknown)}; parts are {', '.join(PARTS)}")
        self.processes = {process: Process(process, self.directory) for process in PROCESSES}
        self._report = report
        self._bound = False

    @property
    def kubeconfig(self) -> Path:
        """Of the cluster's owner, who may do everything."""
        return self.directory / USERS["homelab-owner"]

    def audit(self) -> list[audit.WriteEvent]:
        """Every write so far, dry runs too."""
        return audit.read(self.directory / "audit.log")

    def up(self) -> None:
        """Bring it up, or repair and complete it if it is partly up; nothing to do is fine."""
        with self._locked():
            state = self._load_or_create()
            plane = ControlPlane(self.directory, state)
            self._start_api(plane)
            self._start_workers(plane)
            self._wait_until_usable(plane)
            self._install(state)
            self._write_inventory(state)
        self._report(f"{self.name} is up: KUBECONFIG={self.kubeconfig}")

    def down(self) -> None:
        """End every process, however the last command ended, and forget the cluster; logs stay."""
        if not self.directory.is_dir():
            return
        with self._locked():
            for process in reversed(self.processes.values()):
                process.kill()
            self._forget(KEPT_AFTER_DOWN)
        self._report(f"{self.name} is down")

    def state(self) -> State | None:
        return State.load(self.directory)

    def agent_answers(self, state: State) -> bool:
        """The agent is alive if its proxy takes connections; a child it left behind may hold its lock."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(state.egress_socket)
            except OSError:
                return False
        return True

    def __enter__(self) -> Self:
        self._bound = True
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.down()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._report(f"another command works on {self.name}; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _load_or_create(self) -> State:
        state = self.state()
        if state is None:
            components = build.components(self._report)
            self._forget(("lock",))
            state = State.fresh(self.directory, components, empty=self.empty, without=self.without)
            state.save(self.directory)
        elif (state.empty, state.without) != (self.empty, self.without):
            options = ["--empty"] * state.empty + [f"--without {part}" for part in state.without]
            raise SandboxError(
                f"sandbox {self.name} was made with other options ({' '.join(options) or 'none'}); repeat them, or run down first"
            )
        elif not Path(state.components).is_dir():
            raise SandboxError(f"sandbox {self.name}: its programs are gone ({state.components}); run down, then up")
        return state

    def _forget(self, kept: tuple[str, ...]) -> None:
        state = self.state()
        if state is not None and Path(state.egress_socket).parent != self.directory:
            shutil.rmtree(Path(state.egress_socket).parent, ignore_errors=True)
        for entry in self.directory.iterdir():
            if entry.name in kept:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def _start_api(self, plane: ControlPlane) -> None:
        plane.write_configuration()
        self._ensure("etcd", plane.etcd())
        self._ensure("kube-apiserver", plane.apiserver())
        server, token = plane.state.server, plane.state.tokens["homelab-owner"]
        self._wait("the API server", ("etcd", "kube-apiserver"), lambda: api.ready(server, plane.certificate, token))
        plane.write_kubeconfigs()

    def _start_workers(self, plane: ControlPlane) -> None:
        self._ensure("kube-controller-manager", plane.controller_manager())
        self._ensure("kube-scheduler", plane.scheduler())
        self._ensure("kwok", plane.kwok())
        if not self.agent_answers(plane.state):
            self.processes["agent"].kill()
            bound = ["--bound"] if self._bound else []
            self.processes["agent"].start([sys.executable, "-m", "sandbox.agent", str(self.directory), *bound], cwd=PROJECT)

    def _wait_until_usable(self, plane: ControlPlane) -> None:
        with api.connect(plane.kubeconfig("sandbox-agent")) as client:
            nodes.create(client)
            self._wait("four ready nodes", PROCESSES, lambda: _usable(client))
        self._wait("the agent", ("agent",), lambda: self.agent_answers(plane.state))
        self._report(f"{plane.state.server} has {nodes.COUNT} ready nodes")

    def _install(self, state: State) -> None:
        if state.installed or "homelab" in state.without:
            return
        cluster = Cluster(self.name, self.directory / USERS["sandbox-agent"], self.directory, Path(state.components))
        homelab.install(cluster, empty=state.empty)
        state.installed = True
        state.save(self.directory)

    def _write_inventory(self, state: State) -> None:
        components = Path(state.components)
        published = os.environ.get("LINKERD_CHARTS") == "published"
        inventory.write(
            self.directory,
            host=self.name,
            kubeconfig=self.kubeconfig,
            helm=components / "bin" / "helm",
            charts=None if published else charts.assemble(components),
        )

    def _ensure(self, name: str, command: list[str]) -> None:
        if not self.processes[name].running():
            self.processes[name].start(command)

    def _wait(self, what: str, needed: Iterable[str], condition: Callable[[], bool]) -> None:
        """Wait for a condition, but not for a program that has already ended."""
        dead: list[str] = []

        def settled() -> bool:
            dead.extend(name for name in needed if not self.processes[name].running())
            return bool(dead) or condition()

        if not wait_until(settled, START_SECONDS, interval=0.1):
            raise SandboxError(
                f"sandbox {self.name}: {what} did not come within {START_SECONDS} s; see {self.directory}/logs, then run down"
            )
        if dead:
            process = self.processes[dead[0]]
            raise SandboxError(
                f"sandbox {self.name}: {process.name} ended at its start:\n{process.log_tail()}\n"
                f"see {process.log}, then run down and up again"
            )


def _usable(client: ApiClient) -> bool:
    """Pods can be made and run: nodes are ready and the controllers work."""
    try:
        if nodes.ready_count(client) < nodes.COUNT:
            return False
        CoreV1Api(client).read_namespaced_service_account("default", "default")
    except (ApiException, HTTPError):
        return False
    return True
