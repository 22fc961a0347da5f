# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster for measuring, and a report at the end of all benchmarks."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.cluster import Sandbox
from tests.benchmarks.report import Report
from tests.integration.ingress_lab import Lab

NOT_NEEDED = ("k3s", "homelab", "cert-manager", "cainjector", "trust-manager")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """Linkerd, and Traefik from its own chart: what k3s' Helm controller takes is not ours to measure."""
    with Sandbox("bench", empty=True, without=NOT_NEEDED, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        lab.install_traefik()
        yield lab


@pytest.fixture(scope="session")
def report() -> t.Iterator[Report]:
    lines = Report()
    yield lines
    print(lines)
