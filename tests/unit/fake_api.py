# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small Kubernetes API over real HTTP on loopback: objects in memory, a log of requests, and faults on demand.

It does what the cluster layer relies on, no more: discovery, paged lists, resourceVersions, merge patches,
server-side apply (lists as a whole), dry run, preconditions.
"""

from __future__ import annotations

import copy
import json
import socket
import struct
import threading
import time
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

if t.TYPE_CHECKING:
    from types import TracebackType

Object = dict[str, t.Any]

KINDS: dict[str, dict[str, tuple[str, bool]]] = {
    "v1": {
        "Namespace": ("namespaces", False),
        "ConfigMap": ("configmaps", True),
        "Secret": ("secrets", True),
        "Service": ("services", True),
        "Pod": ("pods", True),
        "Node": ("nodes", False),
    },
    "apps/v1": {"Deployment": ("deployments", True), "DaemonSet": ("daemonsets", True), "StatefulSet": ("statefulsets", True)},
    "admissionregistration.k8s.io/v1": {"MutatingWebhookConfiguration": ("mutatingwebhookconfigurations", False)},
    "networking.k8s.io/v1": {"Ingress": ("ingresses", True)},
    "rbac.authorization.k8s.io/v1": {"ClusterRole": ("clusterroles", False)},
    "apiextensions.k8s.io/v1": {"CustomResourceDefinition": ("customresourcedefinitions", False)},
}


@dataclass
class Fault:
    """What goes wrong with the next C(times) requests that match. C(late): only after the request was carried out."""

    status: int = 0
    method: str = ""
    path: str = ""
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "injected fault"
    truncate: bool = False
    reset: bool = False
    delay: float = 0.0
    late: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and (not self.method or self.method == method) and self.path in path


@dataclass
class Logged:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    content_type: str
    body: t.Any
    headers: dict[str, str]

    @property
    def dry_run(self) -> bool:
        """Like the real API, which ignores the query of a DELETE that has a body."""
        if self.method == "DELETE" and self.body:
            return "dryRun" in self.body
        return "dryRun" in self.query


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


class Address(t.NamedTuple):
    """An address of the API, taken apart."""

    api_version: str
    kind: str
    namespace: str
    name: str


class FakeApi:
    """Use as a context manager; C(url) is where it listens."""

    def __init__(self, objects: t.Iterable[Object] = ()) -> None:
        self.kinds = copy.deepcopy(KINDS)
        self.objects: dict[Address, Object] = {}
        self.applied: dict[tuple[Address, str], Object] = {}
        self.faults: list[Fault] = []
        self.log: list[Logged] = []
        self.headers: dict[str, str] = {}
        self.on_write: t.Callable[[str, Address], None] | None = None
        self._version = 0
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.api = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        for obj in objects:
            self.put(obj)

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, obj: Object) -> Object:
        """Store an object as somebody else would, and return what is stored."""
        meta = obj["metadata"]
        address = Address(obj["apiVersion"], obj["kind"], meta.get("namespace", ""), meta["name"])
        return self._store(address, copy.deepcopy(obj))

    def live(self, kind: str, name: str, namespace: str = "") -> Object | None:
        found = [obj for address, obj in self.objects.items() if address[1:] == (kind, namespace, name)]
        return copy.deepcopy(found[0]) if found else None

    def writes(self) -> list[str]:
        """Every real write as "METHOD path"."""
        return [f"{entry.method} {entry.path}" for entry in self.log if entry.method != "GET" and not entry.dry_run]

    def _store(self, address: Address, obj: Object) -> Object:
        with self._lock:
            old = self.objects.get(address)
            meta = obj["metadata"]
            if old is not None:
                meta["uid"] = old["metadata"]["uid"]
                meta["resourceVersion"] = old["metadata"]["resourceVersion"]
                if old == obj:
                    return old
            self._version += 1
            meta.setdefault("uid", f"uid-{self._version}")
            meta["resourceVersion"] = str(self._version)
            self.objects[address] = obj
            return obj

    # ---------------------------------------------------------------- requests

    def answer(self, entry: Logged) -> Object:
        with self._lock:
            return self._answer(entry)

    def _answer(self, entry: Logged) -> Object:
        if entry.path == "/version":
            return {"major": "1", "minor": "36", "gitVersion": "v1.36.3+k3s1"}
        if entry.path == "/apis":
            return {"groups": [{"name": gv.split("/")[0], "versions": [{"groupVersion": gv}]} for gv in self.kinds if "/" in gv]}
        parts = [unquote(part) for part in entry.path.strip("/").split("/")]
        api_version = parts[1] if parts[0] == "api" else "/".join(parts[1:3])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        if api_version not in self.kinds:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        if not rest:
            return {
                "resources": [
                    {"name": plural, "kind": kind, "namespaced": namespaced}
                    for kind, (plural, namespaced) in self.kinds[api_version].items()
                ]
            }
        return self._resource(entry, self._address(api_version, rest))

    def _address(self, api_version: str, rest: list[str]) -> Address:
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        for kind, (plural, _namespaced) in self.kinds[api_version].items():
            if plural == rest[0]:
                return Address(api_version, kind, namespace, rest[1] if len(rest) > 1 else "")
        raise ApiError(404, "NotFound", "the server could not find the requested resource")

    def _resource(self, entry: Logged, address: Address) -> Object:
        if entry.method == "GET":
            return self._get(address) if address.name else self._list(address, entry.query)
        if entry.method == "POST":
            address = address._replace(name=entry.body["metadata"]["name"])
        if self.on_write and not entry.dry_run:
            self.on_write(entry.method, address)
        return {"POST": self._post, "PATCH": self._patch, "DELETE": self._delete}[entry.method](entry, address)

    def _get(self, address: Address) -> Object:
        if address not in self.objects:
            raise ApiError(404, "NotFound", f'{address.kind.lower()}s "{address.name}" not found')
        return self.objects[address]

    def _list(self, address: Address, query: dict[str, str]) -> Object:
        found = [
            obj
            for key, obj in sorted(self.objects.items())
            if key[:2] == address[:2] and address.namespace in ("", key.namespace) and _selected(obj, query)
        ]
        start = int(query.get("continue", "0"))
        end = start + int(query.get("limit", len(found) or 1))
        items = [{key: value for key, value in obj.items() if key not in ("apiVersion", "kind")} for obj in found[start:end]]
        return {"items": items, "metadata": {"continue": str(end)} if end < len(found) else {}}

    def _post(self, entry: Logged, address: Address) -> Object:
        if address in self.objects:
            raise ApiError(409, "AlreadyExists", f'"{address.name}" already exists')
        return self._commit(entry, address, copy.deepcopy(entry.body))

    def _patch(self, entry: Logged, address: Address) -> Object:
        if entry.content_type == "application/apply-patch+yaml":
            return self._apply(entry, address)
        live = self._get(address)
        wanted = entry.body.get("metadata", {}).get("resourceVersion")
        if wanted and wanted != live["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified; please apply your changes to the latest version")
        return self._commit(entry, address, t.cast(Object, merge_patched(live, entry.body)))

    def _apply(self, entry: Logged, address: Address) -> Object:
        key = (address, entry.query["fieldManager"])
        live = self.objects.get(address, {"metadata": {}})
        without = _removed(live, self.applied.get(key, {}), entry.body)
        result = self._commit(entry, address, t.cast(Object, merge_patched(without, entry.body)))
        if not entry.dry_run:
            self.applied[key] = copy.deepcopy(entry.body)
        return result

    def _delete(self, entry: Logged, address: Address) -> Object:
        live = self._get(address)
        for name, value in (entry.body or {}).get("preconditions", {}).items():
            if live["metadata"][name] != value:
                raise ApiError(409, "Conflict", f"the {name} in the precondition does not match")
        if not entry.dry_run:
            del self.objects[address]
            if address.kind == "Namespace":
                for inside in [key for key in self.objects if key.namespace == address.name]:
                    del self.objects[inside]
        return {"kind": "Status", "status": "Success"}

    def _commit(self, entry: Logged, address: Address, obj: Object) -> Object:
        if address.namespace and Address("v1", "Namespace", "", address.namespace) not in self.objects:
            raise ApiError(404, "NotFound", f'namespaces "{address.namespace}" not found')
        if "invalid" in obj.get("spec", {}):
            raise ApiError(422, "Invalid", f'{address.kind} "{address.name}" is invalid: spec.invalid: Forbidden')
        if entry.dry_run:
            return obj
        if address.kind == "CustomResourceDefinition":
            self._define(obj)
        return self._store(address, obj)

    def _define(self, obj: Object) -> None:
        """Serve the new kind, and say so, as the real API does a moment later."""
        spec = obj["spec"]
        for version in spec["versions"]:
            kinds = self.kinds.setdefault(f"{spec['group']}/{version['name']}", {})
            kinds[spec["names"]["kind"]] = (spec["names"]["plural"], spec["scope"] == "Namespaced")
        obj["status"] = {"conditions": [{"type": "Established", "status": "True"}, {"type": "NamesAccepted", "status": "True"}]}


def merge_patched(target: t.Any, patch: t.Any) -> t.Any:
    """RFC 7386, in its own words: the algorithm of section 2."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patched(result.get(key), value)
    return result


def _removed(live: t.Any, before: t.Any, now: t.Any) -> t.Any:
    """Live without what a manager applied before and does not apply now."""
    if not (isinstance(live, dict) and isinstance(before, dict) and isinstance(now, dict)):
        return live
    return {
        key: _removed(value, before[key], now[key]) if key in before and key in now else value
        for key, value in live.items()
        if key not in before or key in now
    }


def _selected(obj: Object, query: dict[str, str]) -> bool:
    labels = obj["metadata"].get("labels", {})
    wanted = [part.partition("=") for part in query.get("labelSelector", "").split(",") if part]
    named = query.get("fieldSelector", "").removeprefix("metadata.name=")
    chosen = all(labels.get(key) == value if equals else key in labels for key, equals, value in wanted)
    return chosen and named in ("", obj["metadata"]["name"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  the name is the base class's
        """Keep quiet; the log is C(FakeApi.log)."""

    def _serve(self) -> None:
        api: FakeApi = self.server.api  # type: ignore[attr-defined]
        entry = self._entry()
        api.log.append(entry)
        fault = next((fault for fault in api.faults if fault.matches(entry.method, entry.path)), None)
        if fault:
            fault.times -= 1
            time.sleep(fault.delay)
            if fault.late:
                api.answer(entry)
            if fault.reset:
                self._reset()
                return
            if fault.status:
                self._status(fault.status, "Injected", fault.message, fault.headers)
                return
        try:
            answer = api.answer(entry)
        except ApiError as error:
            self._status(error.status, error.reason, error.message, {})
        else:
            self._send(201 if entry.method == "POST" else 200, answer, headers=api.headers, truncate=bool(fault and fault.truncate))

    def _entry(self) -> Logged:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return Logged(
            self.command,
            address.path,
            dict(parse_qsl(address.query)),
            self.headers.get("Content-Type", ""),
            json.loads(body) if body else None,
            {name.lower(): value for name, value in self.headers.items()},
        )

    def _status(self, status: int, reason: str, message: str, headers: dict[str, str]) -> None:
        self._send(status, {"kind": "Status", "code": status, "reason": reason, "message": message}, headers=headers)

    def _send(self, status: int, answer: Object, *, headers: dict[str, str] | None = None, truncate: bool = False) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if truncate else body)
        if truncate:
            self.close_connection = True

    def _reset(self) -> None:
        """RST instead of FIN: what a killed server or a flaky switch looks like."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
