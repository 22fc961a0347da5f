# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a probe asks, and what goes over the wire."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import subprocess
import sys
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

import h2.config
import h2.connection
import h2.events
import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Query
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe import run, sending
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.judging import Answer
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.variants import ALL, Endpoint
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.ways import Way

OPTIONS: Object = {
    "address": "127.0.0.1",
    "port": 80,
    "tls_port": 443,
    "http2": True,
    "variants": None,
    "timeout": 5.0,
    "limit": 1000,
    "duration": 120.0,
}
SNAPSHOT = Snapshot(
    linkerd_namespace="linkerd",
    linkerd=None,
    workload={"metadata": {"name": "traefik", "namespace": "edge"}, "spec": {"template": {"metadata": {"labels": {"app": "traefik"}}}}},
    namespace={},
    pods=({"status": {"podIP": "10.42.0.9"}},),
)


class FakeCluster:
    """Has one Service in front of Traefik and one node."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list(self, query: Query) -> list[Object]:
        self.asked.append(f"{query.kind} {query.namespace}".strip())
        if query.kind == "Service":
            return [{"spec": {"selector": {"app": "traefik"}, "clusterIP": "10.43.0.5"}}]
        return [{"status": {"addresses": [{"type": "InternalIP", "address": "192.168.1.2"}]}}]


def probe(cluster: FakeCluster, options: Object | None, state: str = "audit", *, wait: bool = True) -> run.Probe:
    return run.Probe(t.cast(Cluster, cluster), TRAEFIK, {"state": state, "wait": wait, "probe": options})


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("127.0.0.1", []),
        ("localhost", []),
        ("10.42.0.9", []),
        ("10.43.0.5", ["Service edge"]),
        ("192.168.1.2", ["Service edge", "Node"]),
    ],
)
def test_only_what_is_needed_is_read_to_know_an_address(address: str, asked: list[str]) -> None:
    cluster = FakeCluster()
    assert probe(cluster, {**OPTIONS, "address": address}).check(SNAPSHOT) is not None
    assert cluster.asked == asked


@pytest.mark.parametrize("address", ["1.1.1.1", "10.43.0.6", "2606:4700::1111", "192.168.1.3"])
def test_a_foreign_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="not the ingress controller's") as caught:
        probe(FakeCluster(), {**OPTIONS, "address": address}).check(SNAPSHOT)
    assert address in str(caught.value)


def test_a_name_with_one_foreign_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("1.1.1.1")]
    monkeypatch.setattr(run, "resolve", lambda _name: both)
    with pytest.raises(InputError, match=r"leads to 1\.1\.1\.1"):
        probe(FakeCluster(), {**OPTIONS, "address": "two.test"}).check(SNAPSHOT)


def test_a_name_that_cannot_be_resolved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_args: object, **_more: object) -> t.NoReturn:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(InputError, match="no such name"):
        probe(FakeCluster(), {**OPTIONS, "address": "no-such-name.test"}).check(SNAPSHOT)


def test_without_the_option_nobody_is_asked() -> None:
    cluster = FakeCluster()
    idle = probe(cluster, None, "absent")
    assert not idle.wanted
    assert idle.check(SNAPSHOT) is None
    assert idle.of(SNAPSHOT, []) == run.Probed()
    assert cluster.asked == []


@pytest.mark.parametrize(("state", "wait"), [("absent", True), ("present", False)])
def test_there_is_no_probe_of_what_is_not_in_force(state: str, wait: bool) -> None:
    with pytest.raises(InputError, match="in force"):
        probe(FakeCluster(), OPTIONS, state, wait=wait)


@pytest.mark.parametrize(
    "wrong", [{"port": -1}, {"tls_port": 65536}, {"timeout": 0.0}, {"limit": 0}, {"duration": 0.0}, {"port": 0, "tls_port": 0}]
)
def test_options_out_of_range_are_refused(wrong: Object) -> None:
    with pytest.raises(InputError, match="probe"):
        probe(FakeCluster(), {**OPTIONS, **wrong})


def test_nothing_is_loaded_for_a_run_without_a_probe() -> None:
    modules = "ansible_collections.pimesh.linkerd.plugins.modules.l5d_header_policy"
    script = f"import sys, {modules}; sys.exit('httpx' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True, timeout=60)


def test_a_missing_library_is_named_only_when_a_probe_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LIBRARIES", ("httpx", "a_library_that_nobody_has"))
    probe(FakeCluster(), None)
    with pytest.raises(L5dError, match="httpx") as caught:
        probe(FakeCluster(), OPTIONS)
    assert caught.value.code == "missing_library"


@contextlib.contextmanager
def server(answer: bytes) -> t.Iterator[tuple[int, list[bytes]]]:
    """Answers every connection alike and keeps what came."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listening.accept()
                    with connection:
                        connection.settimeout(5)
                        heard.append(connection.recv(65536))
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


LOOPBACK = ipaddress.ip_address("127.0.0.1")
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://1.1.1.1/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"


def test_a_request_is_sent_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.9:1")
    with server(REDIRECT) as (port, heard):
        send = sending.Sender(LOOPBACK, 5.0)
        for variant in ALL:
            lines = variant.headers("web.app.svc.cluster.local:80")
            assert send(Endpoint(port, tls=False), Way("a.test", "/x%2fy z"), lines) == Answer(302)
    assert len(heard) == len(ALL)
    for variant, request in zip(ALL, heard, strict=True):
        first, *sent = request.decode("ascii").rstrip("\r\n").split("\r\n")
        assert first == "GET /x%2fy%20z HTTP/1.1"
        forged = [f"{name}: {value}" for name, value in variant.headers("web.app.svc.cluster.local:80")]
        assert sent == ["Host: a.test", "User-Agent: pimesh.linkerd-probe", "X-L5d-Probe: pimesh.linkerd", *forged]


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_a_broken_answer_is_none(answer: bytes) -> None:
    with server(answer) as (port, _heard):
        send = sending.Sender(LOOPBACK, 5.0)
        got = send(Endpoint(port, tls=False), Way("a.test", "/"), [])
    assert (got.status, got.refused) == (0, False)
    assert got.failure


@pytest.mark.parametrize("http2", [False, True])
def test_a_port_without_tls_is_no_endpoint_for_it(http2: bool) -> None:
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (port, _heard):
        send = sending.Sender(LOOPBACK, 5.0)
        assert send(Endpoint(port, tls=True, http2=http2), Way("a.test", "/"), []).failed


def test_a_closed_port_is_told_from_a_closed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert sending.Sender(LOOPBACK, 5.0)(Endpoint(port, tls=False), Way("a.test", "/"), []).refused


@contextlib.contextmanager
def http2_server() -> t.Iterator[tuple[int, list[list[int]], list[t.Any]]]:
    """Speaks HTTP/2 at once; keeps how many requests each connection had, and their headers."""
    requests: list[list[int]] = []
    headers: list[t.Any] = []

    def serve(connection: socket.socket) -> None:
        count = [0]
        requests.append(count)
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.sendall(state.data_to_send())
            while data := connection.recv(65536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        count[0] += 1
                        headers.append(event.headers)
                        state.send_headers(event.stream_id, [(":status", "200")], end_stream=True)
                connection.sendall(state.data_to_send())

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1], requests, headers
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_http2_requests_of_several_threads_do_not_meet_on_one_connection() -> None:
    with http2_server() as (port, requests, headers):
        send = sending.Sender(LOOPBACK, 5.0)
        lines = ALL[1].headers("web.app.svc.cluster.local:80")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _turn: send(Endpoint(port, tls=False, http2=True), Way("a.test", "/"), lines), range(40)))
    assert answers == [Answer(200)] * 40
    assert requests == [[1]] * 40
    assert all(sent[-2:] == [(name.encode(), value.encode()) for name, value in lines] for sent in headers)


def test_endpoints() -> None:
    both = [endpoint.protocol for endpoint in run.endpoints(OPTIONS)]
    assert both == ["http", "h2c", "https", "h2"]
    assert [endpoint.protocol for endpoint in run.endpoints({**OPTIONS, "port": 0, "http2": False})] == ["https"]
