# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rotation with the real cert-manager and trust-manager: at every moment each proxy verifies what the issuer hands out."""

from __future__ import annotations

import datetime as dt
import subprocess
import typing as t
from pathlib import Path

import pytest
from cryptography import x509

from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.steps import reissued
from sandbox.cluster import Sandbox
from tests.integration import module_runs
from tests.integration.accounts import USER, Account, documented
from tests.integration.ingress_lab import Ref
from tests.integration.rotation_lab import CERTIFICATES, MODULE, RotationLab, Watcher, issued

STEPS = [
    *("keep", "hold", "renew", "restart_control_plane", "restart_data_plane"),
    *("switch", "reissue", "restart_identity", "confirm", "renew_leaves", "retire"),
]
HOME = "cert-manager"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RotationLab]:
    with Sandbox("rotation", empty=True, without=["homelab", "k3s"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = RotationLab(sandbox, tmp_path_factory.mktemp("home"))
        lab.install()
        yield lab


def renew_the_issuer(lab: RotationLab) -> None:
    """As if it were time for it."""
    before = lab.content("Secret", "linkerd", "linkerd-identity-issuer", "tls.crt")
    certificate = lab.get(CERTIFICATES, "Certificate", "linkerd", "linkerd-identity-issuer")
    version = certificate["metadata"]["resourceVersion"]
    wanted = reissued(certificate, dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    lab.admin.patch(Ref.of(certificate), wanted, resource_version=version, subresource="status")
    lab.until(lambda: lab.content("Secret", "linkerd", "linkerd-identity-issuer", "tls.crt") != before, "the issuer is issued anew")


@pytest.fixture
def player(lab: RotationLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    """Somebody who may do what the page on RBAC says, and no more."""
    account = Account(lab, tmp_path)
    account.may(documented("pimesh-linkerd-rotation"))
    monkeypatch.setattr(lab, "account", account.options)
    yield
    account.gone()


@pytest.mark.usefixtures("player")
def test_a_rotation_step_by_step(lab: RotationLab) -> None:
    before = lab.content("Secret", HOME, "linkerd-trust-anchor", "tls.crt")
    quiet = lab.rotate()
    assert (quiet["done"], quiet["changed"], quiet["next"]) == (True, False, "")
    since = len(lab.sandbox.audit())
    asked = lab.rotate(begin=True, check=True, diff=True)
    assert (asked["changed"], asked["next"], asked["to_come"]) == (True, "keep", STEPS)
    assert lab.writes(since, USER) == []
    assert "PRIVATE" not in repr(asked)
    assert [(step["kind"], step["name"]) for step in asked["steps"]] == [
        ("ConfigMap", "linkerd-trust-anchor-previous"),
        ("Secret", "linkerd-trust-anchor-previous"),
        ("Bundle", "linkerd-identity-trust-roots"),
    ]
    with Watcher(lab) as watcher:
        first = lab.rotate(begin=True)
        assert lab.finish(first) == STEPS
    assert watcher.problems == []
    assert watcher.looks > 100
    after = lab.content("Secret", HOME, "linkerd-trust-anchor", "tls.crt")
    assert before != after
    assert lab.content("ConfigMap", "linkerd", "linkerd-identity-trust-roots", "ca-bundle.crt").strip() == after.strip()
    issuer = x509.load_pem_x509_certificate(lab.content("Secret", "linkerd", "linkerd-identity-issuer", "tls.crt"))
    assert issued(issuer, x509.load_pem_x509_certificate(after))
    assert not any("previous" in name for kind in ("Secret", "ConfigMap") for name in lab.names("v1", kind, HOME))

    written = {event.resource for event in lab.writes(since, USER)}
    assert written == {"configmaps", "secrets", "bundles", "clusterissuers", "certificates"}
    audit = lab.rotate(state="audit")
    assert {entry["code"] for entry in audit["findings"]} == {"L5D424"}
    assert lab.rotate()["done"]
    role = lab.role()
    assert (role.code, role.changed) == (0, 0), role.messages


@pytest.mark.slow
def test_killed_anywhere_and_with_renewals_in_the_middle(lab: RotationLab) -> None:
    """A renewal after each restart of linkerd-identity would have it restarted for ever; cert-manager leaves at least minutes between two."""
    asked: list[str] = []
    with Watcher(lab) as watcher:
        result = lab.rotate(begin=True)
        while not result["done"]:
            asked.append(result["next"])
            assert len(asked) < 30, asked
            if result["restart"]:
                lab.restart(result)
            if asked.count("restart_identity") < 2:
                renew_the_issuer(lab)
            for milliseconds in (700, 1000, 1400):
                process = module_runs.start(MODULE, kubeconfig=str(lab.kubeconfig), state="rotated", wait_timeout=60)
                try:
                    process.wait(timeout=milliseconds / 1000)
                except subprocess.TimeoutExpired:
                    process.kill()
                module_runs.finish(process)
            result = lab.rotate()
    assert watcher.problems == []
    assert len(watcher.issuers) > 5
    assert asked.count("restart_identity") == 2, "the first of the two may have missed the renewal"
