# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No write makes a safe route unsafe: plans carried out one write at a time, in any order inside a phase, and killed."""

from __future__ import annotations

import copy
import itertools
import typing as t
import zlib

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Phase, Step
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, waits_first
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.pods import lagging
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World, Worth

STATES = ("cluster_ip", "header", "absent")


class Move(t.NamedTuple):
    """Where to go, in which order inside a phase, and after how many writes it is killed."""

    state: str
    order: int
    writes: int

    def phases(self, steps: list[Step]) -> list[tuple[Phase, list[Step]]]:
        in_some_order = sorted(steps, key=lambda step: (step.phase, zlib.crc32(f"{self.order} {step.object}".encode())))
        return [(phase, list(members)) for phase, members in itertools.groupby(in_some_order, key=lambda step: step.phase)]


MOVES = st.builds(Move, st.sampled_from(STATES), st.integers(0, 2**16), st.sampled_from((99, 99, 99, 1, 2, 3, 5, 8)))


def joint_for(world: World, state: str) -> Joint:
    intent = Intent() if state == "absent" else Intent(strategy=state)
    return world.plan(intent, absent=state == "absent")


def unsafe(verdicts: set[str]) -> set[str]:
    return {verdict for verdict in verdicts if not VERDICTS[verdict][0]}


def assert_no_worse(before: Worth, after: Worth, original: Worth, given_back: bool, what: str) -> None:
    """Nothing served becomes unsafe, nothing served breaks. What was so before us may be so again: absent gives it back."""
    for key, verdicts in after.items():
        first = original.get(key, set())
        was = before.get(key, set()) | (first if given_back else first & {"broken"})
        if "broken" not in was:
            assert not unsafe(verdicts) or unsafe(was), f"{what} made it {verdicts}, it was {was}: {key}"
            assert "broken" not in verdicts, f"{what} broke it, it was {was}: {key}"


def carry_out(world: World, steps: list[Step], move: Move, original: Worth) -> None:
    """At most so many writes, and after each the running pods, and any that would start now, are no worse than before."""
    done, before, given_back = 0, world.worth(), move.state == "absent"
    for phase, members in move.phases(steps):
        for step in members:
            if done == move.writes:
                return
            what = f"{step.phase.name} {step.verb} {step.object}"
            world.write(step)
            now = world.worth()
            assert_no_worse(before[0], now[0], original, given_back, what)
            assert_no_worse(before[1], now[1], original, given_back, f"{what}, with a new pod,")
            before = now
            done += 1
        if phase in (Phase.WORKLOAD, Phase.RESTART):
            world.settle()
            before = world.worth()


@given(worlds(), st.lists(MOVES, min_size=2, max_size=4))
def test_no_write_makes_a_route_worse(world: World, moves: list[Move]) -> None:
    _running, original = world.worth()
    for move in moves:
        try:
            joint = joint_for(world, move.state)
        except PlanningError:
            continue  # refused, so nothing was changed
        if waits_first(joint.plan.steps) and lagging(world.snapshot, world.template, TRAEFIK):
            world.settle()
        carry_out(world, joint.plan.steps, move, original)


@given(worlds(), st.sampled_from(STATES[:2]), st.integers(0, 12), st.booleans())
def test_a_killed_run_is_finished_by_the_next(world: World, strategy: str, writes: int, back: bool) -> None:
    before, uninterrupted = world.owned(), copy.deepcopy(world)
    try:
        joint = joint_for(world, strategy)
    except PlanningError:
        assume(False)
    for step in joint.plan.in_order()[:writes]:
        world.write(step)
    if back:
        world.apply(joint_for(world, "absent"))
        assert world.owned() == before
        return
    world.apply(joint_for(world, strategy))
    uninterrupted.apply(joint)
    assert world.owned() == uninterrupted.owned()
    assert joint_for(world, strategy).plan.steps == []
