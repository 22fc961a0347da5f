# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The injector's webhook: TLS from its Secret, AdmissionReview in, JSONPatch out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from sandbox.background import Background
from sandbox.injector.cluster import ControlPlane
from sandbox.injector.inject import Config, Owner, inject, opaque_ports
from sandbox.rest import ApiError, Object, Rest
from sandbox.serving import Handler, Service, serve

if TYPE_CHECKING:
    import threading

    from sandbox.context import Context
    from sandbox.player import Player

SERVICE = Service("linkerd", "linkerd-proxy-injector", 443, "linkerd-proxy-injector-k8s-tls")


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


class _Webhook(Handler):
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
        self.answer(200, {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})


class Injector(Background):
    """Plays Deployment linkerd/linkerd-proxy-injector."""

    def work(self, context: Context, stopped: threading.Event) -> None:
        control_plane = ControlPlane(Rest(context.kubeconfig), SERVICE.namespace, context.log)
        handler = type("Webhook", (_Webhook,), {"control_plane": control_plane, "context": context})
        try:
            serve(SERVICE, handler, context, stopped, control_plane.ready)
        finally:
            control_plane.close()


def player() -> Player:
    return Injector("injector", (SERVICE.namespace, SERVICE.name))
