# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the injector asks the cluster for: its configuration, namespaces, the owners of pods."""

from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import yaml
from urllib3.exceptions import HTTPError

from sandbox.injector.inject import Config
from sandbox.rest import ApiError, Object, Rest

if TYPE_CHECKING:
    from collections.abc import Callable

COMPONENT = "linkerd-proxy-injector"
FRESH_SECONDS = 1.0
GROUPS = {"ReplicaSet": "apps/v1", "Job": "batch/v1"}
PLURALS = {"ReplicaSet": "replicasets", "Job": "jobs"}


class ControlPlane:
    """The cluster, seen by one injector. Events are written aside, so that no admission waits for them."""

    def __init__(self, rest: Rest, namespace: str, log: Callable[[str], None]) -> None:
        self._rest, self._namespace, self._log = rest, namespace, log
        self._config: tuple[float, Config] | None = None
        self._events: queue.SimpleQueue[Object | None] = queue.SimpleQueue()
        threading.Thread(target=self._write_events, name="injector-events", daemon=True).start()

    def ready(self) -> bool:
        """Whether everything that the real one mounts exists; without it its pod would not start."""
        try:
            self.config()
        except (ApiError, HTTPError, LookupError):
            return False
        return True

    def config(self) -> Config:
        """Read at each admission, as the real one reads its mounted files; fresh to the second."""
        now = time.monotonic()
        if self._config is None or now - self._config[0] > FRESH_SECONDS:
            values = yaml.safe_load(self._data("linkerd-config", "values")) or {}
            anchors = self._data("linkerd-identity-trust-roots", "ca-bundle.crt")
            self._config = now, Config(values, anchors, self._namespace)
        return self._config[1]

    def namespace(self, name: str) -> Object:
        found = self._rest.get(f"/api/v1/namespaces/{name}")
        if found is None:
            raise LookupError(f"Namespace {name} does not exist")
        return found

    def owner(self, pod: Object, namespace: str) -> Object | None:
        """The workload that a person wrote: behind a ReplicaSet its Deployment, behind a Job its CronJob."""
        reference = _controller(pod)
        while reference and reference["kind"] in PLURALS:
            kind = reference["kind"]
            root = f"/apis/{GROUPS[kind]}/namespaces/{namespace}"
            found = self._rest.get(f"{root}/{PLURALS[kind]}/{reference['name']}")
            upper = _controller(found or {})
            if upper is None:
                break
            reference = upper
        return _as_object(reference, namespace) if reference else None

    def event(self, owner: Object, skipped: str) -> None:
        reason = "InjectionSkipped" if skipped else "Injected"
        message = f"no Linkerd proxy injected: {skipped}" if skipped else "Linkerd proxy injected"
        self._events.put(_event(owner, reason, message))

    def close(self) -> None:
        self._events.put(None)

    def _data(self, name: str, key: str) -> str:
        found = self._rest.get(f"/api/v1/namespaces/{self._namespace}/configmaps/{name}")
        text = ((found or {}).get("data") or {}).get(key)
        if not text:
            raise LookupError(f"ConfigMap {self._namespace}/{name} has no key {key}")
        return str(text)

    def _write_events(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._rest.create(f"/api/v1/namespaces/{event['metadata']['namespace']}/events", event)
            except (ApiError, HTTPError) as error:
                self._log(f"injector: an event could not be written: {error}")


def _controller(obj: Object) -> Object | None:
    references = (obj.get("metadata") or {}).get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), None)


def _as_object(reference: Object, namespace: str) -> Object:
    meta = {"name": reference["name"], "namespace": namespace, "uid": reference.get("uid", "")}
    return {"apiVersion": reference.get("apiVersion", ""), "kind": reference["kind"], "metadata": meta}


def _event(owner: Object, reason: str, message: str) -> Object:
    now, meta = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), owner["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
        "involvedObject": {"apiVersion": owner["apiVersion"], "kind": owner["kind"], **meta},
        "type": "Normal",
        "reason": reason,
        "message": message,
        "source": {"component": COMPONENT},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
