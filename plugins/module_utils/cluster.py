# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one file that talks to the Kubernetes API, in plain dicts.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from .errors import ClusterError, InputError, NotFoundError, RolloutError
from .model import FIELD_MANAGER, Object, Ref
from .transport import Request, Transport, UnclearError

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

PAGE = 500
WORKERS = 8
RESTARTS = 3
"""How often a list may begin anew because its pages expired (410)."""

List = list
"""Inside the class, C(list) is the method."""
In = t.TypeVar("In")
Out = t.TypeVar("Out")


class Query(t.NamedTuple):
    """Which objects to list. C(project) keeps the part of each that is needed, or drops it by returning None."""

    api_version: str
    kind: str
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""
    project: t.Callable[[Object], Object | None] | None = None
    optional: bool = False
    """A kind that is not served is an empty list instead of an error."""
    refused: t.Callable[[ClusterError], None] | None = None
    """Told when the user may not read these; then they are an empty list instead of an error."""


class Resource(t.NamedTuple):
    """How the API spells a kind in its addresses."""

    prefix: str
    plural: str
    namespaced: bool


class Seen(t.NamedTuple):
    """What a probe saw: whether that is the end of waiting, and in words."""

    done: bool
    words: str


class Cluster:
    """One Kubernetes API server."""

    def __init__(
        self, transport: Transport, *, clock: t.Callable[[], float] = time.monotonic, sleep: t.Callable[[float], None] = time.sleep
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._groups: dict[str, dict[str, Resource]] = {}
        self._discovery = threading.Lock()

    @classmethod
    def connect(cls, module: AnsibleModule) -> Cluster:
        """Connect with kubernetes.core's options. Raises a ClusterError; sends nothing yet."""
        return cls(Transport.connect(module))

    @property
    def host(self) -> str:
        return self._transport.host

    @property
    def warnings(self) -> list[str]:
        """What the API warned about, each once."""
        return list(self._transport.warnings)

    # ---------------------------------------------------------------- discovery

    def version(self) -> Object:
        """The API's answer to /version."""
        return self._read("get", "version", "/version")

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API serves that kind now; a kind that came since the last look is found."""
        return self._find(api_version, kind) is not None

    def group_versions(self) -> set[str]:
        """Every apiVersion of a named API group, as "group/version"."""
        groups = self._read("get", "API groups", "/apis")["groups"]
        return {version["groupVersion"] for group in groups for version in group["versions"]}

    def namespaced(self, api_version: str, kind: str) -> bool:
        return self._resource(api_version, kind).namespaced

    def _resource(self, api_version: str, kind: str) -> Resource:
        found = self._find(api_version, kind)
        if found is None:
            raise NotFoundError(
                f"{kind} ({api_version})",
                f"the API at {self.host} does not serve this kind",
                "Install what brings it (its CRDs), or correct apiVersion and kind.",
                code="unserved",
            )
        return found

    def _find(self, api_version: str, kind: str) -> Resource | None:
        known = self._groups.get(api_version)
        if known is None or kind not in known:
            with self._discovery:
                known = self._groups.get(api_version)
                if known is None or kind not in known:
                    known = self._groups[api_version] = self._discover(api_version)
        return known.get(kind)

    def _discover(self, api_version: str) -> dict[str, Resource]:
        prefix = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            found = self._read("get", f"kinds of {api_version}", prefix)
        except NotFoundError:
            return {}
        return {
            entry["kind"]: Resource(prefix, entry["name"], entry["namespaced"]) for entry in found["resources"] if "/" not in entry["name"]
        }

    # ---------------------------------------------------------------- reading

    def list(self, query: Query) -> List[Object]:
        """Every matching object, page by page."""
        found = self._find(query.api_version, query.kind)
        if found is None and query.optional:
            return []
        resource = found or self._resource(query.api_version, query.kind)
        for _attempt in range(RESTARTS):
            try:
                return self._pages(query, resource)
            except NotFoundError:
                if not query.optional:
                    raise
                return []  # discovery still names a kind that has just gone
            except ClusterError as error:
                if error.code == "forbidden" and query.refused:
                    query.refused(error)
                    return []
                if error.code != "expired":
                    raise
                expired = error
        raise expired

    def _pages(self, query: Query, resource: Resource) -> List[Object]:
        path = _path(resource, query.namespace)
        wanted = {"limit": str(PAGE), "labelSelector": query.label_selector, "fieldSelector": query.field_selector}
        parameters = {name: value for name, value in wanted.items() if value}
        subject = f"{resource.plural}{f' in {query.namespace}' if query.namespace else ''}"
        result: list[Object] = []
        while True:
            page = self._read("list", subject, path, parameters)
            for item in page["items"]:
                # A list leaves out what its items have in common.
                item["apiVersion"], item["kind"] = query.api_version, query.kind
                kept = query.project(item) if query.project else item
                if kept is not None:
                    result.append(kept)
            token = page["metadata"].get("continue")
            if not token:
                return result
            parameters["continue"] = token

    def list_many(self, queries: t.Iterable[Query]) -> List[List[Object]]:
        """Several lists at once, in the order of the queries."""
        return self.map(self.list, queries)

    def get(self, ref: Ref) -> Object | None:
        """The object, or None when there is none. Raises NotFoundError when its kind is not served."""
        path = self._object_path(ref)
        try:
            return self._read("get", str(ref), path)
        except NotFoundError:
            return None

    def get_many(self, refs: t.Iterable[Ref]) -> List[Object | None]:
        return self.map(self.get, refs)

    def _read(self, verb: str, subject: str, path: str, query: t.Mapping[str, str] | None = None) -> Object:
        return t.cast(Object, self._transport.send(Request(verb, subject, "GET", path, query or {})))

    # ---------------------------------------------------------------- writing

    def apply(self, obj: Object, *, dry_run: bool = False, force: bool = True, manager: str = FIELD_MANAGER, strict: bool = True) -> Object:
        """Server-side apply. C(strict) refuses unknown fields instead of dropping them."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict" if strict else "Ignore"}
        return self._write("patch", Ref.of(obj), "PATCH", query, obj, dry_run=dry_run, content_type="application/apply-patch+yaml")

    def patch(self, ref: Ref, merge_patch: Object, *, resource_version: str, dry_run: bool = False, subresource: str = "") -> Object:
        """Merge patch, refused with a ConflictError when the object is not the one that was read."""
        body = {**merge_patch, "metadata": {**merge_patch.get("metadata", {}), "resourceVersion": resource_version}}
        query, kind = {"fieldManager": FIELD_MANAGER}, "application/merge-patch+json"
        return self._write("patch", ref, "PATCH", query, body, dry_run=dry_run, content_type=kind, subresource=subresource)

    def create(self, obj: Object, *, dry_run: bool = False) -> Object:
        """Create; ConflictError when it exists. An unclear answer is cleared up by reading."""
        ref = Ref.of(obj)
        for _attempt in range(RESTARTS):
            try:
                return self._write("create", ref, "POST", {"fieldManager": FIELD_MANAGER}, obj, dry_run=dry_run, repeatable=False)
            except UnclearError as error:
                unclear = error
                live = None if dry_run else self.get(ref)
                if live is not None:
                    return live
        raise unclear

    def delete(self, ref: Ref, *, resource_version: str | None = None, uid: str | None = None, dry_run: bool = False) -> None:
        """Delete with its dependents in the background. Something already gone is fine."""
        wanted = {"resourceVersion": resource_version, "uid": uid}
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {name: value for name, value in wanted.items() if value},
        }
        if dry_run:
            body["dryRun"] = ["All"]  # next to a body, the API does not look at the address
        try:
            self._write("delete", ref, "DELETE", {}, body, dry_run=dry_run)
        except NotFoundError as error:
            if error.code == "unserved":
                raise

    def _write(
        self,
        verb: str,
        ref: Ref,
        method: str,
        query: dict[str, str],
        body: Object,
        *,
        dry_run: bool,
        content_type: str = "application/json",
        repeatable: bool = True,
        subresource: str = "",
    ) -> Object:
        path = self._object_path(ref) if method != "POST" else _path(self._resource(ref.api_version, ref.kind), ref.namespace)
        if subresource:
            path = f"{path}/{subresource}"
        if dry_run:
            query = {**query, "dryRun": "All"}
        request = Request(verb, str(ref), method, path, query, body, content_type, repeatable, _secrets(ref, body))
        return t.cast(Object, self._transport.send(request))

    def _object_path(self, ref: Ref) -> str:
        resource = self._resource(ref.api_version, ref.kind)
        if resource.namespaced and not ref.namespace:
            raise InputError(str(ref), "has no namespace, and its kind needs one", "Set metadata.namespace.", code="namespace")
        return f"{_path(resource, ref.namespace)}/{quote(ref.name, safe=':')}"

    # ---------------------------------------------------------------- many, and waiting

    def map(self, function: t.Callable[[In], Out], items: t.Iterable[In], *, workers: int = WORKERS) -> List[Out]:
        """Run over all items, a few at a time: all results in order, or the first error once those under way have ended."""
        todo = list(items)
        if len(todo) < 2:
            return [function(item) for item in todo]
        results: dict[int, Out] = {}
        errors: dict[int, BaseException] = {}
        pending = iter(range(len(todo)))
        lock = threading.Lock()

        def work() -> None:
            while not errors:
                with lock:
                    index = next(pending, None)
                if index is None:
                    return
                try:
                    results[index] = function(todo[index])
                except Exception as error:  # noqa: BLE001  raised again below, in the caller's thread
                    errors[index] = error

        with ThreadPoolExecutor(min(workers, len(todo))) as pool:
            for _worker in range(min(workers, len(todo))):
                pool.submit(work)
        if errors:
            raise errors[min(errors)]
        return [results[index] for index in range(len(todo))]

    def wait(
        self,
        what: str,
        probe: t.Callable[[], Seen],
        *,
        timeout: float,
        interval: float = 0.5,
        remedy: str = "",
    ) -> None:
        """Ask until the probe says done. An API that is away for a moment is waited for as well."""
        end = self._clock() + timeout
        while True:
            seen = _look(probe)
            if seen.done:
                return
            if self._clock() + interval > end:
                when = f"after {timeout:.0f} s" if timeout >= 1 else "in time"
                raise RolloutError(what, f"not there {when}; last seen: {seen.words}", remedy, code="timeout")
            self._sleep(interval)


def _look(probe: t.Callable[[], Seen]) -> Seen:
    try:
        return probe()
    except ClusterError as error:
        if error.code not in ("unreachable", "unavailable", "overloaded", "server_error"):
            raise
        return Seen(done=False, words=error.reason)


def _path(resource: Resource, namespace: str) -> str:
    middle = f"/namespaces/{quote(namespace)}" if resource.namespaced and namespace else ""
    return f"{resource.prefix}{middle}/{resource.plural}"


def _secrets(ref: Ref, body: Object) -> tuple[str, ...]:
    """Values that must not show up in an error message about this write."""
    if ref.kind != "Secret":
        return ()
    return tuple(str(value) for part in ("data", "stringData") for value in (body.get(part) or {}).values() if value)
