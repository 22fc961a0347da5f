# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from kubernetes.client import Configuration

# A busy Pi is slow; how long an example takes says nothing about the code. In CI every run tries the same examples;
# elsewhere each tries new ones, and HYPOTHESIS_EXAMPLES says how many.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def nobodys_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kubernetes client remembers the last one for a whole process, in which a module would be alone."""
    monkeypatch.setattr(Configuration, "_default", None)
