# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probe of l5d_header_policy through a real Traefik: it sees the relays, and none where there is a policy."""

from __future__ import annotations

import pytest

from sandbox.rest import Object
from tests.live import story
from tests.live.releases import NEWEST
from tests.live.scenarios import SCENARIOS
from tests.live.scene import Route

RELAYED = {"plain", "twice_forged_first", "other_case", "trailing_dot", "no_port"}
"""Traefik removes what Connection names, and of two values the first wins."""
HTTP1_ONLY = {"other_case", "hop_by_hop"}
DENIED = {401, 403}
EXPECTED = {"header": "held", "cluster_ip": "unproven"}


def cases(*stages: str) -> pytest.MarkDecorator:
    params = [
        pytest.param((scenario.name, NEWEST), stage, route, id=f"{scenario.name}-{stage}-{route.name}")
        for scenario in SCENARIOS.values()
        for stage in stages
        for route in scenario.scene.of_stage(stage, NEWEST)
        if not route.headers and not route.grpc  # the probe has no password, and sends no POST
    ]
    return pytest.mark.parametrize(("evidence", "stage", "route"), params, indirect=["evidence"])


def outcome(evidence: Object, stage: str, route: Route) -> Object:
    (found,) = (seen for seen in evidence["stages"][stage]["probed"]["probe"] if story.of_route(seen, route))
    return dict(found)


def judged(seen: Object, route: Route) -> set[str]:
    """Where the route itself answers: on another port, the default backend does."""
    protocols = {"web": ("http", "h2c"), "websecure": ("https", "h2")}[route.entry_point]
    return {result["judgement"] for result in seen["results"] if result["protocol"] in protocols}


def codes(evidence: Object, stage: str, route: Route) -> set[str]:
    ours = [f for f in evidence["stages"][stage]["probed"]["findings"] if f["code"].startswith("L5D25")]
    of_object = [f for f in ours if (f["object"]["kind"], f["object"]["name"]) == (route.kind, route.object)]
    return {f["code"] for f in of_object if f"{route.rule}:" in f["reason"]}


@cases("open")
def test_without_a_policy_it_sees_every_relay(evidence: Object, stage: str, route: Route) -> None:
    seen = outcome(evidence, stage, route)
    if route.status >= 500 and route.path in seen["request"]:
        assert judged(seen, route) == set()
    elif "relayable" in seen["verdicts"]:
        assert "reached" in judged(seen, route)
        assert codes(evidence, stage, route) == {"L5D251"}
    else:
        assert judged(seen, route) == {"held"}


@cases("open")
def test_it_sees_them_in_each_protocol_and_variant(evidence: Object, stage: str, route: Route) -> None:
    results = outcome(evidence, stage, route)["results"]
    served = {result["protocol"] for result in results if result["unforged_status"] < 300}
    assert served in ({"http", "h2c", "https", "h2"}, {"http", "h2c"}, {"https", "h2"}) or route.status != 200
    for protocol in served if "relayable" in outcome(evidence, stage, route)["verdicts"] else ():
        of_protocol = [result for result in results if result["protocol"] == protocol]
        expected = RELAYED & {result["variant"] for result in of_protocol}
        assert {result["variant"] for result in of_protocol if result["judgement"] == "reached"} == expected
        assert expected >= ({"plain", "trailing_dot", "no_port"} | (set() if protocol.startswith("h2") else HTTP1_ONLY & RELAYED))


@cases("header", "cluster_ip")
def test_with_a_policy_it_sees_none(evidence: Object, stage: str, route: Route) -> None:
    seen = outcome(evidence, stage, route)
    assert "reached" not in {result["judgement"] for result in seen["results"]}
    if route.status < 300:
        served = [result for result in seen["results"] if result["unforged_status"] < 300]
        assert {result["judgement"] for result in served} == {EXPECTED[stage]}
        assert {result["variant"] for result in served} >= {"plain", "trailing_dot", "no_port"}
    assert codes(evidence, stage, route) <= {"L5D252", "L5D253"}


@pytest.mark.parametrize("evidence", [(name, NEWEST) for name in SCENARIOS], indirect=True, ids=SCENARIOS)
def test_it_changes_nothing(evidence: Object) -> None:
    assert {stage["probed"]["changed"] for stage in evidence["stages"].values()} == {False}


@pytest.mark.parametrize("evidence", [("own chart", NEWEST)], indirect=True)
def test_it_says_that_it_left_out_grpc(evidence: Object) -> None:
    left_out = {route.object for route in SCENARIOS["own chart"].scene.routes if route.grpc}
    assert left_out
    for stage in evidence["stages"].values():
        assert {f["object"]["name"] for f in stage["probed"]["findings"] if f["code"] == "L5D254"} == left_out
