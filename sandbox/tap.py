# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server of viz' tap, as far as the cluster depends on it: an APIService that is never available breaks discovery,
and with it the deletion of every namespace.

It answers discovery with its Secret's certificate and refuses everything else; nothing is ever tapped here. The real one
also asks its callers for a certificate of the API server's front proxy, this one does not.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from sandbox.injector.tls import Certificate, Listener
from sandbox.rest import Rest

if TYPE_CHECKING:
    from sandbox.context import Context
    from sandbox.player import Player

NAMESPACE, SERVICE, PORT = "linkerd-viz", "tap", 443
CERTIFICATE = "tap-k8s-tls"
GROUP, VERSION = "tap.linkerd.io", "v1alpha1"
POLL_SECONDS = 0.5
PODS_OF = ("pods", "services", "replicationcontrollers", "daemonsets", "deployments", "replicasets", "statefulsets", "jobs", "cronjobs")


def discovery(path: str) -> dict[str, Any] | None:
    """What is answered to a GET; None where nothing is."""
    version = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
    group = {"name": GROUP, "versions": [version], "preferredVersion": version}
    answers: dict[str, dict[str, Any]] = {
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]},
        f"/apis/{GROUP}": {"kind": "APIGroup", "apiVersion": "v1", **group},
        f"/apis/{GROUP}/{VERSION}": {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{GROUP}/{VERSION}",
            "resources": [
                {"name": name, "singularName": "", "namespaced": name != "namespaces", "kind": "Tap", "verbs": ["watch"]}
                for name in ("namespaces", *PODS_OF)
            ],
        },
        "/openapi/v2": {"swagger": "2.0", "info": {"title": "Tap", "version": VERSION}, "paths": {}},
    }
    return answers.get(path.partition("?")[0])


class _Tap(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def do_GET(self) -> None:
        found = discovery(self.path)
        body = json.dumps(found if found is not None else {"error": "not simulated"}).encode()
        self.send_response(200 if found is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Every request is in the API server's audit log already."""


class Tap:
    """Plays Deployment linkerd-viz/tap."""

    name = "tap"
    deployment: tuple[str, str] | None = (NAMESPACE, SERVICE)

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, context: Context) -> None:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, args=(context,), name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join(timeout=10)
            self._thread = None

    def _run(self, context: Context) -> None:
        certificate = Certificate(Rest(context.kubeconfig), NAMESPACE, CERTIFICATE, context.state / "tap")
        while not certificate.refresh():
            if self._stopped.wait(POLL_SECONDS):
                return
        server = Listener(certificate, _Tap)
        threading.Thread(target=server.serve_forever, name="tap-api", daemon=True).start()
        context.register_service(NAMESPACE, SERVICE, PORT, server.server_address[1])
        context.log(f"tap: answers on 127.0.0.1:{server.server_address[1]}")
        try:
            while not self._stopped.wait(POLL_SECONDS):
                certificate.refresh()
        finally:
            context.unregister_service(NAMESPACE, SERVICE, PORT)
            server.shutdown()
            server.server_close()


def player() -> Player:
    return Tap()
