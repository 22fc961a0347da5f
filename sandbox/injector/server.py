# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The injector's webhook: TLS from its Secret, AdmissionReview in, JSONPatch out."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from sandbox.injector.cluster import ControlPlane
from sandbox.injector.inject import Config, Owner, inject, opaque_ports
from sandbox.injector.tls import Certificate, Listener
from sandbox.rest import ApiError, Object, Rest

if TYPE_CHECKING:
    from sandbox.context import Context
    from sandbox.player import Player

NAMESPACE, SERVICE = "linkerd", "linkerd-proxy-injector"
CERTIFICATE = "linkerd-proxy-injector-k8s-tls"
POLL_SECONDS = 0.5


def review(request: Object, control_plane: ControlPlane) -> Object:
    """The answer to one AdmissionRequest. It always admits; the question is only with which patch."""
    obj, namespace_name = request.get("object") or {}, str(request.get("namespace", ""))
    namespace, config = control_plane.namespace(namespace_name), control_plane.config()
    changed = _changed(obj, namespace, config, control_plane)
    answer: Object = {"uid": request.get("uid", ""), "allowed": True}
    if changed is not None:
        patch = json.dumps(json_patch(obj, changed)).encode()
        answer |= {"patchType": "JSONPatch", "patch": base64.b64encode(patch).decode()}
    return answer


def json_patch(before: Object, after: Object) -> list[Object]:
    """Whole fields of metadata and spec: as many operations as fields that differ."""
    return [
        {"op": "add", "path": f"/{part}/{field}", "value": value}
        for part in ("metadata", "spec")
        for field, value in sorted((after.get(part) or {}).items())
        if (before.get(part) or {}).get(field) != value
    ]


def _changed(obj: Object, namespace: Object, config: Config, control_plane: ControlPlane) -> Object | None:
    if obj.get("kind") != "Pod":
        return opaque_ports(obj, namespace, config)
    owner = control_plane.owner(obj, str(namespace["metadata"]["name"]))
    outcome = inject(obj, namespace, config, Owner(owner["kind"], owner["metadata"]["name"]) if owner else None)
    if owner:
        control_plane.event(owner, outcome.reason)
    return outcome.pod or opaque_ports(obj, namespace, config)


class _Webhook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    control_plane: ControlPlane
    context: Context

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        try:
            response = review(body["request"], self.control_plane)
        except (ApiError, LookupError, ValueError, TypeError, HTTPError) as error:
            self.context.log(f"injector: {error}")
            self.send_error(500, "the injector could not answer", str(error))
            return
        answer = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Every request is in the API server's audit log already."""


class Injector:
    """Plays Deployment linkerd/linkerd-proxy-injector."""

    name = "injector"
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
        rest = Rest(context.kubeconfig)
        control_plane = ControlPlane(rest, NAMESPACE, context.log)
        certificate = Certificate(rest, NAMESPACE, CERTIFICATE, context.state / "injector")
        while not (certificate.refresh() and control_plane.ready()):
            if self._stopped.wait(POLL_SECONDS):
                return
        handler = type("Webhook", (_Webhook,), {"control_plane": control_plane, "context": context})
        server = _serve(certificate, handler)
        context.register_service(NAMESPACE, SERVICE, 443, server.server_address[1])
        context.log(f"injector: answers on 127.0.0.1:{server.server_address[1]}")
        try:
            while not self._stopped.wait(POLL_SECONDS):
                certificate.refresh()
        finally:
            context.unregister_service(NAMESPACE, SERVICE, 443)
            server.shutdown()
            server.server_close()
            control_plane.close()


def _serve(certificate: Certificate, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = Listener(certificate, handler)
    threading.Thread(target=server.serve_forever, name="injector-webhook", daemon=True).start()
    return server


def player() -> Player:
    return Injector()
