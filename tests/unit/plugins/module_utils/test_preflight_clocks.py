# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clocks: whose is wrong, and what is only delay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.clocks import parse
from tests.unit.plugins.module_utils.preflight_scene import found, lease, node, reason, stamp, view

NAMES = ("pi-1", "pi-2", "pi-3", "pi-4")


def clocks(*ahead: float) -> list[tuple[str, str]]:
    """What is found where the nodes' Leases are that many seconds ahead of this machine's clock."""
    names = NAMES[: len(ahead)]
    leases = tuple(lease(name, seconds) for name, seconds in zip(names, ahead, strict=True))
    return found(view(nodes=tuple(node(name) for name in names), leases=leases))


@pytest.mark.parametrize(
    ("ahead", "findings"),
    [
        ((-5, -9, 0, -40), []),
        ((-5, -9, -3600, -2), [("L5D124", "pi-3")]),
        ((-5, -9, 90, -2), [("L5D124", "pi-3")]),
        ((-3600, -3605, -3602, -3599), [("L5D125", "localhost")]),
        ((-3600,), [("L5D125", "localhost")]),
        ((-3600, -5), [("L5D124", "pi-1")]),
        ((7200, -5, -3600), [("L5D124", "pi-1"), ("L5D124", "pi-3")]),
    ],
)
def test_whose_clock_is_wrong(ahead: tuple[float, ...], findings: list[tuple[str, str]]) -> None:
    assert clocks(*ahead) == findings


@given(st.lists(st.floats(-29, 29), min_size=1, max_size=4), st.floats(-1e6, 1e6))
def test_clocks_that_agree_are_never_apart_whatever_this_machine_thinks(ahead: list[float], off: float) -> None:
    shifted = clocks(*(seconds + off for seconds in ahead)) if len(ahead) != 2 else clocks(*ahead)
    assert "L5D124" not in [code for code, _name in shifted]


def test_the_reason_says_which_way() -> None:
    nodes = tuple(node(name) for name in NAMES)
    leases = (lease("pi-1", -3605), *(lease(name, -5) for name in NAMES[1:]))
    assert "3600 s behind the others" in reason(view(nodes=nodes, leases=leases), "L5D124")
    assert "ahead of the cluster" in reason(view(nodes=nodes, leases=tuple(lease(name, -3600) for name in NAMES)), "L5D125")


def test_without_leases_the_heartbeat_speaks_and_may_be_five_minutes_old() -> None:
    assert found(view(leases=())) == []
    late = node("pi-1")
    late["status"]["conditions"][0]["lastHeartbeatTime"] = stamp(-900)
    assert found(view(nodes=(late, *view().nodes[1:]), leases=())) == [("L5D124", "pi-1")]


def test_a_node_that_is_off_says_nothing_about_its_clock() -> None:
    off = node("pi-1")
    off["status"]["conditions"][0]["status"] = "Unknown"
    leases = (lease("pi-1", -86400), *view().leases[1:])
    assert found(view(nodes=(off, *view().nodes[1:]), leases=leases)) == []


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-13-45T00:00:00Z", "2026-11-21", 7])
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse(text) is None


def test_times_with_and_without_fractions() -> None:
    assert parse("2026-11-21T11:30:00.123456Z") == parse("2026-11-21T11:30:00Z")
