# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy between a module and the API that makes things go wrong, on purpose and in a known order.

It listens on plain HTTP on loopback and forwards with the credentials of the cluster's owner. What happens to a call
is decided by a rule; without one everything is forwarded.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import struct
import subprocess
import threading
import time
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sandbox import api

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object

WRITES = ("POST", "PUT", "PATCH", "DELETE")
HELD_BACK = ("authorization", "host", "content-length", "connection", "accept-encoding")


@dataclass(frozen=True)
class Call:
    """One request of the module."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def write(self) -> bool:
        """Whether it changes something: a dry run does not."""
        return self.method in WRITES and "dryRun" not in parse_qs(urlsplit(self.target).query)


@dataclass(frozen=True)
class Reply:
    """An answer; C(cut) ends it in the middle."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Dropped(Exception):  # noqa: N818 - what happens to the connection, not an error
    """The connection is reset instead of answered."""


Forward = t.Callable[[], Reply]
Rule = t.Callable[[Call, Forward], Reply]


def refusal(status: int, reason: str, **headers: str) -> Reply:
    """What the API answers when it says no."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": f"made up: {reason}", "reason": reason, "code": status}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


class Proxy:
    """In use inside a with-block; C(url) is the API's address for the module."""

    def __init__(self, kubeconfig: Path) -> None:
        configuration = api.connect(kubeconfig).configuration
        configuration.connection_pool_maxsize = 16
        self._upstream = str(configuration.host)
        self._credentials = {setting["key"]: setting["value"] for setting in configuration.auth_settings().values()}
        self._pool = api.connect(kubeconfig).rest_client.pool_manager
        self.rule: Rule | None = None
        self.calls: list[Call] = []
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def options(self) -> Object:
        """How a module is told to come this way; the proxy brings the credentials."""
        return {"host": self.url, "api_key": "none", "kubeconfig": None}

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    @contextlib.contextmanager
    def ruled(self, rule: Rule) -> t.Iterator[None]:
        self.rule = rule
        try:
            yield
        finally:
            self.rule = None

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        rule = self.rule
        return rule(call, lambda: self.forward(call)) if rule else self.forward(call)

    def forward(self, call: Call) -> Reply:
        headers = {name: value for name, value in call.headers.items() if name.lower() not in HELD_BACK}
        answer = self._pool.request(
            call.method,
            self._upstream + call.target,
            body=call.body or None,
            headers={**headers, **self._credentials},
            retries=False,
            timeout=60,
        )
        kept = {name: answer.headers[name] for name in ("Content-Type", "Warning", "Retry-After") if name in answer.headers}
        return Reply(answer.status, answer.data, kept)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that was killed hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            reply = self.proxy.answer(Call(self.command, self.path, dict(self.headers.items()), body))
        except Dropped:
            self._reset()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        self.close_connection = self.close_connection or reply.cut

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do

    def _reset(self) -> None:
        """RST instead of FIN: closing with unsent data thrown away."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """C(Proxy.calls) has them."""


class Killer:
    """Ends the module's process with SIGKILL once O(after) writes are done, before anything else is written."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.written = 0
        self.killed = False
        self.process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __call__(self, call: Call, forward: Forward) -> Reply:
        if not call.write:
            return forward()
        with self._lock:
            if self.killed or self.written >= self.after:
                self._kill()
            reply = forward()
            self.written += 1
            if self.written == self.after:
                self._kill()
            return reply

    def _kill(self) -> t.NoReturn:
        self.killed = True
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        raise Dropped


class OneInTen:
    """One call in ten fails, in one of the O(ways) an API under stress fails. The same seed gives the same failures."""

    def __init__(self, seed: int, share: float = 0.1, ways: t.Sequence[str] = ()) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeats itself on purpose
        self._share = share
        self._ways = ways or WAYS
        self._lock = threading.Lock()
        self.failed: list[str] = []

    def __call__(self, call: Call, forward: Forward) -> Reply:
        with self._lock:
            fails = self._random.random() < self._share
            possible = [way for way in self._ways if call.write or way != "conflict"]
            how = self._random.choice(possible) if possible else ""
        if not fails or not how:
            return forward()
        self.failed.append(how)
        return _FAILURES[how](forward)


def _reset_before(_forward: Forward) -> Reply:
    raise Dropped


def _reset_after(forward: Forward) -> Reply:
    forward()
    raise Dropped


def _truncated(forward: Forward) -> Reply:
    reply = forward()
    return Reply(reply.status, reply.body, reply.headers, cut=True)


def _delayed(forward: Forward) -> Reply:
    time.sleep(0.3)
    return forward()


_FAILURES: dict[str, t.Callable[[Forward], Reply]] = {
    "conflict": lambda _forward: refusal(409, "Conflict"),
    "too many requests": lambda _forward: refusal(429, "TooManyRequests", **{"Retry-After": "0"}),
    "too many requests, later": lambda _forward: refusal(429, "TooManyRequests", **{"Retry-After": "1"}),
    "server error": lambda _forward: refusal(500, "InternalError"),
    "reset before": _reset_before,
    "reset after": _reset_after,
    "truncated": _truncated,
    "delayed": _delayed,
}
WAYS = list(_FAILURES)


class FirstPatch:
    """Somebody changes an object a moment before the module patches it, once for each object."""

    def __init__(self, change: t.Callable[[str], None]) -> None:
        self._change = change
        self._lock = threading.Lock()
        self.seen: set[str] = set()

    def __call__(self, call: Call, forward: Forward) -> Reply:
        if call.write and call.method == "PATCH" and "merge-patch" in call.headers.get("Content-Type", ""):
            with self._lock:
                new = call.path not in self.seen
                self.seen.add(call.path)
            if new:
                self._change(call.path)
        return forward()
