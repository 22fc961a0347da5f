# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API server of viz' tap, as far as the cluster depends on it: an APIService that is never available breaks discovery,
and with it the deletion of every namespace.

It answers discovery with its Secret's certificate and refuses everything else; nothing is ever tapped here. The real one
also asks its callers for a certificate of the API server's front proxy, this one does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.background import Background
from sandbox.serving import Handler, Service, serve

if TYPE_CHECKING:
    import threading

    from sandbox.context import Context
    from sandbox.player import Player

SERVICE = Service("linkerd-viz", "tap", 443, "tap-k8s-tls")
GROUP, VERSION = "tap.linkerd.io", "v1alpha1"
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


class _Tap(Handler):
    def do_GET(self) -> None:
        found = discovery(self.path)
        self.answer(404 if found is None else 200, found or {"error": "not simulated"})


class Tap(Background):
    """Plays Deployment linkerd-viz/tap."""

    def work(self, context: Context, stopped: threading.Event) -> None:
        serve(SERVICE, _Tap, context, stopped)


def player() -> Player:
    return Tap("tap", (SERVICE.namespace, SERVICE.name))
