# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role linkerd_identity with the real cert-manager and trust-manager."""

from __future__ import annotations

import base64
import typing as t

import pytest
from cryptography import x509

from sandbox.cluster import Sandbox
from tests.integration.identity_lab import IdentityLab

CERTIFICATES = "cert-manager.io/v1"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[IdentityLab]:
    with Sandbox("identity", empty=True, without=["homelab", "k3s", "injector"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = IdentityLab(sandbox, tmp_path_factory.mktemp("home"))
        lab.install_managers()
        yield lab


def certificates(secret: dict[str, t.Any], key: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(base64.b64decode(secret["data"][key]))


def test_another_role_has_its_webhooks_certificates_issued_and_taken_away(lab: IdentityLab) -> None:
    lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "linkerd-viz"}})
    variables: dict[str, t.Any] = {"webhooks_namespace": "linkerd-viz", "webhooks_names": ["tap", "tap-injector"]}
    assert lab.role("--check", tasks="webhooks", **variables).changed == 1
    first = lab.role(tasks="webhooks", **variables)
    assert (first.code, first.changed) == (0, 1), first.messages
    for name in ("tap", "tap-injector"):
        issued = lab.secret("linkerd-viz", f"{name}-k8s-tls")
        (leaf,), (authority,) = certificates(issued, "tls.crt"), certificates(issued, "ca.crt")
        leaf.verify_directly_issued_by(authority)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [f"{name}.linkerd-viz.svc"]
    again = lab.role(tasks="webhooks", **variables)
    assert (again.code, again.changed) == (0, 0), again.messages

    gone = lab.role(tasks="webhooks", state="absent", **variables)
    assert gone.code == 0, gone.messages
    assert lab.names(CERTIFICATES, "Certificate", "linkerd-viz") | lab.names("v1", "Secret", "linkerd-viz") == set()
