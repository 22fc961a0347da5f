# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning alone, with routes of all kinds: CPU time and memory, and how both grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.benchmarks import crowd, measured
from tests.benchmarks.report import Report

FEW, MANY = 1_000, 10_000
TRIES = 3
"""The best of so many: what a busy machine adds is no property of the code."""


def planned(count: int, strategy: str) -> dict[str, float]:
    """In a process of its own, as a module runs."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(measured.ROOT / ".build"), str(measured.ROOT)))}
    done = subprocess.run(
        [sys.executable, crowd.__file__, str(count), strategy], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("strategy", ["header", "cluster_ip"])
def test_planning(strategy: str, report: Report) -> None:
    pairs = [(planned(FEW, strategy), planned(MANY, strategy)) for _try in range(TRIES)]
    few, many = (min(one, key=lambda answer: answer["seconds"]) for one in zip(*pairs, strict=True))
    assert many["unsafe"] == few["unsafe"] == 0
    routes = f"{MANY} routes of all kinds, {many['verdicts']:.0f} backends"
    report.bound(f"planning, {strategy}: {routes}, CPU", many["seconds"], 1, "s")
    report.bound(f"planning, {strategy}: to {FEW} routes", many["seconds"] / few["seconds"], 11)
    report.bound(f"planning, {strategy}: peak memory", many["megabytes"], 250, "MB")
