# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single steps of a rotation, and what is said about the anchors."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.trust import ANCHOR
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.gather import Places
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.judge import judge
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.plan import STEPS, Move, Wish, next_move
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.snapshot import KEPT, Snapshot
from tests.unit.plugins.module_utils.rotation_world import World, at
from tests.unit.plugins.module_utils.test_rotation_world import WORK, before, finish, work

BEGIN = Wish(begin=True)
PLACES = Places("linkerd", "cert-manager")
LINK = Ref("multicluster.linkerd.io/v1alpha1", "Link", "west", "linkerd-multicluster")


def move_of(seen: Snapshot, wish: Wish = Wish(), **changed: t.Any) -> Move:  # noqa: B008  it is frozen
    move = next_move(dataclasses.replace(seen, **changed), wish)
    assert move is not None
    return move


def codes(seen: Snapshot, move: Move | None = None) -> list[str]:
    return [entry.code for entry in judge(seen, PLACES, move)]


def test_a_rotation_takes_every_step_in_its_order() -> None:
    assert finish(World(), BEGIN) == list(STEPS)
    without = [step for step in STEPS if step != "renew_leaves"]
    assert finish(World(), Wish(begin=True, leaves="wait")) == without


def test_it_begins_when_asked_or_due_and_never_by_itself() -> None:
    seen = World().snapshot()
    assert next_move(seen, Wish()) is None
    assert next_move(seen, Wish(remaining_below=0.9)) is None
    assert move_of(seen, Wish(remaining_below=0.91)).step == "keep"
    assert move_of(seen, BEGIN).to_come == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_one_that_is_under_way_goes_on_without_being_asked_and_says_so(step: str) -> None:
    seen = before(step).snapshot()
    move = next_move(seen, Wish() if step != "keep" else BEGIN)
    assert move is not None
    assert move.step == step
    assert ("L5D420" in codes(seen, move)) == (step != "keep")
    assert "L5D421" not in codes(seen, move)


@pytest.mark.parametrize(
    ("step", "changed", "wait"),
    [
        ("keep", {"control_plane_ready": False, "control_plane_words": "linkerd-identity: 0 of 1"}, "control_plane"),
        ("hold", {"synced": False}, "bundle"),
        ("renew", {"signing_ready": False}, "issuer"),
        ("renew", {"anchor_issuing": True}, "anchor"),
        ("restart_control_plane", {"bundle": frozenset(["A1"])}, "bundle"),
        ("switch", {"control_plane_ready": False}, "control_plane"),
        ("switch", {"outside": (LINK,)}, "outside"),
        ("reissue", {"signing_ready": False}, "issuer"),
        ("reissue", {"issuer_issuing": True}, "identity"),
    ],
)
def test_what_has_to_be_true_first(step: str, changed: dict[str, t.Any], wait: str) -> None:
    move = move_of(before(step).snapshot(), BEGIN, **changed)
    assert (move.step, move.wait) == (step, wait)
    assert move.comes_by_itself == (wait != "outside")


def test_proxies_outside_are_somebody_elses_until_that_one_says_so() -> None:
    seen = dataclasses.replace(before("switch").snapshot(), outside=(LINK,))
    move = move_of(seen)
    assert move.objects == (LINK,)
    assert "L5D427" in codes(seen, move)
    assert not move_of(seen, Wish(outside_ready=True)).wait


@pytest.mark.parametrize("step", ["restart_data_plane", "renew_leaves"])
def test_a_pod_that_nothing_makes_again_is_named_and_waited_for(step: str) -> None:
    seen = before(step).snapshot()
    bare = tuple(dataclasses.replace(proxy, owner=None) for proxy in seen.proxies)
    move = move_of(seen, proxies=bare)
    assert (move.step, move.wait, move.comes_by_itself) == (step, "by_hand", False)
    assert "L5D426" in codes(dataclasses.replace(seen, proxies=bare), move)
    ending = tuple(dataclasses.replace(proxy, ending=True) for proxy in seen.proxies)
    assert move_of(seen, proxies=ending).wait == "ending"


def test_certificates_that_have_expired_by_themselves_need_no_restart() -> None:
    seen = before("renew_leaves").snapshot()
    assert seen.in_force_since is not None
    waiting = move_of(seen, Wish(leaves="wait"))
    assert (waiting.wait, waiting.restart) == ("leaves", ())
    assert waiting.until is not None
    for late, step in ((0, "renew_leaves"), (1, "retire")):
        assert move_of(seen, Wish(leaves="wait"), now=waiting.until + dt.timedelta(seconds=late)).step == step


def test_a_cluster_issuer_that_somebody_switched_too_early_is_switched_back() -> None:
    world = before("restart_data_plane")
    world.signing = ANCHOR
    assert move_of(world.snapshot()).step == "hold"
    world.signing = KEPT
    assert move_of(world.snapshot()).step == "restart_data_plane"


def test_an_anchor_that_was_replaced_without_a_rotation() -> None:
    """cert-manager renewed it, and the issuer too: proxies do not trust what they are shown."""
    world = World()
    world.issue_anchor()
    work(world)
    assert {"L5D420", "L5D422"} <= set(codes(world.snapshot()))
    assert move_of(world.snapshot()).step == "keep"
    world.issue_issuer()
    assert "L5D421" in codes(world.snapshot())
    seen = world.snapshot()
    assert seen.used == {"A1"}
    world.carry_out(move_of(seen), seen)
    work(world)
    assert world.bundle == {"A1", "A2"}
    assert move_of(world.snapshot()).step == "restart_control_plane"


def test_what_is_left_of_a_rotation_is_reported() -> None:
    world = World()
    finish(world, BEGIN)
    assert codes(world.snapshot()) == ["L5D424", "L5D424"]
    seen = dataclasses.replace(world.snapshot(), bundle=frozenset(["A1", "A2"]))
    assert codes(seen) == ["L5D423"]
    world.named = True
    assert move_of(world.snapshot()).step == "retire"


def test_an_issuer_that_linkerd_identity_has_not_loaded() -> None:
    world = World()
    world.clock = 1000
    world.issue_issuer()
    for age, loaded, missed in ((60, (), False), (600, (), True), (600, (at(1001),), False), (600, (at(900),), True), (4000, (), False)):
        seen = dataclasses.replace(world.snapshot(), now=at(1000 + age), loaded=loaded)
        assert ("L5D425" in codes(seen)) == missed


def test_no_new_anchor_before_trust_manager_knows_the_place_of_the_old_one() -> None:
    """It would write a bundle without the old one as soon as the Secret changes."""
    world, wish = World(), BEGIN
    for _round in range(10):
        seen = world.snapshot()
        move = move_of(seen, wish)
        wish = Wish()
        assert move.step in ("keep", "hold")
        assert move.step == "keep" or move.wait == "bundle"
        if not move.wait:
            world.carry_out(move, seen)
        work(world, [part for part in WORK if part != "noted"])


def test_an_issuer_renewed_behind_the_restart_of_linkerd_identity_costs_one_more() -> None:
    """The new pods may have read the one before it; the cluster says only when the last one was written."""
    world = before("confirm")
    world.issue_issuer()
    move = move_of(world.snapshot(), Wish())
    assert (move.step, {proxy.identity for proxy in move.restart}) == ("restart_identity", {True})
    world.clock += 1
    world.restart(proxy.pod.name for proxy in move.restart)
    work(world)
    assert move_of(world.snapshot(), Wish()).step == "confirm"
