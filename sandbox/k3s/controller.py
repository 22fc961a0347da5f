# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the HelmCharts of a cluster, one try of one release at a time."""

from __future__ import annotations

import base64
import threading
import time
from dataclasses import dataclass

from urllib3.exceptions import HTTPError

from sandbox.background import Background
from sandbox.charts import assemble
from sandbox.context import Context
from sandbox.k3s import objects, servicelb
from sandbox.k3s.release import Helm, HelmError, advance, latest
from sandbox.k3s.server import Servers
from sandbox.k3s.values import Wanted, secret_names, wanted
from sandbox.player import Player
from sandbox.rest import ApiError, Object, Rest

GROUP = "/apis/helm.cattle.io/v1"
API_VERSION = "helm.cattle.io/v1"
POLL_SECONDS = 1.0
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 30.0
DELETED_WITHIN_SECONDS = 20


@dataclass
class Tries:
    """How often one wanted state has failed, and when it may be tried again."""

    hash: str
    failures: int = 0
    next: float = 0.0


class Controller(Background):
    """Plays k3s' helm-controller, from the cluster's start to its end."""

    # Like klipper-helm, which ignores SIGTERM: a Helm that runs is let finish, or its release stays pending.
    patience = 60

    def work(self, context: Context, stopped: threading.Event) -> None:
        rest = Rest(context.kubeconfig)
        reconciler = Reconciler(rest, Helm(context, assemble(context.cache)), context)
        servers = Servers(rest, context)
        while not stopped.wait(POLL_SECONDS):
            try:
                servers.look()
                reconciler.look(stopped)
                servicelb.publish(rest)
            except (ApiError, HTTPError, LookupError) as error:
                context.log(f"k3s: {error}; looking again")
                stopped.wait(1)


class Reconciler:
    """What is to be done about each HelmChart now."""

    def __init__(self, rest: Rest, helm: Helm, context: Context) -> None:
        self._rest, self._helm, self._context = rest, helm, context
        self._tries: dict[str, Tries] = {}

    def look(self, stopped: threading.Event) -> None:
        charts = self._rest.list(f"{GROUP}/helmcharts")
        configs = {_key(config): config for config in self._rest.list(f"{GROUP}/helmchartconfigs")}
        # k3s runs all at once and lets the losers of the race for CRDs try again; here they simply go first.
        for chart in sorted(charts, key=lambda item: (not item["metadata"]["name"].endswith("-crd"), *_key(item))):
            if stopped.is_set():
                return
            chart |= {"apiVersion": API_VERSION, "kind": "HelmChart"}
            if objects.is_managed(chart):
                self._reconcile(chart, configs.get(_key(chart)))
            elif objects.UNMANAGED in (chart["metadata"].get("annotations") or {}):
                self._forget(chart)

    def _reconcile(self, chart: Object, config: Object | None) -> None:
        if chart["metadata"].get("deletionTimestamp"):
            self._remove(chart)
            return
        self._claim(chart)
        aim = wanted(chart, config, self._secrets(chart, config))
        release = latest(self._rest, aim.name, aim.namespace)
        if release.status == "deployed" and release.hash == aim.hash:
            self._tries.pop(chart["metadata"]["uid"], None)
            return
        tries = self._tries_of(chart, aim)
        if tries.failures > aim.backoff_limit or time.monotonic() < tries.next:
            return
        if not tries.failures:
            self._announce(chart, aim)
        try:
            advance(self._helm, self._rest, aim, release)
        except HelmError as error:
            self._failed(chart, aim, tries, str(error))
        else:
            self._context.log(f"k3s: {aim.namespace}/{aim.name} is deployed")
            self._rest.merge(_job_path(chart), {"spec": {"suspend": False}})

    def _forget(self, chart: Object) -> None:
        """An unmanaged chart stays as it is; what k3s had made to install it goes."""
        if not chart["metadata"].get("deletionTimestamp") and self._rest.get(_job_path(chart)) is not None:
            for companion in objects.companions(chart, wanted(chart, None, {})):
                self._rest.delete(self._rest.path_of(companion))
            self._delete_job(chart)

    def _claim(self, chart: Object) -> None:
        """The mark and the finalizer that k3s puts on every HelmChart it takes care of."""
        meta = chart["metadata"]
        annotations, finalizers = meta.get("annotations") or {}, meta.get("finalizers") or []
        if objects.MANAGED_BY not in annotations or objects.FINALIZER not in finalizers:
            mine = {"annotations": {objects.MANAGED_BY: objects.CONTROLLER}}
            self._rest.merge(_path(chart), {"metadata": {**mine, "finalizers": sorted({*finalizers, objects.FINALIZER})}})

    def _tries_of(self, chart: Object, aim: Wanted) -> Tries:
        uid = chart["metadata"]["uid"]
        known = self._tries.get(uid)
        if known is None or known.hash != aim.hash:
            known = self._tries[uid] = Tries(aim.hash)
        return known

    def _announce(self, chart: Object, aim: Wanted) -> None:
        self._event(chart, "Normal", "ApplyJob", f"Applying HelmChart from {aim.chart or 'chartContent'}")
        for companion in objects.companions(chart, aim):
            self._rest.apply(companion, objects.CONTROLLER)
        self._delete_job(chart)
        meta = chart["metadata"]
        self._rest.create(f"/apis/batch/v1/namespaces/{meta['namespace']}/jobs", objects.job(chart, aim))
        self._rest.merge(f"{_path(chart)}/status", {"status": objects.status(chart)})

    def _failed(self, chart: Object, aim: Wanted, tries: Tries, error: str) -> None:
        tries.failures += 1
        tries.next = time.monotonic() + min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (tries.failures - 1))
        self._context.log(f"k3s: {aim.namespace}/{aim.name}: {error}")
        self._event(chart, "Warning", "HelmFailed", error)
        if tries.failures > aim.backoff_limit:
            message = "Job has reached configured number of retries without succeeding"
            self._event(chart, "Warning", "JobFailed", message)
            self._rest.merge(f"{_path(chart)}/status", {"status": objects.status(chart, failed=message)})

    def _remove(self, chart: Object) -> None:
        finalizers = chart["metadata"].get("finalizers") or []
        if objects.FINALIZER not in finalizers:
            return
        aim = wanted(chart, None, {})
        self._event(chart, "Normal", "RemoveJob", f"Uninstalling HelmChart {aim.name}")
        try:
            self._helm.uninstall(aim.name, aim.namespace)
        except HelmError as error:
            self._context.log(f"k3s: uninstalling {aim.namespace}/{aim.name}: {error}")
        for companion in objects.companions(chart, aim):
            self._rest.delete(self._rest.path_of(companion))
        self._delete_job(chart)
        self._tries.pop(chart["metadata"]["uid"], None)
        self._rest.merge(_path(chart), {"metadata": {"finalizers": [name for name in finalizers if name != objects.FINALIZER]}})

    def _delete_job(self, chart: Object) -> None:
        self._rest.delete(_job_path(chart))
        end = time.monotonic() + DELETED_WITHIN_SECONDS
        while self._rest.get(_job_path(chart)) is not None and time.monotonic() < end:
            time.sleep(0.1)

    def _secrets(self, chart: Object, config: Object | None) -> dict[str, dict[str, str]]:
        found = {}
        for name in secret_names(chart, config):
            secret = self._rest.get(f"/api/v1/namespaces/{chart['metadata']['namespace']}/secrets/{name}")
            data = (secret or {}).get("data") or {}
            found[name] = {key: base64.b64decode(text).decode() for key, text in data.items()}
        return found

    def _event(self, chart: Object, kind: str, reason: str, message: str) -> None:
        self._rest.create(f"/api/v1/namespaces/{chart['metadata']['namespace']}/events", objects.event(chart, kind, reason, message))


def _key(obj: Object) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _path(chart: Object) -> str:
    return f"{GROUP}/namespaces/{chart['metadata']['namespace']}/helmcharts/{chart['metadata']['name']}"


def _job_path(chart: Object) -> str:
    return f"/apis/batch/v1/namespaces/{chart['metadata']['namespace']}/jobs/{objects.job_name(chart)}"


def player() -> Player:
    return Controller("k3s", None)
