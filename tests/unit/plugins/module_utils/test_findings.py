# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: stable codes, each of them really found somewhere, none made up on the way."""

from __future__ import annotations

import re

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.findings import RULES, finding
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref, Severity
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.verdicts import CODES
from tools.build_copy import ROOT

PLACES = [
    path for path in (ROOT / "plugins/module_utils").rglob("*.py") if path.name != "findings.py" and path.parent.name != "finding_rules"
]
WEB = Ref("networking.k8s.io/v1", "Ingress", "web", "app")


def test_every_rule_is_used_and_every_code_in_use_is_a_rule() -> None:
    used = {code for path in PLACES for code in re.findall(r'"(L5D\d{3})"', path.read_text(encoding="utf-8"))}
    assert used == set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_a_finding_says_what_where_and_what_to_do(code: str) -> None:
    rule = RULES[code]
    assert re.fullmatch(r"L5D[1-5]\d\d", code)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.remedy.endswith(".")
    found = finding(code, WEB, "app/web:80")
    assert found.to_dict() == {
        "code": code,
        "severity": rule.severity.name.lower(),
        "object": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "namespace": "app", "name": "web"},
        "reason": f"{rule.title}: app/web:80",
        "remedy": rule.remedy,
    }
    assert finding(code, WEB).reason == rule.title


def test_codes_stand_in_their_order() -> None:
    assert list(RULES) == sorted(RULES)


def test_every_unsafe_verdict_has_a_finding_that_is_an_error_at_least() -> None:
    unsafe = {verdict for verdict, (safe, _reason) in VERDICTS.items() if not safe}
    assert unsafe <= set(CODES)
    assert all(RULES[CODES[verdict]].severity >= Severity.ERROR for verdict in unsafe)


def test_severities_are_ordered() -> None:
    assert [severity.name for severity in sorted(Severity)] == ["INFO", "WARNING", "ERROR", "CRITICAL"]
    assert Severity.parse("error") is Severity.ERROR
