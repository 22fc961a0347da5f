# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/2 with prior knowledge, without TLS: how gRPC comes to Traefik, and how Traefik dials the backends of a GRPCRoute."""

from __future__ import annotations

import contextlib
import socket
import ssl
import typing as t

import httpx
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded

from tests.live.client import NO_ANSWER, SECONDS, Lines

PREFACE = b"PRI"
"""No method of HTTP/1.1 begins so."""
CONTENT_TYPE = ("content-type", "application/grpc")
EMPTY_MESSAGE = bytes(5)
"""Not compressed, and of length 0."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""What a client without one would load anew for each call."""

Answer = t.Callable[[str, Lines], int]
"""The HTTP status of a call with this path and these headers."""


def call(address: tuple[str, int], host: str, path: str, headers: Lines) -> int:
    """Make one gRPC call and return its HTTP status, or 0 where no answer came."""
    lines = [("host", host), CONTENT_TYPE, ("te", "trailers"), *headers]
    url = f"http://{address[0]}:{address[1]}{path}"
    try:
        with httpx.Client(http1=False, http2=True, verify=NO_TLS, trust_env=False, timeout=SECONDS) as client:
            return client.post(url, headers=lines, content=EMPTY_MESSAGE).status_code
    except httpx.TransportError:
        return NO_ANSWER


def is_spoken(connection: socket.socket) -> bool:
    """Whether the other side begins with HTTP/2; what it said stays there to be read."""
    with contextlib.suppress(OSError):
        return connection.recv(len(PREFACE), socket.MSG_PEEK) == PREFACE
    return False


def serve(connection: socket.socket, answer: Answer) -> None:
    """Answer every call on this connection, until the other side closes it or says nothing for too long."""
    with contextlib.suppress(OSError):
        _Server(connection, answer).serve()


class _Server:
    def __init__(self, connection: socket.socket, answer: Answer) -> None:
        self._connection, self._answer = connection, answer
        self._state = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._calls: dict[int, Lines] = {}

    def serve(self) -> None:
        self._state.initiate_connection()
        self._connection.sendall(self._state.data_to_send())
        while data := self._connection.recv(65536):
            for event in self._state.receive_data(data):
                self._take(event)
            self._connection.sendall(self._state.data_to_send())

    def _take(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._calls[event.stream_id] = [(str(name), str(value)) for name, value in event.headers]
        elif isinstance(event, DataReceived):
            self._state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._reply(event.stream_id, self._calls.pop(event.stream_id))

    def _reply(self, stream: int, lines: Lines) -> None:
        headers = [(name, value) for name, value in lines if not name.startswith(":")]
        status = self._answer(dict(lines)[":path"], headers)
        self._state.send_headers(stream, [(":status", f"{status:d}"), CONTENT_TYPE])
        self._state.send_data(stream, EMPTY_MESSAGE)
        self._state.send_headers(stream, [("grpc-status", "0")], end_stream=True)
