# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call in ten fails: the run ends right, or with one clear error and the next run converges."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import contents, few_routes
from tests.integration.faults import WAYS, Call, Forward, OneInTen, Proxy, Reply, refusal
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object

GOALS: tuple[Object, ...] = ({"strategy": "header"}, {"strategy": "cluster_ip"}, {"state": "absent"})


@pytest.fixture(scope="module")
def proxy(few: Lab) -> t.Iterator[Proxy]:
    with Proxy(few.kubeconfig) as running:
        yield running


@pytest.fixture
def lab(few: Lab) -> t.Iterator[Lab]:
    before = contents.of(few)
    yield few
    few.done(state="absent")
    assert contents.differing(before, contents.of(few)) == []


def assert_clear(result: Object) -> None:
    """One error that names the object, the reason and the remedy, and nothing like a traceback."""
    failure = result["failure"]
    assert failure["subject"]
    assert failure["reason"]
    assert failure["remedy"]
    assert failure["subject"] in result["msg"]
    assert "Traceback" not in result["msg"]


def converges(lab: Lab, proxy: Proxy, rule: OneInTen, **goal: t.Any) -> list[str]:
    """One run with failing calls; how they failed."""
    with proxy.ruled(rule):
        result = lab.run(wait_timeout=60, **{**proxy.options(), **goal})
    if result.get("failed"):
        assert_clear(result)
        lab.done(wait_timeout=60, **goal)
    assert lab.done(**goal)["steps"] == []
    assert all(verdict["safe"] for verdict in lab.done(state="audit")["verdicts"])
    return rule.failed


@pytest.mark.parametrize("module", [MESH, POLICY])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_with_failing_calls_ends_right_or_with_one_clear_error(lab: Lab, proxy: Proxy, module: str, seed: int) -> None:
    """l5d_header_policy works on a controller that is meshed already."""
    failed: list[str] = []
    if module == POLICY:
        lab.done(strategy="cluster_ip")
    for number, goal in enumerate(GOALS):
        failed += converges(lab, proxy, OneInTen(seed * len(GOALS) + number), module=module, **goal)
    assert len(set(failed)) > len(WAYS) / 2, "too few calls failed to show anything"


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_fail_is_survived_by_both_modules(lab: Lab, proxy: Proxy, way: str) -> None:
    """Three calls in ten, so that some fail for sure."""
    seed = WAYS.index(way)
    failed = converges(lab, proxy, OneInTen(seed, 0.3, [way]), strategy="cluster_ip")
    failed += converges(lab, proxy, OneInTen(seed, 0.3, [way]), module=POLICY, strategy="header")
    assert set(failed) == {way}


def test_an_api_that_never_recovers_is_one_clear_error_and_nothing_is_written(lab: Lab, proxy: Proxy) -> None:
    def busy(call: Call, forward: Forward) -> Reply:
        return refusal(503, "ServiceUnavailable", **{"Retry-After": "0"}) if call.write else forward()

    since = len(lab.sandbox.audit())
    with proxy.ruled(busy):
        result = lab.run(strategy="header", **proxy.options())
    assert result["failed"]
    assert_clear(result)
    assert lab.writes(since) == []


def test_a_failure_in_the_middle_names_what_was_done(lab: Lab, proxy: Proxy) -> None:
    def refuses(call: Call, forward: Forward) -> Reply:
        services = call.write and call.path.endswith("/services/web")
        return refusal(422, "Invalid") if services else forward()

    with proxy.ruled(refuses):
        result = lab.run(strategy="header", **proxy.options())
    assert result["failure"]["subject"] == f"patch Service {few_routes.NAMESPACE}/web"
    assert result["failure"]["code"] == "invalid"
    done = {step["name"] for step in result["failure"]["done"]}
    assert "l5d-strip" in done
    assert "traefik" not in done
    assert all(verdict["safe"] for verdict in lab.done(state="audit")["verdicts"])
