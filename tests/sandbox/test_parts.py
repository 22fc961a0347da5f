# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the sandbox that need no cluster."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox, SandboxError, audit
from sandbox.__main__ import main
from sandbox.context import Context, ServiceTable
from sandbox.controlplane import ControlPlane
from sandbox.egress import EgressProxy
from sandbox.process import Process, wait_until
from sandbox.program import Program
from sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process("sleeper", tmp_path)
    yield started
    started.kill()


def test_a_process_is_found_and_ended_by_another_command(process: Process, tmp_path: Path) -> None:
    process.start(SLEEP)
    other = Process("sleeper", tmp_path)
    assert other.running()
    other.kill()
    assert not process.running()


def test_a_running_process_is_not_started_twice(process: Process, tmp_path: Path) -> None:
    process.start(SLEEP)
    with pytest.raises(SandboxError, match=r"sleeper: already running as process \d+"):
        Process("sleeper", tmp_path).start(SLEEP)


def test_children_are_ended_although_their_parent_is_dead(process: Process, tmp_path: Path) -> None:
    child = tmp_path / "child"
    process.start(
        [
            sys.executable,
            "-c",
            (
                "import subprocess, sys, time; from sandbox.process import inherited_lock;"
                f"child = subprocess.Popen({SLEEP!r}, pass_fds=inherited_lock());"
                f"open({str(child)!r}, 'w').write(str(child.pid)); time.sleep(60)"
            ),
        ],
        cwd=Path(__file__).parents[2],
    )
    assert wait_until(lambda: child.exists() and bool(child.read_text(encoding="ascii")), seconds=20)
    parent = process.pid()
    assert parent is not None
    os.kill(parent, 9)
    time.sleep(0.2)
    assert process.running(), "the child holds the lock"
    process.kill()
    assert not process.running()


WATCHING_AGENT = """
import sys, time
from pathlib import Path
from sandbox.bound import end_with_parent_in_background
end_with_parent_in_background(Path(sys.argv[1]))
print("watching", flush=True)
time.sleep(60)
"""
TEST_RUN = """
import sys, time
from pathlib import Path
from sandbox.process import Process
state, agent, sleep = sys.argv[1:]
Process("etcd", Path(state)).start([sys.executable, "-c", sleep])
Process("agent", Path(state)).start([sys.executable, "-c", agent, state])
time.sleep(60)
"""


def test_a_sandbox_of_a_killed_test_run_ends_by_itself(tmp_path: Path) -> None:
    etcd, agent = Process("etcd", tmp_path), Process("agent", tmp_path)
    command = [sys.executable, "-c", TEST_RUN, str(tmp_path), WATCHING_AGENT, SLEEP[-1]]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as run:
        assert wait_until(lambda: "watching" in agent.log_tail(), seconds=50)
        assert etcd.running()
        run.kill()
    assert wait_until(lambda: not etcd.running() and not agent.running(), seconds=20)


def test_a_reused_process_id_is_left_alone(process: Process, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as somebody:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "sleeper").write_text(str(somebody.pid), encoding="ascii")
        process.kill()
        assert somebody.poll() is None
        somebody.kill()


def test_a_crashing_program_is_started_again_and_stopped_for_good(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    context = Context("test", tmp_path / "kubeconfig", tmp_path, tmp_path)
    program = Program("crasher", None, lambda _context: ["/bin/sh", "-c", "echo started; exit 3"])
    log = tmp_path / "logs" / "crasher.log"
    program.start(context)
    assert wait_until(lambda: log.exists() and log.read_text(encoding="ascii").count("started") == 2, seconds=20)
    program.stop()
    time.sleep(2.5)
    assert log.read_text(encoding="ascii").count("started") == 2


def connect(path: str, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while more := client.recv(4096):
            answer += more
        return answer


@pytest.fixture
def egress(tmp_path: Path) -> Iterator[EgressProxy]:
    services = ServiceTable()
    addresses = {"10.43.0.7": ("linkerd", "linkerd-proxy-injector")}
    proxy = EgressProxy(str(tmp_path / "e.sock"), services, addresses.get, lambda _line: None)
    proxy.serve_in_background()
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.mark.parametrize(
    "target", ["10.43.0.7:443", "linkerd-proxy-injector.linkerd.svc:443", "linkerd-proxy-injector.linkerd.svc.cluster.local:443"]
)
def test_the_proxy_connects_a_service_to_its_local_port(egress: EgressProxy, tmp_path: Path, target: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as played:
        egress.services.register("linkerd", "linkerd-proxy-injector", 443, played.getsockname()[1])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "e.sock"))
            client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\nearly".encode())
            player, _address = played.accept()
            with player:
                assert player.recv(5, socket.MSG_WAITALL) == b"early"
                player.sendall(b"answer")
                player.shutdown(socket.SHUT_WR)
                answer = b""
                while more := client.recv(4096):
                    answer += more
                client.sendall(b"late")  # one direction may end before the other
                assert player.recv(4, socket.MSG_WAITALL) == b"late"
    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\nanswer"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("10.43.0.8:443", "no Service has the address 10.43.0.8"),
        ("10.43.0.7:80", "nothing plays Service linkerd/linkerd-proxy-injector port 80"),
        ("example.com:443", "no Service has the address example.com"),
        ("10.43.0.7:https", "is not host:port"),
    ],
)
def test_the_proxy_refuses_what_nobody_plays(egress: EgressProxy, tmp_path: Path, target: str, reason: str) -> None:
    egress.services.register("linkerd", "linkerd-proxy-injector", 443, 1)
    answer = connect(str(tmp_path / "e.sock"), f"CONNECT {target} HTTP/1.1\r\n\r\n".encode()).decode()
    assert answer.startswith("HTTP/1.1 502 ")
    assert reason in answer


def test_the_proxy_takes_nothing_but_connect(egress: EgressProxy, tmp_path: Path) -> None:
    assert connect(str(tmp_path / "e.sock"), b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert connect(str(tmp_path / "e.sock"), b"") == b""


def test_an_unfinished_line_of_the_audit_log_is_left_for_later(tmp_path: Path) -> None:
    entry = {
        "verb": "patch",
        "user": {"username": "homelab-owner"},
        "requestURI": "/api/v1/x?dryRun=All&force=true",
        "objectRef": {"resource": "services", "namespace": "app", "name": "web"},
        "responseStatus": {"code": 409},
    }
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(entry) + '\n{"verb": "pat', encoding="utf-8")
    [event] = audit.read(log)
    assert (event.resource, event.name, event.dry_run, event.succeeded) == ("services", "web", True, False)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(SandboxError, match="there is no part injektor; parts are cert-manager, "):
        Sandbox("parts", without=["injektor"])


@pytest.mark.parametrize("name", ["", "../up", "Upper", "a" * 41])
def test_a_name_that_is_no_directory_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(SandboxError, match="sandbox name "):
        Sandbox(name)


def test_commands_on_a_sandbox_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIMESH_SANDBOX_ROOT", str(tmp_path))
    assert main(["down", "--name", "nobody"]) == 0
    assert main(["status", "--name", "nobody"]) == 1
    assert capsys.readouterr().out == "nobody: down\n"
    assert main(["kubeconfig", "--name", "nobody"]) == 1
    assert "python -m sandbox up --name nobody" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_users_own_api_server_goes_before_the_built_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kube-apiserver").touch()
    plane = ControlPlane(tmp_path, State.fresh(tmp_path, tmp_path / "components", empty=True, without=[]))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert plane.apiserver()[:1] == [str(tmp_path / "kube-apiserver")]
    assert plane.etcd()[:2] == [str(tmp_path / "components" / "bin" / "kube"), "etcd"]


def test_what_a_sandbox_remembers_is_for_its_owner_only(tmp_path: Path) -> None:
    state = State.fresh(tmp_path, tmp_path, empty=False, without=["k3s"])
    state.save(tmp_path)
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    assert State.load(tmp_path) == state
    (tmp_path / "state.json").write_text("{", encoding="utf-8")
    with pytest.raises(SandboxError, match="state.json is not readable"):
        State.load(tmp_path)
