# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict for each backend of each rule of each route, and the findings that follow from it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Reading, Running
from ..findings import finding
from ..model import Finding, Verdict
from .judge import judge, worst

CODES = {"relayable": "L5D201", "auth_bypassed": "L5D202", "misrouted": "L5D203", "broken": "L5D204", "bypasses_mesh": "L5D212"}


def verdicts(reading: Reading, running: t.Sequence[Running]) -> list[Verdict]:
    """Over several variants of pods, and several ways in, the worst counts."""
    result = []
    for route in reading.routes:
        for rule, backend in route.backends():
            worth = worst([judge(seen) for variant in running for seen in reading.observe(rule, backend, variant)])
            result.append(Verdict(route.ref, rule.name, str(backend), worth.verdict, worth.reason, worth.safe))
    return result


def verdict_findings(found: t.Iterable[Verdict]) -> list[Finding]:
    return [finding(CODES[v.verdict], v.object, f"{v.rule} to {v.backend}: {v.reason}") for v in found if v.verdict in CODES]
