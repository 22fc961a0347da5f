# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers for a Service by TLS, with a certificate that follows a Secret, like a mounted volume that the program watches."""

from __future__ import annotations

import base64
import json
import os
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from urllib3.exceptions import HTTPError

from sandbox.rest import ApiError, Object, Rest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.context import Context

POLL_SECONDS = 0.5


class Service(NamedTuple):
    """A port of a Service, and the Secret beside it with the certificate of whoever answers there."""

    namespace: str
    name: str
    port: int
    secret: str


def serve(
    service: Service, handler: type[Handler], context: Context, stopped: threading.Event, ready: Callable[[], bool] = lambda: True
) -> None:
    """Answer for it until stopped; from when there is a certificate and everything else is ready."""
    namespace, name, port, secret = service
    certificate = Certificate(Rest(context.kubeconfig), namespace, secret, context.state / name)
    while not (certificate.refresh() and ready()):
        if stopped.wait(POLL_SECONDS):
            return
    server = Listener(certificate, handler)
    threading.Thread(target=server.serve_forever, name=f"{name} answers", daemon=True).start()
    context.register_service(namespace, name, port, server.server_address[1])
    context.log(f"{name}: answers on 127.0.0.1:{server.server_address[1]}")
    try:
        while not stopped.wait(POLL_SECONDS):
            certificate.refresh()
    finally:
        context.unregister_service(namespace, name, port)
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON, over connections that are kept."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def answer(self, status: int, content: Object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Every request is in the API server's audit log already."""


class Certificate:
    """Keeps an SSL context at the state of one kubernetes.io/tls Secret."""

    def __init__(self, rest: Rest, namespace: str, name: str, directory: Path) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._rest = rest
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        self._directory = directory
        self._loaded: tuple[str, str] | None = None

    def refresh(self) -> bool:
        """Load what is new in the Secret; True once any pair has been loaded. New connections get the new one."""
        try:
            data = (self._rest.get(self._path) or {}).get("data") or {}
            pair = str(data.get("tls.crt", "")), str(data.get("tls.key", ""))
            if all(pair) and pair != self._loaded:
                self._load(pair)
                self._loaded = pair
        except (ApiError, HTTPError, OSError, ValueError):
            # Half-written pairs and a restarting API server: the old pair goes on, the next look may see more.
            return self._loaded is not None
        return self._loaded is not None

    def _load(self, pair: tuple[str, str]) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = [self._directory / "tls.crt", self._directory / "tls.key"]
        for file, text in zip(files, pair, strict=True):
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(base64.b64decode(text))
        self.context.load_cert_chain(str(files[0]), str(files[1]))


class Listener(ThreadingHTTPServer):
    """On a free port of 127.0.0.1. The handshake happens in the connection's own thread."""

    daemon_threads = True

    def __init__(self, certificate: Certificate, handler: type[Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._certificate = certificate

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        wrapped = self._certificate.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or does not trust us, is not our error."""
