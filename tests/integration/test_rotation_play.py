# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook rotate_trust_anchor: in one go, and what keeps it from going on."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Ref
from tests.integration.rotation_lab import MODULE, RotationLab, Watcher
from tests.integration.site_runs import Run, play

PLAYBOOK = "pimesh.linkerd.rotate_trust_anchor"
BEGIN = ("-e", "rotate_trust_anchor_begin=true")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RotationLab]:
    with Sandbox("rotation-play", empty=True, without=["homelab", "k3s"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = RotationLab(sandbox, tmp_path_factory.mktemp("home"))
        lab.install()
        yield lab


def rotate(lab: RotationLab, *arguments: str) -> Run:
    return play(lab.home, PLAYBOOK, "-i", lab.inventory, *arguments)


def test_in_one_go(lab: RotationLab) -> None:
    checked = rotate(lab, *BEGIN, "--check", "--diff")
    assert (checked.code, checked.changed) == (0, 1), checked.messages
    quiet = rotate(lab)
    assert (quiet.code, quiet.changed) == (0, 0), quiet.messages
    before = lab.content("Secret", "cert-manager", "linkerd-trust-anchor", "tls.crt")
    with Watcher(lab) as watcher:
        done = rotate(lab, *BEGIN, "-e", "rotate_trust_anchor_revoke=true")
    assert done.code == 0, done.messages
    assert watcher.problems == []
    assert before != lab.content("Secret", "cert-manager", "linkerd-trust-anchor", "tls.crt")
    assert lab.done(MODULE, state="audit")["findings"] == []
    again = rotate(lab)
    assert (again.code, again.changed) == (0, 0), again.messages


def test_stopped_by_a_workload_that_never_gets_ready_and_resumed(lab: RotationLab) -> None:
    web = Ref("apps/v1", "Deployment", "web", "shop")
    lab.change(web, {"spec": {"template": {"spec": {"nodeSelector": {"there": "is-none"}}}}})
    with Watcher(lab) as watcher:
        stuck = rotate(lab, *BEGIN, "-e", "rotate_trust_anchor_wait_timeout=40")
        assert stuck.code != 0
        assert "Deployment shop/web" in stuck.messages
        assert lab.done(MODULE, state="audit")["next"] == "restart_data_plane"
        lab.change(web, {"spec": {"template": {"spec": {"nodeSelector": None}}}})
        role = lab.role()
        assert role.code == 0, role.messages
        assert lab.done(MODULE, state="audit")["signing_secret"] == "linkerd-trust-anchor-previous"
        resumed = rotate(lab)
    assert resumed.code == 0, resumed.messages
    assert lab.done(MODULE, state="audit")["done"]
    assert watcher.problems == []
