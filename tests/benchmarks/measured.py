# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure in a fresh process, as ansible starts each module in one: seconds and peak memory.

As a program: ``lists KUBECONFIG`` is the bare minimum, ``module KUBECONFIG ARGS`` the module.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

# What is imported is part of what is measured, so nothing else may come before it.
import json  # noqa: E402
import os  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import typing as t  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE, WORKERS = 500, 8
PATHS = (
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/daemonsets",
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/traefik.io/v1alpha1/ingressroutes",
    "/api/v1/services",
    "/apis/networking.k8s.io/v1/ingressclasses",
    "/apis/traefik.io/v1alpha1/ingressroutetcps",
    "/apis/traefik.io/v1alpha1/ingressrouteudps",
    "/apis/traefik.io/v1alpha1/middlewares",
    "/api/v1/namespaces/kube-system/pods",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/api/v1/namespaces",
)
"""The kinds that the ingress modules read."""


class Measure(t.NamedTuple):
    seconds: float
    megabytes: float
    answer: t.Any


def fresh(*arguments: str) -> Measure:
    """Run this file in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / ".build"), str(ROOT)))}
    done = subprocess.run(
        [sys.executable, __file__, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return Measure(*json.loads(done.stdout.splitlines()[-1]))


def bare_lists(kubeconfig: str) -> int:
    """Import the client, connect, and list the same kinds in the same pages with as many threads; how many objects came."""
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import load_kube_config

    configuration = Configuration()
    load_kube_config(config_file=kubeconfig, client_configuration=configuration)
    configuration.connection_pool_maxsize = WORKERS
    pool: t.Any = ApiClient(configuration).rest_client.pool_manager
    settings: t.Any = configuration.auth_settings()
    headers = {setting["key"]: setting["value"] for setting in settings.values()}

    def pages(path: str) -> int:
        token, found = "", 0
        while True:
            follow = f"&continue={token}" if token else ""
            page = json.loads(pool.request("GET", f"{configuration.host}{path}?limit={PAGE}{follow}", headers=headers).data)
            found += len(page.get("items", []))
            token = page["metadata"].get("continue")
            if not token:
                return found

    with ThreadPoolExecutor(WORKERS) as threads:
        return sum(threads.map(pages, PATHS))


def module(kubeconfig: str, args: str) -> t.Any:
    from tests.integration import module_runs

    result = module_runs.run("l5d_ingress_mesh", kubeconfig=kubeconfig, **json.loads(args))
    assert not result.get("failed"), result["msg"]
    return {"changed": result["changed"], "steps": len(result["steps"])}


def peak() -> float:
    """In MB, of this program alone: getrusage counts the process that started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    outcome = bare_lists(*sys.argv[2:]) if sys.argv[1] == "lists" else module(*sys.argv[2:])
    print(json.dumps([time.perf_counter() - STARTED, peak(), outcome]))
