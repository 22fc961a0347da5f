# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent, in which order, and what the answers are worth."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.authority import HEADER
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref, Severity
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe import judging
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.judging import Answer
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.report import findings
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.session import Budget, Outcome, Session
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.targets import Target
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.variants import ALL, Endpoint, Lines
from ansible_collections.pimesh.linkerd.plugins.module_utils.probe.ways import Way

FINE, GONE = Answer(200), Answer(0, "no answer (ReadError)")
A_WAY = Way("a.test", "/")
HTTP, H2C, HTTPS = Endpoint(80, tls=False), Endpoint(80, tls=False, http2=True), Endpoint(443, tls=True)
Behaviour = t.Callable[[Endpoint, bool], Answer]
Sent = list[tuple[Endpoint, Lines]]


def target(*verdicts: str, way: Way | None = A_WAY) -> Target:
    return Target(Ref("v1", "Ingress", "web", "app"), "a.test/", verdicts, "web.app.svc.cluster.local:80", way, "" if way else "a pattern")


def probe(behaviour: Behaviour, *verdicts: str, endpoints: t.Sequence[Endpoint] = (HTTP,), limit: int = 1000) -> tuple[Outcome, Sent]:
    """O(behaviour) gets the endpoint and whether a forged value comes first, as the real proxy looks at it."""
    sent: Sent = []

    def send(endpoint: Endpoint, _way: Way, lines: Lines) -> Answer:
        sent.append((endpoint, lines))
        values = [value for name, value in lines if name.lower() == HEADER]
        return behaviour(endpoint, bool(values) and ".svc." not in values[0])

    budget = Budget(limit, 100.0, lambda: 0.0)
    return Session(endpoints, None, budget, send).probe(target(*(verdicts or ("relayable",)))), sent


def codes(outcome: Outcome) -> list[str]:
    return [found.code for found in findings([outcome])]


def relaying(status: int) -> Behaviour:
    return lambda _endpoint, forged: Answer(status, "" if status else "cut") if forged else FINE


@pytest.mark.parametrize("status", [502, 503, 504, 0])
@pytest.mark.parametrize(
    ("verdict", "code"), [("relayable", "L5D251"), ("safe_by_header", "L5D250"), ("safe_full", "L5D250"), ("not_meshed", "L5D250")]
)
def test_a_failure_with_the_forged_header_only_shows_that_it_arrived(status: int, verdict: str, code: str) -> None:
    outcome, _sent = probe(relaying(status), verdict)
    assert outcome.judgement.word == judging.REACHED
    assert codes(outcome) == [code]
    assert findings([outcome])[0].severity is Severity.CRITICAL
    held = {seen.variant for seen in outcome.seen if seen.judgement.word != judging.REACHED}
    assert held == {"twice_forged_last"}  # the first of two values counts


def test_a_failure_is_confirmed_once_for_each_protocol() -> None:
    _outcome, sent = probe(relaying(502), endpoints=[HTTP, H2C])
    counts = [sum(endpoint is one for endpoint, _lines in sent) for one in (HTTP, H2C)]
    assert counts == [1 + len(ALL) + 2, 1 + sum(not variant.http1_only for variant in ALL) + 2]


def test_a_failure_that_does_not_come_again_shows_nothing() -> None:
    failing = iter([502])
    outcome, _sent = probe(lambda _endpoint, forged: Answer(next(failing, 200)) if forged else FINE)
    assert outcome.judgement.word == judging.DIFFERS
    assert codes(outcome) == ["L5D252"]


def test_a_backend_that_dies_meanwhile_shows_nothing() -> None:
    alive = iter([FINE])
    outcome, _sent = probe(lambda _endpoint, _forged: next(alive, Answer(502)))
    assert outcome.judgement.word == judging.DIFFERS


@pytest.mark.parametrize(
    ("verdict", "status", "word", "found"),
    [
        ("safe_by_header", 200, judging.HELD, []),
        ("safe_by_strip_full", 204, judging.HELD, []),
        ("relayable", 200, judging.HELD, ["L5D252"]),
        ("safe_by_header", 401, judging.UNPROVEN, ["L5D252"]),
        ("safe_by_header", 302, judging.UNPROVEN, ["L5D252"]),
        ("safe_full", 200, judging.UNPROVEN, []),
        ("not_meshed", 200, judging.UNPROVEN, []),
        ("safe_full", 404, judging.UNPROVEN, []),
    ],
)
def test_an_equal_answer_is_worth_what_the_verdict_lets_it(verdict: str, status: int, word: str, found: list[str]) -> None:
    outcome, _sent = probe(lambda _endpoint, _forged: Answer(status), verdict)
    assert outcome.judgement.word == word
    assert codes(outcome) == found


def test_backends_of_which_only_one_is_behind_a_reading_proxy_prove_nothing() -> None:
    outcome, _sent = probe(lambda _endpoint, _forged: FINE, "safe_by_header", "bypasses_mesh")
    assert outcome.judgement.word == judging.UNPROVEN


def test_another_answer_that_is_no_failure_proves_nothing() -> None:
    outcome, _sent = probe(lambda _endpoint, forged: Answer(403) if forged else FINE, "safe_full")
    assert outcome.judgement.word == judging.DIFFERS
    assert codes(outcome) == ["L5D252"]


@pytest.mark.parametrize("answer", [Answer(502), GONE, Answer(0, "no answer", refused=True)])
def test_without_an_answer_to_compare_with_nothing_is_forged(answer: Answer) -> None:
    outcome, sent = probe(lambda _endpoint, _forged: answer)
    assert [lines for _endpoint, lines in sent] == [[]]
    assert outcome.judgement.word == judging.UNREACHABLE
    assert str(answer) in outcome.judgement.reason
    assert codes(outcome) == ["L5D253"]


def test_all_variants_are_sent_after_a_request_without_any() -> None:
    _outcome, sent = probe(lambda _endpoint, _forged: FINE)
    assert [lines for _endpoint, lines in sent] == [[], *(variant.headers("web.app.svc.cluster.local:80") for variant in ALL)]


@pytest.mark.parametrize("status", [301, 308, 404])
def test_what_the_controller_answers_itself_is_tried_once(status: int) -> None:
    outcome, sent = probe(lambda endpoint, _forged: Answer(status) if endpoint is HTTP else FINE, endpoints=[HTTP, H2C, HTTPS])
    assert [len([1 for endpoint, _lines in sent if endpoint is one]) for one in (HTTP, H2C, HTTPS)] == [2, 6, 8]
    assert {seen.protocol for seen in outcome.seen} == {"http", "h2c", "https"}


def test_a_404_in_http2_is_not_tried_again() -> None:
    _outcome, sent = probe(lambda _endpoint, _forged: Answer(404), endpoints=[HTTP, H2C])
    assert [endpoint for endpoint, _lines in sent] == [HTTP, HTTP, H2C]


def test_one_bad_protocol_is_enough() -> None:
    def behaviour(endpoint: Endpoint, forged: bool) -> Answer:
        return Answer(502) if forged and endpoint.http2 else FINE

    outcome, _sent = probe(behaviour, "safe_by_strip_full", endpoints=[HTTP, H2C])
    assert codes(outcome) == ["L5D250"]
    assert "plain (h2c)" in findings([outcome])[0].reason


def test_a_port_that_nobody_listens_on_is_asked_once() -> None:
    asked = []

    def send(endpoint: Endpoint, _way: Way, _lines: Lines) -> Answer:
        asked.append(endpoint)
        return Answer(0, "refused", refused=True)

    session = Session([HTTP, H2C], None, Budget(100, 1.0, lambda: 0.0), send)
    outcomes = [session.probe(target("safe_full")) for _turn in range(3)]
    assert asked == [HTTP]
    assert [code for outcome in outcomes for code in codes(outcome)] == ["L5D253"] * 3


@pytest.mark.parametrize("limit", range(1, 8))
def test_the_limit_ends_it_and_that_is_said(limit: int) -> None:
    outcome, sent = probe(lambda _endpoint, _forged: FINE, limit=limit)
    assert len(sent) == limit
    assert not outcome.complete
    assert codes(outcome) == ["L5D254"]
    assert outcome.to_dict()["complete"] is False


def test_a_relay_found_before_the_limit_is_what_is_said() -> None:
    outcome, _sent = probe(relaying(502), limit=5)
    assert codes(outcome) == ["L5D251"]


def test_time_ends_it_too() -> None:
    now = iter([0.0, 5.0, 11.0])
    budget = Budget(100, 10.0, lambda: next(now))
    outcome = Session([HTTP], None, budget, lambda *_args: FINE).probe(target("safe_full"))
    assert len(outcome.seen) == 1
    assert not outcome.complete


def test_a_rule_without_a_request_is_left_out_and_said() -> None:
    outcome = Session([HTTP], None, Budget(100, 1.0, lambda: 0.0), lambda *_args: FINE).probe(target("safe_full", way=None))
    assert codes(outcome) == ["L5D254"]
    shown = outcome.to_dict()
    assert (shown["request"], shown["reason"], shown["results"]) == ("", "a pattern", [])


def test_what_is_shown() -> None:
    outcome, _sent = probe(relaying(502))
    shown = outcome.to_dict()
    assert shown["request"] == "GET a.test/"
    assert shown["results"][0] == {
        "protocol": "http",
        "variant": "plain",
        "unforged_status": 200,
        "status": 502,
        "judgement": "reached",
        "reason": "502 with the forged header, 200 without: it reached the proxy",
    }
