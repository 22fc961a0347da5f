# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever Ingresses there are: done is done, absent gives everything back, and nothing breaks or opens."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as n
from tests.unit.plugins.module_utils.nginx_builders import present
from tests.unit.plugins.module_utils.world import World


def test_many_ingresses_take_little_time(capsys: pytest.CaptureFixture[str]) -> None:
    count = 10_000
    objects = [n.ingress(f"in{i}", (f"web{i % 100}", 80), affinity="cookie" if i % 50 == 0 else "") for i in range(count)]
    snapshot = n.snapshot(*objects, *(b.service(f"web{i}") for i in range(100)))
    begun = time.process_time()
    joint = present(snapshot)
    spent = time.process_time() - begun
    with capsys.disabled():
        print(f"\n  ingress-nginx: {count} routes planned in {spent:.2f} s of CPU, {len(joint.plan.steps)} steps")
    assert len(joint.plan.verdicts) == count


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
KEYS = ("rules", "defaultBackend", "ingressClassName", "http", "paths", "backend", "service", "name", "port", "number", "host", "path")


@given(st.dictionaries(st.sampled_from(KEYS), JUNK | st.dictionaries(st.sampled_from(KEYS), JUNK), max_size=4), JUNK)
def test_no_shape_of_an_ingress_breaks_the_plan(spec: Object, note: t.Any) -> None:
    obj = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "junk", "namespace": "app"},
        "spec": {**spec, "ingressClassName": "nginx"},
    }
    obj["metadata"] = {"name": "junk", "namespace": "app", "annotations": {n.UPSTREAM: note, f"{n.PREFIX}affinity": note}}
    present(n.snapshot(obj, b.service("web")))


@given(n.worlds())
def test_done_is_done_and_safe(world: World) -> None:
    joint = world.plan(Intent())
    assert all(verdict.safe for verdict in joint.plan.verdicts)
    world.apply(joint)
    assert world.plan(Intent()).plan.steps == []
    running, started = world.worth()
    assert running == started
    assert {(v.object, v.rule, v.backend): v.verdict for v in joint.plan.verdicts}.keys() == running.keys()
    promised_verdicts: dict[t.Any, set[str]] = {}
    for v in joint.plan.verdicts:
        promised_verdicts.setdefault((v.object, v.rule, v.backend), set()).add(v.verdict)
    assert promised_verdicts == running


@given(n.worlds(), st.lists(st.sampled_from(["cluster_ip", "none"]), min_size=1, max_size=3))
def test_absent_gives_back_the_very_same_cluster(world: World, strategies: list[str]) -> None:
    before = world.owned()
    for strategy in strategies:
        with contextlib.suppress(PlanningError):  # taking an opt-out back could break what its chart's own values broke before us
            world.apply(world.plan(Intent(strategy=strategy)))
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before


@given(n.worlds(), st.integers(0, 8))
def test_a_killed_run_is_finished_by_the_next_and_no_write_opens_a_relay(world: World, writes: int) -> None:
    before = world.owned()
    for step in world.plan(Intent()).plan.in_order()[:writes]:
        world.write(step)
        running, started = world.worth()
        assert not any("relayable" in found for found in [*running.values(), *started.values()])
    world.apply(world.plan(Intent()))
    assert world.plan(Intent()).plan.steps == []
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before


@given(n.worlds())
def test_no_backend_that_could_be_dialled_by_its_pods_alone_breaks(world: World) -> None:
    """Nothing that the controller can serve today is broken by us."""
    served = {key for key, found in world.worth()[0].items() if found != {"broken"}}
    world.apply(world.plan(Intent()))
    assert not [key for key, found in world.worth()[0].items() if found == {"broken"} and key in served]
