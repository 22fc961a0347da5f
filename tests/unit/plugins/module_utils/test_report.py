# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of the report: what they say, that text stays text, and that they ask for nothing."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import random
import re
import typing as t
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.report import headline, page, section_workloads
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.audit import Audit
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.document import data, to_json
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.html import VOID
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.index import index
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.reading import read
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.redact import REMOVED
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.script import SCRIPT
from ansible_collections.pimesh.linkerd.plugins.module_utils.report.style import STYLE
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts import lag
from ansible_collections.pimesh.linkerd.plugins.module_utils.rollouts.plan import CODES
from tests.unit.plugins.module_utils import report_samples as samples
from tests.unit.plugins.module_utils.report_samples import AT, HOSTILE, Object

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=60) | st.sampled_from(
    [
        HOSTILE,
        "</script>",
        "</style><script>",
        "<!--",
        "]]>",
        '" onload="x',
        "' x='",
        "\x00<b>",
        "\ud800",
        "&lt;",
        "{{ 7*7 }}",
        "javascript:x",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIHunter2\n-----END EC PRIVATE KEY-----"
TOKEN = "eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJlcm5ldGVz.c2lnbmF0dXJl"
SECRETS = [KEY, KEY[:-20], TOKEN, "https://admin:hunter2@grafana.example/", "Authorization: Bearer hunter2hunter2", "?token=hunter2"]


class Elements(HTMLParser):
    """Every element with the names of its attributes, and the text between them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.values_of: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _value in attrs)))
        self.values_of += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def audit(results: Object, name: str = "pi") -> Audit:
    return read(name, results)


def rendered(results: Object, name: str = "pi", at: dt.datetime = AT) -> str:
    return page.report(audit(results, name), at)


def scenario(name: str) -> Object:
    made: Object = getattr(samples, name)()
    return made


def replaced(value: t.Any, old: str, new: str) -> t.Any:
    if isinstance(value, dict):
        return {replaced(key, old, new): replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, old, new) for item in value]
    return new if value == old else value


@given(word=TEXTS)
def test_text_from_the_cluster_never_becomes_markup(word: str) -> None:
    """Whatever names, reasons and annotations hold, the page has the elements and attributes that it has for plain words."""
    plain, odd = (Elements(rendered(replaced(samples.hostile(), HOSTILE, text), text)) for text in ("plain", word))
    assert odd.found == plain.found
    assert odd.open == []
    assert len([text for text in odd.texts if text.strip() == SCRIPT.strip()]) == 1


@given(word=TEXTS)
def test_the_index_keeps_text_as_text(word: str) -> None:
    pages = [
        Elements(index([(audit(samples.healthy(), text), "a.html"), (audit(samples.healthy(), "z"), "b.html")], AT)) for text in ("a", word)
    ]
    assert sorted(pages[0].found) == sorted(pages[1].found)


@given(value=JSON, key=st.sampled_from(["mesh_info", "ingress_mesh", "header_policy", "rollout", "trust_anchor", "else"]))
def test_odd_results_break_nothing(value: t.Any, key: str) -> None:
    for results in (
        {key: value},
        {key: {**samples.troubled().get(key, {}), "findings": value, "certificates": {"x": value}, "verdicts": [value]}},
    ):
        found = audit(results)
        assert page.report(found, AT)
        assert json.loads(to_json(data(found, AT)))


@pytest.mark.parametrize("missing", ["kubernetes", "nodes", "certificates", "controller", "findings", "verdicts", "ingress_mode_pods"])
def test_a_key_that_is_missing_breaks_nothing(missing: str) -> None:
    results = {name: {key: value for key, value in run.items() if key != missing} for name, run in samples.troubled().items()}
    assert "pi" in rendered(results)


def shuffled(value: t.Any, dice: random.Random) -> t.Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key], dice) for key in dice.sample(list(value), len(value))}
    return [shuffled(item, dice) for item in dice.sample(value, len(value))] if isinstance(value, list) else value


@given(dice=st.randoms(use_true_random=True))
def test_the_same_facts_give_the_same_bytes_in_whatever_order(dice: random.Random) -> None:
    one, other = samples.troubled(), shuffled(samples.troubled(), dice)
    assert rendered(one) == rendered(other)
    assert to_json(data(audit(one), AT)) == to_json(data(audit(other), AT))


@pytest.mark.parametrize("results", ["healthy", "troubled", "crowded"])
def test_a_later_audit_of_the_same_differs_in_its_time_alone(results: str) -> None:
    made = scenario(results) if results != "crowded" else samples.crowded(50)
    later = AT + dt.timedelta(minutes=7)
    before, after = rendered(made).splitlines(), rendered(made, at=later).splitlines()
    differing = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert len(differing) == 1
    assert 'id="at"' in differing[0][0]
    documents = [data(audit(made), at) for at in (AT, later)]
    assert [document.pop("generated_at") for document in documents] == ["2026-11-21T18:20:05Z", "2026-11-21T18:27:05Z"]
    assert documents[0] == documents[1]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_go_wherever_they_stand(secret: str) -> None:
    results = replaced(samples.hostile(), HOSTILE, secret)
    found = audit(results, secret)
    written = page.report(found, AT) + to_json(data(found, AT)) + index([(found, "a"), (found, "b")], AT)
    assert REMOVED in written
    for word in ("hunter2", "MHcCAQEEIHunter2", TOKEN):
        assert word not in written


def test_nothing_but_what_the_report_shows_is_taken() -> None:
    results = samples.healthy()
    results["mesh_info"] |= {"invocation": {"module_args": {"api_key": "hunter2"}}, "surprise": "hunter2"}
    results["header_policy"]["verdicts"][0]["surprise"] = "hunter2"
    assert "hunter2" not in rendered(results) + to_json(data(audit(results), AT))


def test_a_page_asks_for_nothing_and_runs_nothing_but_its_own() -> None:
    seen = Elements(rendered(samples.troubled()))
    policy = next(value for name, value in seen.values_of if name == "content" and "default-src" in value)
    for source, kind in ((STYLE, "style"), (SCRIPT, "script")):
        assert f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    links = [value for name, value in seen.values_of if name in ("href", "src", "action", "data", "poster", "srcset")]
    assert links
    assert all(link.startswith(("#", "data:image/svg+xml,")) for link in links)
    assert not {"style", "onclick", "onload"} & {name for name, _value in seen.values_of}
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|innerHTML|eval\(", STYLE + SCRIPT)


def test_a_finding_leads_to_the_guide_where_one_is_served() -> None:
    without = rendered(samples.healthy())
    page_with = page.report(audit(samples.healthy()), AT, "https://docs.example/pimesh/")
    link = "https://docs.example/pimesh/docsite/findings.html#ansible-collections-pimesh-linkerd-docsite-findings-l5d317"
    assert link in page_with
    assert "<code>L5D317</code>" in without


def spoken(results: Object, at: dt.datetime = AT) -> tuple[str, str, str]:
    said = headline.of(audit(results), at)
    return said.state.value, said.safety, said.action


def with_issuer(*days: float | None) -> Object:
    since, until, renewal = (*days, None)[:3]
    results = samples.healthy()
    results["mesh_info"]["certificates"]["issuer"] = samples.certificate("CN=issuer", since or 0, until or 0, renewal)
    return results


def test_the_headline_of_a_safe_mesh() -> None:
    assert spoken(samples.healthy()) == (
        "safe",
        "No client can choose the backend of any of 4 routes.",
        "Nothing has to be done before 2 May 2036, when the trust anchor ends.",
    )


def test_the_headline_names_the_first_certificate_that_nobody_renews() -> None:
    state, _safety, action = spoken(with_issuer(-10, 60))
    assert (state, action) == ("safe", "Nothing has to be done before 20 Jan 2027, when the identity issuer ends.")


def test_the_headline_of_warnings_does_not_say_that_nothing_has_to_be_done() -> None:
    results = samples.healthy()
    results["header_policy"]["findings"] = [samples.finding("L5D304", "traefik")]
    assert spoken(results)[2] == "The report says what to look at. Certificates are good until 2 May 2036, when the trust anchor ends."


def test_a_deadline_within_a_month_wants_attention() -> None:
    assert spoken(with_issuer(-10, 20))[::2] == ("attention", "Act before 11 Dec 2026, when the identity issuer ends.")


def test_the_headline_of_what_is_over_or_due() -> None:
    assert spoken(with_issuer(-10, -1))[::2] == ("unsafe", "Act now: identity issuer expired.")
    assert spoken(with_issuer(-10, 20, -1))[0] == "attention"
    assert spoken(samples.healthy(), AT + dt.timedelta(days=4000))[0] == "unsafe"


def test_the_headline_of_unsafe_routes() -> None:
    results = samples.healthy()
    results["header_policy"] = samples.policy([samples.verdict("a", "relayable"), samples.verdict("b")])
    assert spoken(results) == ("unsafe", "1 of 2 backends can be misused by a client.", "Act now; the findings say how.")


def test_the_headline_of_an_unmeshed_controller() -> None:
    results = samples.healthy()
    results["header_policy"] = samples.policy([samples.verdict("a", "not_meshed")], [samples.finding("L5D301", "traefik")], "none")
    state, safety, _action = spoken(results)
    assert state == "attention"
    assert "nothing is encrypted" in safety
    results["header_policy"]["controller"] = {}
    assert "nothing is encrypted" not in spoken(results)[1]


def test_what_failed_is_said_once_for_each_reason_and_counts_as_attention() -> None:
    failure = {"subject": "pods", "reason": "may not be listed", "remedy": "Grant it.", "code": "forbidden"}
    failed = {"failed": False, "msg": "pods: may not be listed. Grant it.", "failure": failure}
    results = {**samples.healthy(), "rollout": failed, "ingress_mesh": {"results": [failed]}}
    found = audit(results)
    assert [tuple(one) for one in found.unread] == [("the ingress controller and the proxies", "pods: may not be listed", "Grant it.")]
    assert spoken(results)[0] == "attention"
    assert "Not read (1)" in rendered(results)


def test_a_module_that_broke_down_counts_as_not_read() -> None:
    found = audit({"mesh_info": {"changed": False, "msg": "MODULE FAILURE: No module named x"}})
    assert not found.read
    assert found.unread[0].reason == "MODULE FAILURE: No module named x"
    assert spoken({"mesh_info": {}})[0] == "unknown"


def test_an_api_that_cannot_be_reached_is_said_once_and_nothing_else_is_claimed() -> None:
    failed = {name: {"failure": {"code": "unreachable", "reason": f"get {name}: refused", "remedy": "Look."}} for name in samples.healthy()}
    found = audit(failed)
    assert [one.what for one in found.unread] == ["the cluster"]
    text = rendered(failed)
    assert [word for word in ("not installed", "No proxy", "No route", "No certificate", "None.") if word in text] == []


def test_what_was_not_looked_at_is_not_called_fine() -> None:
    results = samples.healthy()
    del results["rollout"], results["mesh_info"]
    text = rendered(results)
    assert "The proxies were not looked at." in text
    assert "<dt>Linkerd</dt><dd>not looked at</dd>" in text.replace("\n", "")
    assert spoken(results)[2] == "No certificate was read."


def test_workloads_without_a_proxy_are_told_by_their_reason() -> None:
    text = rendered(samples.troubled())
    assert "41 of 57 pods have a proxy." in text
    assert "neither the namespace nor the pod asks for it (12 workloads)" in text
    assert "Deployment home/app-11, 1 pod" in text
    assert "And 3 more workloads" in text


def test_the_rollout_knows_better_what_lags() -> None:
    results = samples.troubled()
    assert "edge-25.9.4, the control plane is edge-26.6.3" in rendered(results)
    assert "what the rollout says better" not in rendered(results)
    results["rollout"] = {"failed": True, "msg": "no right to ask"}
    assert "what the rollout says better" in rendered(results)


def test_every_reason_to_lag_has_words() -> None:
    assert section_workloads.REASONS.keys() == CODES.keys() == {*lag.REASONS, lag.AGE}


def test_an_extension_that_is_not_ready_wants_attention() -> None:
    results = samples.healthy()
    results["mesh_info"]["extensions"] = samples.troubled()["mesh_info"]["extensions"]
    assert spoken(results)[0] == "attention"
    assert "collector: 0 of 1" in rendered(results)


def test_a_rotation_that_is_under_way_is_told() -> None:
    results = samples.healthy() | {"trust_anchor": samples.troubled()["trust_anchor"]}
    assert spoken(results)[::2] == ("attention", "The trust anchor is being rotated: go on with pimesh.linkerd.rotate_trust_anchor.")
    assert "It waits for trust-manager to write the bundle." in rendered(results)
    results["trust_anchor"]["under_way"] = False
    assert spoken(results)[0] == "safe"


def test_both_audits_of_the_same_routes_are_shown_once() -> None:
    results = samples.troubled()
    results["ingress_mesh"] = {"results": [results["header_policy"]]}
    assert audit(results).routes == audit(samples.troubled()).routes
    assert audit(results).findings == audit(samples.troubled()).findings


@given(since=st.floats(-4000, -0.01), life=st.floats(0.1, 8000), part=st.floats(0, 1))
def test_a_bar_is_in_proportion(since: float, life: float, part: float) -> None:
    found = rendered(with_issuer(since, since + life, since + life * part))
    windows = re.findall(r'<rect class="window" x="(\d+)" y="0" width="(\d+)"', found)
    assert len(windows) == 1
    begin, width = map(int, windows[0])
    assert begin + width == 1000
    assert abs(begin - part * 1000) < 1 + 100 / (life * 86.4)


def test_only_what_nobody_renews_has_a_deadline() -> None:
    results = samples.healthy()
    one = samples.certificate("CN=x", -1, 9, 5)
    deadlines = {}
    for group in ("trust_anchors", "issuer", "webhooks", "previous_anchors"):
        results["mesh_info"]["certificates"] = {group: one}
        deadlines[group] = [certificate.deadline for certificate in audit(results).certificates]
    assert deadlines == {"trust_anchors": [AT + dt.timedelta(days=5)], "issuer": [None], "webhooks": [None], "previous_anchors": [None]}


def test_an_anchor_is_shown_once_with_all_that_is_known_of_it() -> None:
    found = audit(samples.troubled()).certificates
    current, previous = found[0], found[-1]
    assert len(found) == 5
    assert (current.secret, current.renewal) == ("cert-manager/linkerd-trust-anchor", AT + dt.timedelta(days=3600))
    assert (previous.use, previous.renewal) == ("Previous trust anchor", None)


def test_a_previous_anchor_may_end() -> None:
    results = samples.healthy()
    old = samples.certificate("CN=old", -400, -1)
    results["mesh_info"]["certificates"]["trust_anchors"].append(old)
    assert spoken(results)[0] == "unsafe"
    results["mesh_info"]["certificates"]["previous_anchors"] = [old]
    assert spoken(results)[0] == "safe"


def test_the_anchor_that_signs_is_not_a_previous_one_though_a_copy_is_kept() -> None:
    results = samples.healthy()
    current = samples.certificate("CN=root", -10, 90)
    results["mesh_info"]["certificates"] = {"trust_anchors": [current], "previous_anchors": [current], "anchor": current}
    assert [one.use for one in audit(results).certificates] == ["Trust anchor"]


def test_a_renewal_that_is_not_planned_yet_follows_the_rule() -> None:
    results = samples.healthy()
    results["mesh_info"]["certificates"]["issuer"] = samples.certificate("CN=issuer", -10, 20) | {"renewal": {"time": None, "after": 0.5}}
    assert audit(results).certificates[1].renewal == AT + dt.timedelta(days=5)
