# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ratios to the bare API and to a task loop, measured side by side in one run. Nothing here fails for being slow.

Each test leaves the routes unmeshed and unmarked for the next one, and they run in their order.
"""

from __future__ import annotations

import json
import subprocess
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from kubernetes.client import ApiClient

from sandbox import api
from tests.benchmarks import measured, routes
from tests.benchmarks.report import Report
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.site_runs import PLAYBOOK, environment

ROUTES = 1000
LOOPED = 20
TRIES = 2
"""The best of so many: what a busy machine adds is no property of the code."""


@pytest.fixture(scope="module")
def growing(lab: Lab) -> dict[int, int]:
    """Writes of a first cluster_ip run by number of routes; a thousand of them are there afterwards."""
    writes = {}
    have = 0
    for number in (10, 100, ROUTES):
        routes.make(lab, range(have, number))
        have = number
        before = len(lab.sandbox.audit())
        lab.done(strategy="cluster_ip")
        writes[number] = len(lab.writes(before))
        lab.done(state="absent")
    return writes


def test_cluster_ip_writes_do_not_grow(growing: dict[int, int], report: Report) -> None:
    for number, writes in growing.items():
        report.figure(f"cluster_ip: writes of a first run with {number} routes", str(writes))
    assert len(set(growing.values())) == 1, growing


def test_nothing_to_do(lab: Lab, growing: dict[int, int], report: Report, tmp_path: Path) -> None:
    kubeconfig, args = str(lab.kubeconfig), json.dumps({"strategy": "cluster_ip"})
    measured.fresh("module", kubeconfig, args)
    pairs = [(measured.fresh("lists", kubeconfig), measured.fresh("module", kubeconfig, args)) for _try in range(TRIES)]
    lists, module = (min(one, key=lambda m: m.seconds) for one in zip(*pairs, strict=True))
    assert module.answer == {"changed": False, "steps": 0}
    report.figure(f"nothing to do, {ROUTES} routes: bare LISTs and importing the client", f"{lists.seconds:.2f} s")
    report.figure("nothing to do: the module's process", f"{module.seconds:.2f} s")
    report.bound("nothing to do: module to bare LISTs and import", module.seconds / lists.seconds, 2)
    report.bound("nothing to do: peak memory of the module's process", module.megabytes, 150, "MB")
    report.figure("nothing to do: in this process, everything imported", f"{seconds_of(lambda: lab.done(strategy='cluster_ip')):.2f} s")
    report.figure("nothing to do: the playbook, from start to end", f"{playbook(lab, tmp_path, mesh_task(strategy='cluster_ip')):.2f} s")
    lab.done(state="absent")


def test_header_first_run(lab: Lab, growing: dict[int, int], report: Report, tmp_path: Path) -> None:
    bare: list[float] = []
    module: list[float] = []
    for _try in range(TRIES):
        bare.append(bare_patches(lab))
        before = len(lab.sandbox.audit())
        module.append(seconds_of(lambda: lab.done(strategy="header", wait=False)))
        writes = len(lab.writes(before))
        lab.done(strategy="header")
        lab.done(state="absent")
    whole = seconds_of(lambda: lab.done(strategy="header"))
    lab.done(state="absent")
    wall = playbook(lab, tmp_path, mesh_task(strategy="header"))
    lab.done(state="absent")
    one = looped_task(lab, tmp_path)
    report.figure(f"header, {ROUTES} routes: writes of a first run", str(writes))
    report.figure(f"header: bare PATCH of {2 * ROUTES} objects with 8 threads", f"{min(bare):.2f} s")
    report.figure("header: first run in this process, not waiting for the rollout", f"{min(module):.2f} s")
    report.bound("header: first run to bare PATCH", min(module) / min(bare), 2)
    report.figure("header: first run in this process, with rollout and proof", f"{whole:.2f} s")
    report.figure("header: the playbook, from start to end", f"{wall:.2f} s")
    report.figure("kubernetes.core.k8s in a loop: one object", f"{one:.3f} s")
    report.bound("header: as many looped tasks to the first run", one * writes / min(module), 150, least=True)


def seconds_of(action: t.Callable[[], t.Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def bare_patches(lab: Lab) -> float:
    """As many objects as the header strategy writes: Middlewares by apply, Services by a merge patch; undone afterwards.

    Nothing but a thread pool, kept-alive connections, and bodies that are ready.
    """
    configuration = api.connect(lab.kubeconfig).configuration
    configuration.connection_pool_maxsize = measured.WORKERS
    pool = ApiClient(configuration).rest_client.pool_manager
    settings: t.Any = configuration.auth_settings()
    headers = {setting["key"]: setting["value"] for setting in settings.values()}
    names = [routes.service(number)["metadata"]["name"] for number in range(ROUTES)]

    def send(request: tuple[str, str, bytes]) -> None:
        path, content_type, body = request
        answer = pool.request("PATCH", configuration.host + path, body=body, headers={**headers, "Content-Type": content_type})
        assert answer.status < 300, answer.data

    requests = [apply_request(name) for name in names] + [merge_request(name, f"apps-bare-{name}@kubernetescrd") for name in names]
    with ThreadPoolExecutor(measured.WORKERS) as threads:
        seconds = seconds_of(lambda: list(threads.map(send, requests)))
        list(threads.map(send, [merge_request(name, None) for name in names]))
    lab.admin.map(lab.admin.delete, [Ref("traefik.io/v1alpha1", "Middleware", f"bare-{name}", routes.NAMESPACE) for name in names])
    return seconds


def apply_request(name: str) -> tuple[str, str, bytes]:
    headers = {"customRequestHeaders": {"l5d-dst-override": f"{name}.{routes.NAMESPACE}.svc.cluster.local:80"}}
    metadata = {"name": f"bare-{name}", "namespace": routes.NAMESPACE, "labels": {"app.kubernetes.io/managed-by": "bench"}}
    body = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": metadata, "spec": {"headers": headers}}
    path = f"/apis/traefik.io/v1alpha1/namespaces/{routes.NAMESPACE}/middlewares/bare-{name}?fieldManager=bench&force=true"
    return path, "application/apply-patch+yaml", json.dumps(body).encode()


def merge_request(name: str, value: str | None) -> tuple[str, str, bytes]:
    body = {"metadata": {"annotations": {"example.net/bare": value}}}
    path = f"/api/v1/namespaces/{routes.NAMESPACE}/services/{name}?fieldManager=bench"
    return path, "application/merge-patch+json", json.dumps(body).encode()


def mesh_task(**options: t.Any) -> Object:
    return {"name": "Mesh", "pimesh.linkerd.l5d_ingress_mesh": options}


def looped_task(lab: Lab, directory: Path) -> float:
    """Seconds for each object that a play writes in a loop, without the play's own start."""
    definition = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "looped-{{ item }}", "namespace": "default"}}
    task = {"name": "Write", "kubernetes.core.k8s": {"kubeconfig": str(lab.kubeconfig), "definition": definition}}
    empty = playbook(lab, directory, {**task, "loop": []})
    return (playbook(lab, directory, {**task, "loop": list(range(LOOPED))}) - empty) / LOOPED


def playbook(lab: Lab, directory: Path, task: Object) -> float:
    """Wall time of ansible-playbook with this one task."""
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": str(lab.kubeconfig)}}
    play = {"name": "Measure", "hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": [task]}
    path = directory / "play.yml"
    path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    command = [
        str(PLAYBOOK),
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter={{ ansible_playbook_python }}",
        str(path),
    ]
    started = time.perf_counter()
    done = subprocess.run(command, env=environment(directory), cwd=directory, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - started
