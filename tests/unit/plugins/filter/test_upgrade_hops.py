# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which releases an upgrade stops at, and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.filter.upgrade_hops import upgrade_hops
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import (
    ANNOUNCED,
    DEFAULT_CHART_VERSION,
    RELEASES,
    release_for,
    version,
)
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.upgrade import LINES, upgrade

ROOT = Path(__file__).resolve().parents[4]
VERSIONS = sorted({*ANNOUNCED.values(), *(row.chart_version for row in RELEASES[1:])}, key=version)


@pytest.mark.parametrize(
    ("current", "target", "expected"),
    [
        ("2025.9.4", "2026.6.3", ["2025.10.7", "2026.6.3"]),
        ("2025.10.7", "2026.6.3", ["2026.6.3"]),
        ("2025.10.7", "2026.8.3", ["2026.8.3"]),
        ("2025.4.4", "2025.9.4", ["2025.9.4"]),
        ("1.16.11", "2026.6.3", ["2024.7.5", "2024.8.2", "2024.11.8", "2025.4.4", "2025.10.7", "2026.6.3"]),
        ("2026.6.3", "2026.6.3", []),
    ],
)
def test_an_upgrade_stops_at_each_version_on_the_way(current: str, target: str, expected: list[str]) -> None:
    assert [hop.after.chart_version for hop in upgrade(current, target).hops] == expected


@given(st.sampled_from(VERSIONS), st.sampled_from(VERSIONS))
def test_no_hop_is_more_than_one_version_and_they_lead_from_here_to_there(one: str, other: str) -> None:
    current, target = sorted((one, other), key=version)
    hops = upgrade(current, target).hops
    points = [current, *(hop.after.chart_version for hop in hops)]
    assert points[-1] == target
    assert [hop.before.chart_version for hop in hops] == points[:-1]
    for hop in hops:
        assert version(hop.before.chart_version) < version(hop.after.chart_version)
        assert LINES.index(hop.after.line) - LINES.index(hop.before.line) in (0, 1)


@given(st.sampled_from(VERSIONS), st.sampled_from(VERSIONS), st.data())
def test_an_upgrade_can_be_taken_up_again_at_each_station(one: str, other: str, data: st.DataObject) -> None:
    current, target = sorted((one, other), key=version)
    hops = upgrade(current, target).hops
    done = data.draw(st.integers(0, len(hops)))
    here = hops[done - 1].after.chart_version if done else current
    assert upgrade(here, target).hops == hops[done:]


def test_kubernetes_stops_the_upgrade_where_it_is_too_old() -> None:
    plan = upgrade("2025.9.4", "2026.6.3", "v1.30.4+k3s1")
    assert [hop.after.chart_version for hop in plan.possible] == ["2025.10.7"]
    (found,) = plan.findings
    assert (found.code, "needs Kubernetes 1.31" in found.reason, "v1.30.4+k3s1" in found.reason) == ("L5D150", True, True)
    assert "k3s" in found.remedy


def test_a_kubernetes_newer_than_documented_is_said_and_stops_nothing() -> None:
    plan = upgrade("2025.9.4", "2026.6.3", "v1.36.3+k3s1")
    assert len(plan.possible) == 2
    assert [found.code for found in plan.findings] == ["L5D151", "L5D151"]
    assert upgrade("2025.10.7", "2026.8.3", "v1.36.3+k3s1").findings == ()


def test_a_release_that_is_not_recommended_is_said() -> None:
    (found,) = upgrade("2025.9.4", "2025.10.4").findings
    assert (found.code, "use 2025.10.7" in found.reason) == ("L5D152", True)


def test_changes_are_those_of_the_step() -> None:
    first, second = upgrade("2025.9.4", "2026.6.3").hops
    assert (first.migrates_jaeger, second.migrates_jaeger) == (True, False)
    assert [text.split()[0] for text in first.changes] == ["The"]
    assert any("native sidecars" in text for text in second.changes)
    (renamed,) = [text for text in upgrade("2025.4.4", "2025.9.4").hops[0].changes if "metrics" in text]
    assert "dest-admin" in renamed


def test_every_fact_that_a_person_notices_is_told() -> None:
    everything = upgrade("1.16.11", "2026.6.3").hops
    assert sum(len(hop.changes) for hop in everything) == 9


def test_there_is_no_way_back() -> None:
    with pytest.raises(PlanningError, match="is older than 2.20, which is installed"):
        upgrade("2026.6.3", "2025.10.7")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2026.6.3", "2026.13.1"), "'2026.13.1': is no chart version"),
        (("1.15.0", "2026.6.3"), "what is installed"),
        (("2026.6.3", 2026), "target: has to be text"),
        (("2026.6.3", "2025.10.7"), "older than"),
    ],
)
def test_the_filter_refuses_what_cannot_be(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"pimesh\.linkerd\.upgrade_hops: .*{re.escape(message)}"):
        upgrade_hops(*arguments)


def test_the_filter_returns_plain_data() -> None:
    answer = upgrade_hops("2025.9.4", "2026.6.3", "v1.30.0+k3s1")
    assert [hop["name"] for hop in answer["hops"]] == ["2.19", "2.20"]
    assert upgrade_hops("2025.9.4")["hops"][-1]["chart_version"] == DEFAULT_CHART_VERSION
    assert answer["possible"] == ["2025.10.7"]
    assert answer["hops"][1]["blocked"]
    assert answer["findings"][0]["code"] == "L5D150"
    assert release_for(answer["possible"][0]) is not None


def test_the_playbook_has_a_step_for_every_hop_that_there_can_be() -> None:
    """Ansible has no loop over playbooks: one that is missing would be left out without a word."""
    plays = yaml.safe_load((ROOT / "playbooks/upgrade.yml").read_text(encoding="utf-8"))
    steps = [play["vars"] for play in plays if play.get("ansible.builtin.import_playbook") == "upgrade_step.yml"]
    longest = upgrade_hops(RELEASES[0].chart_version, RELEASES[-1].chart_version)["hops"]
    assert len(steps) == len(longest)
    for number, variables in enumerate(steps, 1):
        wanted = f"{{{{ upgrade_plan.possible[{number - 1}] }}}}"
        assert variables == {"upgrade_step": number, "linkerd_control_plane_chart_version": wanted}
