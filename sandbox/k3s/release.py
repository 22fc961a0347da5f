# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One release through the real Helm: what is there, and the step that k3s would take next."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sandbox.context import Cluster
from sandbox.k3s.values import Wanted
from sandbox.rest import Object, Rest

HASH_LABEL = "helmcharts.helm.cattle.io/configHash"
INTERRUPTED = ("pending-install", "pending-upgrade", "pending-rollback", "superseded", "uninstalling")
HELM_SECONDS = 600


class HelmError(Exception):
    """Helm's own words."""


@dataclass(frozen=True)
class Release:
    """The newest revision, as its Secret's labels describe it; revision 0 is no release."""

    revision: int = 0
    status: str = ""
    hash: str = ""


class Helm:
    """The Helm program, with this cluster's address and none of the user's settings."""

    def __init__(self, cluster: Cluster, charts: Path) -> None:
        self._cluster, self._charts = cluster, charts
        home = cluster.state / "k3s" / "helm"
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home),
            "NO_PROXY": "*",
            **{f"HELM_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")},
        }

    def install(self, wanted: Wanted) -> None:
        self._deploy("install", wanted)

    def upgrade(self, wanted: Wanted) -> None:
        self._deploy("upgrade", wanted)

    def uninstall(self, name: str, namespace: str) -> None:
        self._run("uninstall", name, "--namespace", namespace, "--wait", "--ignore-not-found")

    def _deploy(self, verb: str, wanted: Wanted) -> None:
        with tempfile.TemporaryDirectory(prefix="helm-", dir=self._cluster.state) as scratch:
            files = [Path(scratch) / f"values-{index:03}.yaml" for index in range(len(wanted.values))]
            for file, text in zip(files, wanted.values, strict=True):
                file.write_text(text, encoding="utf-8")
            chart = self._chart(wanted, Path(scratch))
            options = [part for file in files for part in ("--values", str(file))]
            labels = ["--labels", f"{HASH_LABEL}={wanted.hash}"]
            self._run(verb, wanted.name, str(chart), "--namespace", wanted.namespace, *wanted.flags, *labels, *options)

    def _chart(self, wanted: Wanted, scratch: Path) -> Path:
        if wanted.content:
            archive = scratch / "chart.tgz"
            archive.write_bytes(base64.b64decode(wanted.content))
            return archive
        local = (
            self._charts / "static" / "charts" / wanted.chart.rsplit("/", 1)[-1] if "://" in wanted.chart else self._charts / wanted.chart
        )
        if not local.exists():
            known = sorted(path.name for path in self._charts.iterdir() if path.name != "static")
            raise HelmError(f"chart {wanted.chart}: the sandbox has no stand-in for it; it has {', '.join(known)}")
        return local

    def _run(self, *arguments: str) -> None:
        command = [str(self._cluster.helm), "--kubeconfig", str(self._cluster.kubeconfig), *arguments]
        try:
            done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=HELM_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise HelmError(f"helm {arguments[0]} took longer than {HELM_SECONDS} s") from error
        if done.returncode:
            raise HelmError(done.stderr.strip() or done.stdout.strip())


def latest(rest: Rest, name: str, namespace: str) -> Release:
    path = f"/api/v1/namespaces/{namespace}/secrets"
    secrets = rest.list_metadata(path, labelSelector=f"owner=helm,name={name}", fieldSelector="type=helm.sh/release.v1")
    found = [_release(secret["metadata"]["labels"]) for secret in secrets]
    return max(found, key=lambda release: release.revision, default=Release())


def advance(helm: Helm, rest: Rest, wanted: Wanted, release: Release) -> None:
    """One try, as klipper-helm decides it from the release's status."""
    if not release.revision:
        helm.install(wanted)
        return
    status = release.status
    if status in INTERRUPTED:
        _mark_failed(rest, wanted, release)
        status = "deployed" if status in {"pending-upgrade", "superseded"} else "failed"
    if status == "deployed" or wanted.failure_policy == "retry":
        helm.upgrade(wanted)
    elif wanted.failure_policy == "abort":
        raise HelmError(f"the release is {status} and the failure policy is abort: waiting for a person")
    else:
        helm.uninstall(wanted.name, wanted.namespace)
        helm.install(wanted)


def _release(labels: Object) -> Release:
    return Release(int(labels.get("version", 0)), str(labels.get("status", "")), str(labels.get(HASH_LABEL, "")))


def _mark_failed(rest: Rest, wanted: Wanted, release: Release) -> None:
    """An interrupted Helm leaves its revision pending, which the next one would not touch."""
    path = f"/api/v1/namespaces/{wanted.namespace}/secrets/sh.helm.release.v1.{wanted.name}.v{release.revision}"
    secret = rest.get(path)
    if secret is None:
        return
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    record["info"]["status"] = "failed"
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()
    rest.merge(path, {"metadata": {"labels": {"status": "failed"}}, "data": {"release": packed}})
