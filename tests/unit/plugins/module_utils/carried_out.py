# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans carried out one write at a time, with a look at every running pod after each."""

from __future__ import annotations

import itertools
import zlib

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Phase, Step
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, waits_first
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.pods import lagging
from tests.unit.plugins.module_utils.world import World, Worth

ALL = 10_000


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


def by_phase(steps: list[Step], order: int) -> list[tuple[Phase, list[Step]]]:
    """In some order inside a phase: the writes of one phase are made side by side."""
    in_some_order = sorted(steps, key=lambda step: (step.phase, zlib.crc32(f"{order} {step.object}".encode())))
    return [(phase, list(members)) for phase, members in itertools.groupby(in_some_order, key=lambda step: step.phase)]


def carry_out(world: World, joint: Joint, original: Worth, *, given_back: bool, order: int = 0, writes: int = ALL) -> None:
    """At most so many writes, and after each the running pods, and any that would start now, are no worse than before."""
    if waits_first(joint.plan.steps) and lagging(world.snapshot, world.template, world.controller):
        world.settle()
    done, before = 0, world.worth()
    for phase, members in by_phase(joint.plan.steps, order):
        for step in members:
            if done == writes:
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
