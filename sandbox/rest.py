# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API as plain JSON, for the parts of the sandbox that play controllers."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from sandbox import api

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Object = dict[str, Any]
"""One Kubernetes object as plain dicts, lists and scalars."""


class ApiError(Exception):
    """The API server said no; the text names the request and its own reason."""

    def __init__(self, method: str, path: str, status: int, reason: str) -> None:
        super().__init__(f"{method} {path}: {status} {reason}")
        self.status = status


class Rest:
    """One connection pool to one cluster; safe to share between threads."""

    def __init__(self, kubeconfig: Path) -> None:
        client = api.connect(kubeconfig)
        self._host: str = client.configuration.host
        self._pool = client.rest_client.pool_manager
        # What a token is kept under changed between versions of the client; this asks for the header itself.
        settings = client.configuration.auth_settings().values()
        self._headers = {"Accept": "application/json", **{setting["key"]: setting["value"] for setting in settings}}
        self._resources: dict[str, dict[str, tuple[str, bool]]] = {}
        self._lock = threading.Lock()

    def get(self, path: str, **query: str) -> Object | None:
        """The object, or None when it (or its kind) does not exist."""
        try:
            return self.request("GET", path, query=query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, **query: str) -> list[Object]:
        """All items; none when the kind is not served."""
        found = self.get(path, **query)
        return list(found.get("items") or []) if found else []

    def list_metadata(self, path: str, **query: str) -> Sequence[Object]:
        """Like list(), for kinds whose contents are large."""
        accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
        return [*(self.request("GET", path, query=query, accept=accept).get("items") or [])]

    def create(self, path: str, obj: Object) -> Object:
        return self.request("POST", path, obj)

    def apply(self, obj: Object, manager: str) -> Object:
        """Server-side apply; ours wins."""
        query = {"fieldManager": manager, "force": "true"}
        return self.request("PATCH", self.path_of(obj), obj, query, content_type="application/apply-patch+yaml")

    def merge(self, path: str, patch: Object) -> Object:
        return self.request("PATCH", path, patch, content_type="application/merge-patch+json")

    def delete(self, path: str) -> None:
        """Deleting what is not there is fine."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        try:
            self.request("DELETE", path, body)
        except ApiError as error:
            if error.status != 404:
                raise

    def path_of(self, obj: Object) -> str:
        """Where this object lives in the API, asked from discovery."""
        version, meta = str(obj["apiVersion"]), obj["metadata"]
        plural, namespaced = self._resource(version, str(obj["kind"]))
        scope = f"/namespaces/{meta.get('namespace', 'default')}" if namespaced else ""
        return f"{_root(version)}{scope}/{plural}/{meta['name']}"

    def serves(self, version: str, kind: str) -> bool:
        try:
            self._resource(version, kind)
        except LookupError:
            return False
        return True

    def request(
        self,
        method: str,
        path: str,
        body: Object | Sequence[Object] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Object:
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {**self._headers, "Accept": accept, **({"Content-Type": content_type} if body is not None else {})}
        data = json.dumps(body).encode() if body is not None else None
        answer = self._pool.request(method, self._host + target, headers=headers, body=data, timeout=30, retries=2)
        if answer.status >= 400:
            raise ApiError(method, path, answer.status, _reason(answer.data))
        return cast(Object, json.loads(answer.data))

    def _resource(self, version: str, kind: str) -> tuple[str, bool]:
        with self._lock:
            if kind not in self._resources.get(version, {}):
                found = self.get(_root(version))
                resources = (found or {}).get("resources", [])
                self._resources[version] = {r["kind"]: (r["name"], bool(r["namespaced"])) for r in resources if "/" not in r["name"]}
            if kind not in self._resources[version]:
                raise LookupError(f"the cluster does not serve {kind} in {version}")
            return self._resources[version][kind]


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body).get("message", ""))
    except ValueError:
        return body.decode(errors="replace")[:300]
