# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives in a sandbox: k3s' own things, and a household's.

``k3s/`` is in every sandbox. ``owner/`` is somebody's homelab on top of it: settings
for the bundled Traefik, some fifteen routes of every kind that Traefik knows
(several of them broken or odd on purpose), Longhorn, Prometheus, nightly jobs.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sandbox.errors import SandboxError
from sandbox.rest import ApiError, Object, Rest
from sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.context import Cluster

HERE = Path(__file__).parent
K3S, OWNER = "deploy@pi-1", "kubectl"
"""Field managers: k3s' deploy controller, and a person."""
TRAEFIK_KIND = ("traefik.io/v1alpha1", "IngressRoute")
HELM_CHARTS = ("traefik", "traefik-crd")
WAIT_SECONDS = 180
WRITE_SECONDS = 30


def install(context: Cluster, *, empty: bool) -> None:
    """Write everything, and wait until Traefik is available. Doing it again changes nothing."""
    rest = Rest(context.kubeconfig)
    files = sorted((HERE / "k3s").glob("*.yaml")) + ([] if empty else sorted((HERE / "owner").glob("*.yaml")))
    played = _k3s_is_played(context)
    # The owner's settings go before k3s' HelmChart, or Traefik would be rolled out twice.
    for file in sorted(files, key=lambda path: (path.name.endswith("-traefik.yaml"), path.parent.name != "k3s", path.name)):
        if _needs_traefik(file):
            continue
        _apply_file(context, rest, file)
    if not played:
        context.log("homelab: k3s is not played here, so there is no Traefik; its routes are left out")
        return
    _wait("Traefik's kinds", lambda: rest.serves(*TRAEFIK_KIND))
    for file in filter(_needs_traefik, files):
        _apply_file(context, rest, file)
    _wait("HelmCharts of kube-system", lambda: _applied(rest))
    _wait("Deployment kube-system/traefik", lambda: _available(rest))


def _k3s_is_played(context: Cluster) -> bool:
    state = State.load(context.state)
    return state is None or "k3s" not in state.without


def _needs_traefik(file: Path) -> bool:
    return file.parent.name == "owner" and any(_documents_of(file, "traefik.io/v1alpha1"))


def _documents_of(file: Path, version: str = "") -> list[Object]:
    documents = [item for item in yaml.safe_load_all(file.read_text(encoding="utf-8")) if item]
    return [item for item in documents if not version or item["apiVersion"] == version]


def _apply_file(context: Cluster, rest: Rest, file: Path) -> None:
    manager = K3S if file.parent.name == "k3s" else OWNER
    with ThreadPoolExecutor(max_workers=8) as pool:
        # list() brings the first error back here
        list(pool.map(lambda document: _apply(rest, document, manager), _documents_of(file)))
    context.log(f"homelab: wrote {file.parent.name}/{file.name}")


def _apply(rest: Rest, document: Object, manager: str) -> None:
    """Tried again for a while: kinds, and the account that a pod needs, are there a moment after they could be."""
    version, kind = str(document["apiVersion"]), str(document["kind"])
    what = f"{kind} {document['metadata']['name']}"
    _wait(what, lambda: rest.serves(version, kind) and bool(rest.apply(document, manager)), WRITE_SECONDS)


def _applied(rest: Rest) -> bool:
    jobs = rest.list("/apis/batch/v1/namespaces/kube-system/jobs", labelSelector="helmcharts.helm.cattle.io/chart")
    return len(jobs) == len(HELM_CHARTS) and all((job.get("status") or {}).get("succeeded") for job in jobs)


def _available(rest: Rest) -> bool:
    found = rest.get("/apis/apps/v1/namespaces/kube-system/deployments/traefik") or {}
    status, generation = found.get("status") or {}, (found.get("metadata") or {}).get("generation")
    current = bool(found) and status.get("observedGeneration") == generation
    return current and status.get("updatedReplicas", 0) == status.get("availableReplicas", -1)


def _wait(what: str, condition: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    end, last = time.monotonic() + seconds, "it was not there"
    while time.monotonic() < end:
        try:
            if condition():
                return
        except ApiError as error:
            last = str(error)
        time.sleep(0.3)
    raise SandboxError(f"{what}: not ready after {seconds} s ({last}); the sandbox's logs/agent.log says more")
