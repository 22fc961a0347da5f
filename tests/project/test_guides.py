# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides say what the code says."""

from __future__ import annotations

import re

from ansible_collections.pimesh.linkerd.plugins.module_utils.findings import RULES
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS
from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.plan import STEPS
from tools.build_copy import ROOT

GUIDES = ROOT / "docs/docsite/rst"


def test_every_finding_has_a_section() -> None:
    text = (GUIDES / "findings.rst").read_text(encoding="utf-8")
    sections = re.findall(r"^(L5D\d+): (.*)\n-+\n\nSeverity: (\w+)\.\n(?:.+\n)+\n\*\*What to do:\*\* (.*)$", text, re.MULTILINE)
    assert sections == [(code, rule.title, rule.severity.name.lower(), rule.remedy) for code, rule in RULES.items()]


def test_every_verdict_has_a_row() -> None:
    text = (GUIDES / "verdicts.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - ``(\w+)``\n     - (yes|no)$", text, re.MULTILINE)
    assert dict(rows) == {verdict: "yes" if safe else "no" for verdict, (safe, _) in VERDICTS.items()}


def test_every_step_of_a_rotation_has_a_row_and_every_choice_a_meaning() -> None:
    text = (GUIDES / "rotation.rst").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^   \* - ``(\w+)``$", text, re.MULTILINE)) == STEPS
    playbook = (ROOT / "playbooks/rotate_trust_anchor.yml").read_text(encoding="utf-8")
    known = set(re.findall(r"(rotate_trust_anchor_\w+) \| default", playbook))
    assert set(re.findall(r"rotate_trust_anchor_\w+", text)) == known - {"rotate_trust_anchor_wait_timeout"}
