# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever happens in which order: every proxy verifies every certificate in use, and what the issuer hands out."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.trust import ANCHOR
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.plan import STEPS, Move, Wish, next_move
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.snapshot import KEPT, Snapshot
from tests.unit.plugins.module_utils.rotation_world import COMPONENTS, LIFETIME, Pod, World

WORK = ("anchor", "signer", "issuer", "secret", "noted", "named", "sync", "ends")
ENOUGH = 400
"""Rounds in which a rotation has to end once everybody does their work; it takes about forty."""


class Rotation(RuleBasedStateMachine):
    """The play may be killed between any two writes, and write on the strength of what it saw a while ago."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.decided: tuple[Move, Snapshot] | None = None
        self.wish = Wish()

    @initialize(leaves=st.sampled_from(["restart", "wait"]), step=st.sampled_from(STEPS))
    def begin(self, leaves: str, step: str) -> None:
        """Anywhere: from the beginning, few runs would get to the last steps."""
        self.world = before(step)
        self.wish = Wish(begin=True, leaves=leaves)

    def _pick(self, data: st.DataObject, *apps: str) -> Pod:
        found = [pod for pod in self.world.pods.values() if not apps or pod.app in apps]
        return data.draw(st.sampled_from(found))

    # ---------------------------------------------------------------- the play

    @rule()
    def decide(self) -> None:
        seen = self.world.snapshot()
        move = next_move(seen, self.wish)
        self.decided = (move, seen) if move else None

    @precondition(lambda self: self.decided is not None)
    @rule(writes=st.integers(1, 4))
    def act(self, writes: int) -> None:
        assert self.decided is not None
        (move, seen), self.decided = self.decided, None
        if move.restart:
            self.world.restart(proxy.pod.name for proxy in move.restart[:writes])
        elif not move.wait:
            self.world.carry_out(move, seen, writes)
            self.wish = Wish(begin=move.step != "retire", leaves=self.wish.leaves)

    @rule(writes=st.sampled_from([1, 2, 9]))
    def play_on(self, writes: int) -> None:
        """Two rules that get somewhere: by single events alone, hardly any run would get beyond the first steps."""
        self.decide()
        if self.decided:
            self.act(writes)

    @rule(parts=st.sets(st.sampled_from(WORK), min_size=len(WORK) - 2), seconds=st.integers(0, 1))
    def others_work(self, parts: set[str], seconds: int) -> None:
        work(self.world, parts)
        self.world.clock += seconds

    @rule(parts=st.sets(st.sampled_from(WORK), min_size=len(WORK) - 1))
    def others_work_on(self, parts: set[str]) -> None:
        self.others_work(parts, 1)
        self.play_on(9)

    @rule()
    def ask_for_another(self) -> None:
        self.wish = Wish(begin=True, leaves=self.wish.leaves)

    # ---------------------------------------------------------------- everybody else

    @precondition(lambda self: self.world.anchor_issuing)
    @rule()
    def cert_manager_issues_the_anchor(self) -> None:
        self.world.issue_anchor()

    @precondition(lambda self: KEPT == self.world.signing == self.world.seen_signing)
    @rule()
    def cert_manager_renews_the_anchor_unasked(self) -> None:
        """While the old one signs; at any other time it is what a rotation is there to prevent."""
        self.world.issue_anchor()

    @rule()
    def cert_manager_notices_the_signer(self) -> None:
        self.world.notice_signer()

    @rule()
    def cert_manager_issues_the_issuer(self) -> None:
        """Asked or not: it may be time."""
        self.world.issue_issuer()

    @rule(what=st.sampled_from(["secret", "noted", "named"]))
    def trust_manager_notices(self, what: str) -> None:
        self.world.notice(what)

    @rule()
    def trust_manager_syncs(self) -> None:
        self.world.sync()

    @rule(data=st.data())
    def kubelet_mounts_the_bundle(self, data: st.DataObject) -> None:
        self.world.mount(self._pick(data, "proxy-injector"))

    @rule(data=st.data())
    def identity_reloads(self, data: st.DataObject) -> None:
        self.world.reload(self._pick(data, "identity"))

    @rule(data=st.data())
    def proxy_renews(self, data: st.DataObject) -> None:
        self.world.renew_leaf(self._pick(data), self._pick(data, "identity"))

    @rule(data=st.data(), app=st.sampled_from([*COMPONENTS, "web"]))
    def pod_starts(self, data: st.DataObject, app: str) -> None:
        self.world.pod(app, self._pick(data, "proxy-injector"), self._pick(data, "identity"))

    @rule(data=st.data())
    def pod_ends(self, data: st.DataObject) -> None:
        self.world.end(self._pick(data))

    @rule(data=st.data(), seconds=st.sampled_from([1, 60, LIFETIME // 2, LIFETIME + 400]))
    def time_passes(self, data: st.DataObject, seconds: int) -> None:
        self.world.tick(seconds, self._pick(data, "identity"))

    # ---------------------------------------------------------------- what holds

    @invariant()
    def everybody_verifies_everything(self) -> None:
        problems = broken(self.world)
        assert not problems, problems

    def teardown(self) -> None:
        """And from here it comes to its end, when everybody does their work."""
        finish(self.world, self.wish)


def broken(world: World) -> list[str]:
    """Which proxy does not verify what."""
    handed_out = {world.issuer, *(pod.issuer for pod in world.pods.values() if pod.issuer)}
    shown = handed_out | {pod.leaf for pod in world.pods.values()}
    found = [f"{pod.name} does not trust {missing}" for pod in world.pods.values() for missing in shown - pod.bundle]
    return found if world.issuer in world.bundle else [*found, "linkerd-identity could not start"]


def work(world: World, parts: t.Container[str] = WORK) -> None:
    """Everybody does what there is to do."""
    if "anchor" in parts and world.anchor_issuing:
        world.issue_anchor()
    if "signer" in parts:
        world.notice_signer()
    if "issuer" in parts and world.issuer_issuing:
        world.issue_issuer()
    for what in ("secret", "noted", "named"):
        if what in parts:
            world.notice(what)
    if "sync" in parts:
        world.sync()
    for pod in list(world.pods.values()) if "ends" in parts else ():
        world.end(pod)


def finish(world: World, wish: Wish) -> list[str]:
    """The steps to the end."""
    steps: list[str] = []
    for _round in range(ENOUGH):
        seen = world.snapshot()
        move = next_move(seen, wish)
        if move is None:
            break
        wish = Wish(leaves=wish.leaves)
        if move.restart:
            world.restart(proxy.pod.name for proxy in move.restart)
        elif not move.wait:
            world.carry_out(move, seen)
        if not move.wait:
            steps.append(move.step)
        work(world)
        world.tick(LIFETIME if move.wait == "leaves" else 1, next(pod for pod in world.pods.values() if pod.app == "identity"))
        assert not broken(world), (move, broken(world))
    else:
        raise AssertionError(f"no end in sight: {steps[-20:]}")
    work(world)
    assert (world.signing, world.kept, world.noted, world.named) == (ANCHOR, "", frozenset(), False)
    assert world.issuer == world.secret
    assert world.bundle == {world.secret}
    return steps


def before(step: str) -> World:
    """A rotation that stands before this step."""
    world, wish = World(), Wish(begin=True)
    for _round in range(40):
        seen = world.snapshot()
        move = next_move(seen, wish)
        assert move is not None, f"it ended before {step}"
        if move.step == step and not move.wait:
            return world
        wish = Wish()
        if move.restart:
            world.restart(proxy.pod.name for proxy in move.restart)
        elif not move.wait:
            world.carry_out(move, seen)
        work(world)
        world.clock += 1
    raise AssertionError(f"never came to {step}")


MANY: t.Any = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_whatever_happens_every_proxy_verifies_every_certificate() -> None:
    run_state_machine_as_test(Rotation, settings=settings(max_examples=150, stateful_step_count=30, **MANY))


@pytest.mark.slow
def test_whatever_happens_for_a_long_time() -> None:
    run_state_machine_as_test(Rotation, settings=settings(max_examples=3000, stateful_step_count=120, **MANY))
