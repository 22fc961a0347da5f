# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on the addresses of Services and pods, which remember every request and the socket it came in on, HTTP/1.1 or HTTP/2.

Each answers in place of the proxy beside the controller too, as far as that refuses a request.
"""

from __future__ import annotations

import threading
import time
import typing as t
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.live import h2c
from tests.live.client import Lines
from tests.live.proxy_rule import REFUSED, Mesh, destination

REQUEST_ID = "X-Live-Id"
"""Travels with a request and with whatever a middleware asks on its behalf."""
FAILING, LOCKED = "/fail", "/locked"
COOKIE = "pass=granted"


@dataclass(frozen=True)
class Arrival:
    """One request as it was on the wire: C(local) is the address that the controller dialled."""

    local: str
    path: str
    headers: list[tuple[str, str]]

    def to_dict(self) -> dict[str, t.Any]:
        return asdict(self)


class Backends:
    """All servers of one namespace, and what reached them."""

    def __init__(self) -> None:
        self.mesh = Mesh("", set())
        self._arrivals: dict[str, list[Arrival]] = {}
        self._servers: dict[tuple[str, int], ThreadingHTTPServer] = {}
        self._lock = threading.Lock()

    def listen(self, address: str, port: int) -> None:
        """Serve there, unless that is so already."""
        if (address, port) in self._servers:
            return
        handler = type("Handler", (_Handler,), {"backends": self})
        server = _Server((address, port), handler)
        self._servers[address, port] = server
        threading.Thread(target=server.serve_forever, name=f"{address}:{port}", daemon=True).start()

    def record(self, identity: str, arrival: Arrival) -> None:
        with self._lock:
            self._arrivals.setdefault(identity, []).append(arrival)

    def await_arrivals(self, identity: str, count: int, seconds: float) -> None:
        """A mirrored request comes after the answer to the first; without it this takes as long as it may."""
        deadline = time.monotonic() + seconds
        while len(self._arrivals.get(identity, [])) < count and time.monotonic() < deadline:
            time.sleep(0.01)

    def take(self, identity: str) -> list[Arrival]:
        """What came of this request, in order."""
        with self._lock:
            return self._arrivals.pop(identity, [])

    def close(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


def first(headers: Lines, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # head and body in one packet: two cost a delayed acknowledgement, 40 ms a request
    backends: Backends

    def handle(self) -> None:
        if h2c.is_spoken(self.connection):
            h2c.serve(self.connection, self._answer)
        else:
            super().handle()

    def do_GET(self) -> None:
        status = self._answer(self.path, list(self.headers.items()))
        body = f"{status.value} from {self._local}\n".encode()
        self.send_response(status.value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def _local(self) -> str:
        address, port = self.connection.getsockname()[:2]
        return f"{address}:{port}"

    def _answer(self, path: str, headers: Lines) -> HTTPStatus:
        arrival = Arrival(self._local, path, headers)
        self.backends.record(first(headers, REQUEST_ID), arrival)
        if destination(self.backends.mesh, arrival.headers, arrival.local) == REFUSED:
            return HTTPStatus.BAD_GATEWAY
        if path == FAILING:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if path == LOCKED and COOKIE not in first(headers, "Cookie"):
            return HTTPStatus.UNAUTHORIZED
        return HTTPStatus.OK

    def log_message(self, *_args: object) -> None:
        """The arrivals are the log."""
