# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role linkerd_control_plane takes over a Linkerd of somebody else's, with real Helm, while somebody watches what the mesh trusts."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from sandbox.cluster import Sandbox
from tests.integration.identity_lab import IdentityLab
from tests.integration.ingress_lab import authority, connect

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.ingress_lab import Object

pytestmark = pytest.mark.slow
ROLE = "pimesh.linkerd.linkerd_control_plane"
ROOTS = Ref("v1", "ConfigMap", "linkerd-identity-trust-roots", "linkerd")
ISSUER = Ref("v1", "Secret", "linkerd-identity-issuer", "linkerd")
WEBHOOKS = ["linkerd-proxy-injector", "linkerd-sp-validator", "linkerd-policy-validator"]
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "linkerd", "labels": {"linkerd.io/is-control-plane": "true", "config.linkerd.io/admission-webhooks": "disabled"}},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityLab]:
    with Sandbox("adoption", empty=True, without=["homelab", "k3s"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = IdentityLab(sandbox, tmp_path_factory.mktemp("home"))
        lab.install_managers()
        lab.admin.apply(NAMESPACE)
        yield lab


def values() -> Object:
    anchor, key = authority()
    return {
        "identityTrustAnchorsPEM": anchor,
        "identity": {"issuer": {"tls": {"crtPEM": anchor, "keyPEM": key}}},
        "disableHeartBeat": True,
        "proxy": {"logLevel": "warn"},
    }


class Watcher:
    """Looks at the bundle and the issuer again and again, as proxies and linkerd-identity depend on them."""

    def __init__(self, lab: IdentityLab) -> None:
        self._cluster = connect(lab.kubeconfig)
        self._over = threading.Event()
        self.looks = 0
        self.missing: list[str] = []
        self.bundles: set[str] = set()
        self.issuers: set[str] = set()

    def __enter__(self) -> t.Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)

    def _look(self) -> None:
        while not self._over.is_set():
            roots, issuer = self._cluster.get(ROOTS), self._cluster.get(ISSUER)
            self.looks += 1
            self.missing += [str(ref) for ref, obj in ((ROOTS, roots), (ISSUER, issuer)) if obj is None]
            self.bundles |= {roots["data"]["ca-bundle.crt"].strip()} if roots else set()
            self.issuers |= {issuer["data"][key] for key in ("crt.pem", "tls.crt") if key in issuer["data"]} if issuer else set()
            time.sleep(0.05)


def releases(lab: IdentityLab) -> set[str]:
    return {obj["metadata"]["labels"]["name"] for obj in lab.all("v1", "Secret", "linkerd", "owner=helm")}


def taken_over(lab: IdentityLab) -> None:
    """The role, watched; then everything is as it was, and Helm renders neither any more."""
    certificates = lab.role(tasks="webhooks", webhooks_namespace="linkerd", webhooks_names=WEBHOOKS)
    assert certificates.code == 0, certificates.messages
    with Watcher(lab) as seen:
        run = lab.role(role=ROLE)
    assert run.code == 0, run.messages
    assert (seen.missing, len(seen.bundles), len(seen.issuers)) == ([], 1, 1)
    assert seen.looks > 20
    issuer = lab.get("v1", "Secret", "linkerd", ISSUER.name)
    assert issuer["data"]["tls.crt"] == issuer["data"]["crt.pem"]
    config = yaml.safe_load(lab.get("v1", "ConfigMap", "linkerd", "linkerd-config")["data"]["values"])
    assert (config["identity"]["externalCA"], config["linkerdVersion"]) == (True, "edge-26.6.3")
    again = lab.role(role=ROLE)
    assert (again.code, again.changed) == (0, 0), again.messages


def test_a_helm_release_of_any_name_is_taken_over_without_losing_its_trust(lab: IdentityLab) -> None:
    install = ("install", "--namespace", "linkerd", "--wait")
    lab.helm(*install, "their-crds", str(lab.charts / "linkerd-crds-2025.10.7"))
    lab.helm(*install, "their-mesh", str(lab.charts / "linkerd-control-plane-2025.10.7"), values=values())
    audit = lab.done("l5d_adoption", state="audit", values={"identity": {"externalCA": True}})
    assert (audit["changed"], audit["method"], audit["chart_version"]) == (False, "helm", "2025.10.7")
    assert audit["releases"]["control_plane"] == {"name": "their-mesh", "namespace": "linkerd"}
    assert "proxy.logLevel" in next(found["reason"] for found in audit["findings"] if found["code"] == "L5D154")

    taken_over(lab)
    assert releases(lab) == {"their-mesh", "their-crds"}
    back = lab.role(role=ROLE, chart_version="2025.10.7")
    assert back.code != 0
    assert "is older than 2.20, which is installed" in back.messages

    lab.helm("uninstall", "--namespace", "linkerd", "--wait", "their-mesh")
    assert lab.admin.get(ROOTS) is not None
    assert lab.admin.get(ISSUER) is not None
