# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a route is worth: every row of the table that was measured on a real proxy, and what must hold for any observation."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS, Judgement, Observation, judge, worst

ANY = (False, True)
HEADERS = ("none", "right", "wrong", "client")


def ways(**fixed: t.Any) -> list[Observation]:
    """All observations that agree with what is given; a tuple gives several values for one thing."""
    found: list[dict[str, t.Any]] = [{}]
    for name, value in fixed.items():
        found = [{**one, name: each} for one in found for each in (value if isinstance(value, tuple) else (value,))]
    return [Observation(**one) for one in found]


ROWS = [
    ("not_meshed", True, ways(mode="", to_cluster_ip=ANY, header=HEADERS, stripped=ANY, leaks=ANY, set_before_asking=ANY)),
    ("safe_full", True, ways(mode="enabled", to_cluster_ip=True, header=HEADERS, stripped=ANY, leaks=ANY, set_before_asking=ANY)),
    ("safe_endpoint_routed", True, ways(mode="enabled", to_cluster_ip=False, header=HEADERS, stripped=ANY, leaks=ANY)),
    ("safe_by_header", True, ways(mode="ingress", to_cluster_ip=ANY, header="right", stripped=ANY, leaks=False)),
    ("relayable", False, ways(mode="ingress", to_cluster_ip=ANY, header="right", stripped=False, leaks=True)),
    ("auth_bypassed", False, ways(mode="ingress", to_cluster_ip=ANY, header="right", stripped=ANY, set_before_asking=True, leaks=ANY)),
    ("misrouted", False, ways(mode="ingress", to_cluster_ip=ANY, header="wrong", stripped=ANY)),
    ("misrouted", False, ways(mode="ingress", to_cluster_ip=ANY, header="right", stripped=ANY, astray=True)),
    ("relayable", False, ways(mode="ingress", to_cluster_ip=ANY, header="client", stripped=ANY)),
    ("safe_by_strip_full", True, ways(mode="ingress", to_cluster_ip=True, header="none", stripped=True)),
    ("safe_by_strip_endpoint_routed", True, ways(mode="ingress", to_cluster_ip=False, header="none", stripped=True)),
    ("relayable", False, ways(mode="ingress", to_cluster_ip=ANY, header="none", stripped=False, leaks=ANY)),
    ("bypasses_mesh", True, ways(mode=("enabled", "ingress"), to_cluster_ip=ANY, skipped_port=443, header=("none", "right"))),
    ("relayable", False, ways(mode="ingress", skipped_port=443, header="client")),
    ("internal", True, ways(mode=("", "enabled", "ingress"), kind="internal", header=HEADERS)),
    ("not_http", True, ways(mode=("", "enabled", "ingress"), kind="not_http", header=HEADERS)),
    ("broken", True, ways(mode=("", "enabled", "ingress"), problem="no such port", header=HEADERS)),
]


@pytest.mark.parametrize(("verdict", "safe", "seen"), [(verdict, safe, one) for verdict, safe, many in ROWS for one in many])
def test_every_row_of_the_table(verdict: str, safe: bool, seen: Observation) -> None:
    judgement = judge(seen)
    assert (judgement.verdict, judgement.safe) == (verdict, safe)
    assert judgement.reason


OBSERVATIONS = st.builds(
    Observation,
    mode=st.sampled_from(["", "enabled", "ingress"]),
    to_cluster_ip=st.booleans(),
    header=st.sampled_from(HEADERS),
    stripped=st.booleans(),
    leaks=st.booleans(),
    set_before_asking=st.booleans(),
    astray=st.booleans(),
    skipped_port=st.sampled_from([0, 443]),
    problem=st.sampled_from(["", "", "gone"]),
    kind=st.sampled_from(["http", "http", "internal", "not_http"]),
)


@given(OBSERVATIONS)
def test_only_ingress_mode_is_ever_unsafe(seen: Observation) -> None:
    assert judge(seen).safe or seen.mode == "ingress"


@given(OBSERVATIONS)
def test_in_ingress_mode_nothing_is_safe_without_a_strip_or_the_right_header(seen: Observation) -> None:
    read = seen.mode == "ingress" and seen.kind == "http" and not seen.problem and not seen.skipped_port
    if read and not seen.stripped and seen.header != "right":
        assert not judge(seen).safe
    if read and seen.leaks:
        assert not judge(seen).safe


@given(OBSERVATIONS)
def test_every_verdict_is_known_and_explained(seen: Observation) -> None:
    judgement = judge(seen)
    assert VERDICTS[judgement.verdict][0] == judgement.safe
    assert judgement.reason


@given(st.lists(OBSERVATIONS, min_size=1))
def test_over_several_pods_the_worst_counts(several: list[Observation]) -> None:
    judgements = [judge(seen) for seen in several]
    assert worst(judgements) in judgements
    assert worst(judgements).safe == all(judgement.safe for judgement in judgements)


def test_reasons_name_what_is_the_matter() -> None:
    assert judge(Observation("enabled", problem="Service app/x does not exist")).reason == "Service app/x does not exist"
    assert "443" in judge(Observation("enabled", skipped_port=443)).reason
    assert "its own request" in judge(Observation("ingress", header="right", leaks=True)).reason
    assert "error pages" in judge(Observation("ingress", header="right", astray=True)).reason
    assert isinstance(judge(Observation("")), Judgement)
