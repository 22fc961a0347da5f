# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No write makes a safe route unsafe: plans carried out one write at a time, in any order inside a phase, and killed."""

from __future__ import annotations

import copy
import typing as t

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint
from tests.unit.plugins.module_utils.carried_out import carry_out
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World

STATES = ("cluster_ip", "header", "adopt", "absent")


class Move(t.NamedTuple):
    """Where to go, in which order inside a phase, and after how many writes it is killed."""

    state: str
    order: int
    writes: int


MOVES = st.builds(Move, st.sampled_from(STATES), st.integers(0, 2**16), st.sampled_from((99, 99, 99, 1, 2, 3, 5, 8)))


def joint_for(world: World, state: str) -> Joint:
    intents = {"absent": Intent(), "adopt": Intent(strategy="header", adopt=True)}
    intent = intents[state] if state in intents else Intent(strategy=state)
    return world.plan(intent, absent=state == "absent")


@given(worlds(), st.lists(MOVES, min_size=2, max_size=4))
def test_no_write_makes_a_route_worse(world: World, moves: list[Move]) -> None:
    _running, original = world.worth()
    for move in moves:
        try:
            joint = joint_for(world, move.state)
        except PlanningError:
            continue  # refused, so nothing was changed
        carry_out(world, joint, original, given_back=move.state == "absent", order=move.order, writes=move.writes)


@given(worlds(), st.sampled_from(STATES[:3]), st.integers(0, 12), st.booleans())
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
