# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Killed at every point: after each write of each run no route is worse on any running pod, old ones too, and the next run finishes.

Every prefix of the writes of every run, for both modules, for a Traefik that k3s bundles and for one from its own chart,
and for somebody who is in ingress mode already with recipes of their own.
"""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.carried_out import carry_out
from tests.unit.plugins.module_utils.world import World

MOST_WRITES = 40


class Run(t.NamedTuple):
    """One call of a module: l5d_ingress_mesh where C(mesh), else l5d_header_policy."""

    mesh: bool
    strategy: str = "auto"
    adopt: bool = False

    def of(self, world: World) -> Joint:
        intent = Intent(strategy="auto" if self.absent else self.strategy, mesh=self.mesh, adopt=self.adopt)
        return world.plan(intent, absent=self.absent)

    @property
    def absent(self) -> bool:
        return self.strategy == "absent"


MESH = [
    Run(True, "header"),
    Run(True, "cluster_ip"),
    Run(True, "absent"),
    Run(True, "cluster_ip"),
    Run(True, "header"),
    Run(True, "absent"),
]
POLICY = [
    Run(True, "cluster_ip"),
    Run(False, "header"),
    Run(False, "cluster_ip"),
    Run(False, "header"),
    Run(False, "absent"),
    Run(True, "absent"),
]
THEIRS = [Run(False, "header"), Run(False, "header", adopt=True), Run(True, "cluster_ip"), Run(False, "absent"), Run(True, "absent")]
ROUNDS = {"mesh": MESH, "policy": POLICY, "theirs": THEIRS}


def routes() -> list[Object]:
    """One of each sort that is planned in its own way."""
    auth = {b.CHAIN: "app-auth@kubernetescrd"}
    guarded = b.route("Host(`a`)", {"name": "web", "port": 80}, {"name": "pods", "port": 80}, middlewares=["auth"])
    return [
        *(b.service(name) for name in ("web", "api", "old")),
        b.service("sticky", annotations={b.STICKY: "true"}),
        b.headless("pods"),
        b.forward_auth(),
        b.setting("old.app.svc.cluster.local:80"),
        b.ingress("in", ("web", 80), ("api", 80), annotations=auth),
        b.ingress("one", ("sticky", 80)),
        b.ingress("headless", ("pods", 80)),
        b.ingress("recipe", ("old", 80), annotations={b.CHAIN: "app-recipe@kubernetescrd"}),
        b.ingress_route("r", guarded, b.route("Host(`b`)", {"name": "sticky", "port": 80, "sticky": {"cookie": {}}})),
    ]


def bundled() -> World:
    return World(b.snapshot(*routes(), charts=(b.helm_chart(),), configs=(b.helm_chart_config("logs: {}\n"),)))


def own_chart() -> World:
    return World(b.snapshot(*routes(), workload=b.deployment(namespace="edge")))


def older() -> World:
    return World(b.snapshot(*routes(), workload=b.deployment(b.pod_template(tag="3.0.4"), namespace="edge")), "3.0.4")


def in_ingress_mode() -> World:
    """Somebody followed a recipe, strip included."""
    strip = [f"--entryPoints.{name}.http.middlewares=app-strip@kubernetescrd" for name in ("web", "websecure", "metrics")]
    template = b.pod_template([*b.ARGUMENTS, *strip], {"linkerd.io/inject": "ingress"})
    return World(b.snapshot(*routes(), b.setting("", "strip"), workload=b.deployment(template, namespace="edge")))


def without_a_strip() -> World:
    """Half a recipe: safe where the header is set, an open relay elsewhere."""
    template = b.pod_template(annotations={"linkerd.io/inject": "ingress"}, tag="3.0.4")
    return World(b.snapshot(*routes(), workload=b.deployment(template, namespace="edge")), "3.0.4")


SCENES = {"bundled": bundled, "own chart": own_chart, "3.0.4": older, "ingress mode": in_ingress_mode, "no strip": without_a_strip}


def plan(run: Run, world: World) -> Joint | None:
    """None where it is refused, so that nothing is written."""
    try:
        return run.of(world)
    except PlanningError:
        return None


def finished(run: Run, world: World, original: t.Any) -> Object:
    """The next run, carried out to its end: nothing gets worse, and nothing is left to do."""
    joint = run.of(world)
    carry_out(world, joint, original, given_back=run.absent)
    assert run.of(world).plan.steps == []
    return world.owned()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", ROUNDS)
def test_killed_after_each_write_of_each_run(scene: str, name: str) -> None:
    world = SCENES[scene]()
    _running, original = world.worth()
    before, carried = world.owned(), 0
    for run in ROUNDS[name]:
        joint = plan(run, world)
        if joint is None:
            continue
        steps = len(joint.plan.steps)
        assert steps <= MOST_WRITES
        uninterrupted = copy.deepcopy(world)
        wanted = finished(run, uninterrupted, original)
        for writes in range(1, steps):
            killed = copy.deepcopy(world)
            carry_out(killed, joint, original, given_back=run.absent, order=writes, writes=writes)
            assert finished(run, killed, original) == wanted, f"{run} killed after {writes} writes"
        carried += steps
        world = uninterrupted
    assert carried
    assert world.owned() == before
