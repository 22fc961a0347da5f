# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook audit on a lived-in homelab, beside a cluster that does not answer."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.integration.ingress_lab import Lab
from tests.integration.site_runs import Run, inventory, play

AUDIT = "pimesh.linkerd.audit"


@pytest.fixture
def lab(homelab: Lab) -> t.Iterator[Lab]:
    homelab.done(state="present")
    yield homelab
    homelab.done(state="absent")


def audit(lab: Lab, home: Path, dest: Path, *arguments: str, **others: dict[str, t.Any]) -> Run:
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {name: {**variables, **more} for name, more in {"pi": {"linkerd_kubeconfig": str(lab.kubeconfig)}, **others}.items()}
    return play(home, AUDIT, "-i", inventory(home, hosts), "-e", f"audit_dest={dest}", *arguments)


def test_an_audit_writes_its_report_and_nothing_else_beside_a_cluster_that_says_nothing(lab: Lab, tmp_path: Path) -> None:
    since, reports = len(lab.sandbox.audit()), tmp_path / "reports"
    state = lab.sandbox.state()
    assert state is not None
    (tmp_path / "silent").write_text(lab.kubeconfig.read_text(encoding="utf-8").replace(f":{state.api_port}", ":1"), encoding="utf-8")
    silent = {"linkerd_kubeconfig": str(tmp_path / "silent")}

    first = audit(lab, tmp_path, reports, silent=silent)
    assert first.code != 0
    assert "silent: nothing of it could be read" in first.messages
    assert sorted(path.name for path in reports.iterdir()) == ["index.html", "pi.html", "pi.json", "silent.html", "silent.json"]
    assert json.loads((reports / "silent.json").read_text())["summary"]["state"] == "unknown"
    assert "https://127.0.0.1:1 cannot be reached" in (reports / "silent.html").read_text()

    found = json.loads((reports / "pi.json").read_text())
    verdicts = lab.done(state="audit")["verdicts"]
    assert len(found["routes"]) == len(verdicts) > 10
    assert all(route["safe"] for route in found["routes"])
    assert found["unread"] == []
    assert {one["role"] for one in found["certificates"]} >= {"anchor", "issuer"}
    page = (reports / "pi.html").read_text()
    assert all(verdict["backend"] in page for verdict in verdicts)
    assert "PRIVATE KEY" not in page + json.dumps(found)

    again = audit(lab, tmp_path, reports, "--limit", "pi,localhost", silent=silent)
    assert (again.code, again.changed) == (0, 0), again.messages
    later = (reports / "pi.html").read_text()
    assert [one for one, other in zip(page.splitlines(), later.splitlines(), strict=True) if one != other and 'id="at"' not in one] == []
    assert lab.writes(since) == []
