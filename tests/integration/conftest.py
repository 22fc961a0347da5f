# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters that several files share. Whoever asks for one finds it without anything of ours, and leaves it so."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.cluster import Sandbox
from tests.integration import few_routes
from tests.integration.ingress_lab import Lab

CERTIFICATES = ("cert-manager", "cainjector", "trust-manager")
"""Linkerd's stand-in chart makes its own here."""


@pytest.fixture(scope="session")
def homelab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """Somebody's homelab with Linkerd installed."""
    with Sandbox("homelab", without=CERTIFICATES, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        yield lab


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """k3s with its bundled Traefik, Linkerd and a handful of routes."""
    with Sandbox("few", empty=True, without=CERTIFICATES, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        few_routes.make(lab)
        yield lab
