# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from the API server into the cluster: an HTTP CONNECT proxy on a Unix socket.

A webhook keeps its ``clientConfig.service``; the API server asks this proxy for the
Service's address, and the proxy connects it to whatever plays that Service. The
bytes are not touched, so TLS is verified against ``caBundle`` from end to end.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.context import ServiceTable

FindService = Callable[[str], tuple[str, str] | None]
"""Cluster IP -> (namespace, name) of its Service."""

LONGEST_REQUEST = 8192
IDLE_SECONDS = 900


class EgressProxy(socketserver.ThreadingUnixStreamServer):
    """Serves until its process ends."""

    daemon_threads = True

    def __init__(self, path: str, services: ServiceTable, find_service: FindService, log: Callable[[str], None]) -> None:
        Path(path).unlink(missing_ok=True)
        super().__init__(path, _Connection)
        self.services = services
        self.find_service = find_service
        self.log = log

    def serve_in_background(self) -> None:
        threading.Thread(target=self.serve_forever, name="egress", daemon=True).start()

    def resolve(self, target: str) -> int:
        """The local port for ``host:port``; LookupError says why there is none."""
        host, _colon, port = target.rpartition(":")
        if not port.isdigit():
            raise LookupError(f"{target!r} is not host:port")
        match = re.fullmatch(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.cluster\.local)?\.?", host)
        service = (match.group(2), match.group(1)) if match else self.find_service(host)
        if service is None:
            raise LookupError(f"no Service has the address {host}")
        local = self.services.local_port(*service, int(port))
        if local is None:
            raise LookupError(f"nothing plays Service {service[0]}/{service[1]} port {port}")
        return local


class _Connection(socketserver.BaseRequestHandler):
    server: EgressProxy

    def handle(self) -> None:
        client: socket.socket = self.request
        target, early = self._read_request(client)
        if target is None and not early:
            return
        if target is None:
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        try:
            upstream = socket.create_connection(("127.0.0.1", self.server.resolve(target)), timeout=10)
        except (LookupError, OSError) as error:
            self.server.log(f"egress: {target}: {error}")
            client.sendall(f"HTTP/1.1 502 Bad Gateway\r\n\r\n{error}\n".encode())
            return
        with upstream:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            upstream.sendall(early)
            _join(client, upstream)

    def _read_request(self, client: socket.socket) -> tuple[str | None, bytes]:
        """The CONNECT target and what came behind it; without a target, what came instead."""
        client.settimeout(10)
        data = b""
        while b"\r\n\r\n" not in data:
            more = client.recv(4096)
            data += more
            if not more or len(data) > LONGEST_REQUEST:
                return None, data
        head, _end, early = data.partition(b"\r\n\r\n")
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return (words[1], early) if len(words) == 3 and words[0] == "CONNECT" else (None, data)


def _join(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until both sides have finished sending."""
    one.settimeout(IDLE_SECONDS)
    other.settimeout(IDLE_SECONDS)
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
