# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that says exactly what it is told to: header names keep their case, duplicates stay."""

from __future__ import annotations

import contextlib
import socket
import ssl
import typing as t
from dataclasses import dataclass

from tests.live.proxy_rule import HEADER

SECONDS = 10
NO_ANSWER = 0

Lines = list[tuple[str, str]]


@dataclass(frozen=True)
class Attack:
    """One way to bring a forged header in. C(victim) and C(own) are authorities."""

    name: str
    headers: t.Callable[[str, str], Lines]
    http1_only: bool = False
    """HTTP/2 has no Connection header."""


ATTACKS = (
    Attack("no header", lambda _victim, _own: []),
    Attack("forged", lambda victim, _own: [(HEADER, victim)]),
    Attack("twice, forged first", lambda victim, own: [(HEADER, victim), (HEADER, own)]),
    Attack("twice, forged last", lambda victim, own: [(HEADER, own), (HEADER, victim)]),
    Attack("other case", lambda victim, _own: [("L5D-Dst-Override", victim.upper())]),
    Attack("hop by hop", lambda victim, _own: [("Connection", HEADER), (HEADER, victim)], http1_only=True),
    Attack("hop by hop, other case", lambda victim, _own: [("Connection", "close, L5d-Dst-Override"), (HEADER, victim)], http1_only=True),
)


def request(address: tuple[str, int], host: str, path: str, headers: Lines, *, tls: bool = False) -> int:
    """Send one request and return the status, or 0 where no answer came."""
    lines = [("Host", host), *headers]
    text = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
    try:
        with _connection(address, host, tls=tls) as connection:
            connection.sendall(text.encode("ascii"))
            return _status(connection)
    except OSError:
        return NO_ANSWER


@contextlib.contextmanager
def _connection(address: tuple[str, int], host: str, *, tls: bool) -> t.Iterator[socket.socket]:
    with socket.create_connection(address, timeout=SECONDS) as plain:
        if not tls:
            yield plain
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # Traefik's certificate is self-made
        with context.wrap_socket(plain, server_hostname=host) as secured:
            yield secured


def _status(connection: socket.socket) -> int:
    answer = b""
    while b"\r\n" not in answer and (more := connection.recv(4096)):
        answer += more
    words = answer.split(b"\r\n", 1)[0].split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else NO_ANSWER
