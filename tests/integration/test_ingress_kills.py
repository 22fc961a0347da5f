# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Killed between any two writes: no route is less safe than before, and the next run finishes."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.integration import module_runs
from tests.integration.faults import Killer, Proxy
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object

CLUSTER_IP: Object = {"strategy": "cluster_ip"}
HEADER: Object = {"strategy": "header"}
ABSENT: Object = {"state": "absent"}
POLICY_ROUND: tuple[Object, ...] = tuple({**goal, "module": POLICY} for goal in (HEADER, CLUSTER_IP, HEADER, ABSENT))
"""The routes of a controller that is meshed in enabled mode."""
ROUND: tuple[Object, ...] = (HEADER, CLUSTER_IP, ABSENT, CLUSTER_IP, HEADER, ABSENT)
"""Every way from one state to another, each beginning where the one before ended; it ends where it began."""
MOST_WRITES = 40
NOTICED = 0.8
"""k3s looks for changes twice a second."""

Worth = dict[tuple[str, str, str], bool]


@pytest.fixture(scope="module")
def proxy(few: Lab) -> t.Iterator[Proxy]:
    with Proxy(few.kubeconfig) as running:
        yield running


def worth(lab: Lab) -> Worth:
    """Which backend of which route is safe, by the pods that run right now."""
    verdicts = lab.done(state="audit")["verdicts"]
    return {(str(v["object"]), v["rule"], v["backend"]): v["safe"] for v in verdicts}


def settled(lab: Lab) -> bool:
    job = lab.get("batch/v1", "Job", "kube-system", "helm-install-traefik")
    workload = lab.get("apps/v1", "Deployment", "kube-system", "traefik")
    pods = lab.all("v1", "Pod", "kube-system", "app.kubernetes.io/name=traefik")
    status = workload["status"]
    return (
        bool(job.get("status", {}).get("succeeded"))
        and status.get("observedGeneration") == workload["metadata"]["generation"]
        and status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas") == len(pods)
    )


def stays_safe(lab: Lab, before: Worth, where: str) -> None:
    """Looked at right after the kill, and on and on until nothing moves any more."""
    noticed = time.monotonic() + NOTICED
    end = noticed + 60
    while True:
        calm = time.monotonic() > noticed and settled(lab)
        now = worth(lab)
        lost = [route for route, safe in before.items() if safe and not now.get(route, False)]
        assert not lost, f"{where}: {lost}"
        if calm:
            return
        assert time.monotonic() < end, f"{where}: not settled"
        time.sleep(0.1)


def killed(lab: Lab, proxy: Proxy, goal: Object, after: int) -> bool:
    """Run until so many writes are done; False when there were no more than that."""
    killer = Killer(after)
    with proxy.ruled(killer):
        killer.process = module_runs.start(**{"module": MESH, **proxy.options(), "wait_timeout": 60, **goal})
        result = module_runs.finish(killer.process)
    assert killer.killed or (result and not result.get("failed")), result
    return killer.killed


def survives(lab: Lab, proxy: Proxy, goal: Object, after: int) -> bool:
    before = worth(lab)
    was_killed = killed(lab, proxy, goal, after)
    if was_killed:
        stays_safe(lab, before, f"{goal} killed after {after} writes")
    finished = lab.done(wait_timeout=60, **goal)
    assert was_killed or not finished["changed"], finished["steps"]
    assert not lab.done(**goal)["changed"], f"{goal} after a kill after {after} writes"
    return was_killed


def test_a_killed_run_leaves_every_route_safe_and_the_next_one_finishes(few: Lab, proxy: Proxy) -> None:
    """A sample: a few kills in each way from one state to another."""
    for point, goal in enumerate(ROUND):
        survives(few, proxy, goal, (1, 6, 2, 3, 11, 4)[point])


def test_a_killed_policy_run_leaves_every_route_safe_and_the_next_one_finishes(few: Lab, proxy: Proxy) -> None:
    few.done(**CLUSTER_IP)
    for point, goal in enumerate(POLICY_ROUND):
        survives(few, proxy, goal, (2, 1, 7, 3)[point])
    few.done(**ABSENT)


@pytest.mark.slow
@pytest.mark.parametrize("goals", [ROUND, (CLUSTER_IP, *POLICY_ROUND, ABSENT)])
def test_so_it_is_after_every_single_write(few: Lab, proxy: Proxy, goals: tuple[Object, ...]) -> None:
    ended: set[int] = set()
    for after in range(MOST_WRITES):
        for step, goal in enumerate(goals):
            if step in ended:
                few.done(wait_timeout=60, **goal)
            elif not survives(few, proxy, goal, after):
                ended.add(step)
        if len(ended) == len(goals):
            return
    pytest.fail(f"a run makes more than {MOST_WRITES} writes; this test is to stay small")
