# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role linkerd_identity with the real cert-manager and trust-manager."""

from __future__ import annotations

import base64
import datetime as dt
import typing as t
from pathlib import Path

import pytest
from cryptography import x509

from ansible_collections.pimesh.linkerd.plugins.module_utils.rotation.steps import reissued
from sandbox.cluster import Sandbox
from tests.integration.accounts import Account, documented
from tests.integration.identity_lab import IdentityLab
from tests.integration.ingress_lab import Ref
from tests.unit import pki

CERTIFICATES = "cert-manager.io/v1"
ISSUER = {"apiVersion": CERTIFICATES, "kind": "ClusterIssuer"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[IdentityLab]:
    with Sandbox("identity", empty=True, without=["homelab", "k3s", "injector"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = IdentityLab(sandbox, tmp_path_factory.mktemp("home"))
        lab.install_managers()
        yield lab


def certificates(secret: dict[str, t.Any], key: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(base64.b64decode(secret["data"][key]))


def renew_the_authority(lab: IdentityLab) -> None:
    """Old certificates fit the renewed authority, so it does not matter who learns of it first."""
    before = lab.secret("linkerd-viz", "linkerd-webhook-ca")
    live = lab.get(CERTIFICATES, "Certificate", "linkerd-viz", "linkerd-webhook-ca")
    asked = reissued(live, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    version = live["metadata"]["resourceVersion"]
    lab.admin.patch(Ref.of(live), asked, resource_version=version, subresource="status")
    lab.until(lambda: lab.secret("linkerd-viz", "linkerd-webhook-ca")["data"]["tls.crt"] != before["data"]["tls.crt"], "renewed")
    (renewed,) = certificates(lab.secret("linkerd-viz", "linkerd-webhook-ca"), "tls.crt")
    (leaf,) = certificates(lab.secret("linkerd-viz", "tap-k8s-tls"), "tls.crt")
    leaf.verify_directly_issued_by(renewed)


def test_the_documented_rights_are_enough_to_judge(lab: IdentityLab, tmp_path: Path) -> None:
    account = Account(lab, tmp_path)
    account.may(documented("pimesh-linkerd-identity-info"))
    judged = lab.run("l5d_identity_info", source="own", **account.options)
    account.gone()
    assert not judged.get("failed"), judged["msg"]
    assert judged["cert_manager"]["cainjector"]["installed"]


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

    renew_the_authority(lab)
    gone = lab.role(tasks="webhooks", state="absent", **variables)
    assert gone.code == 0, gone.messages
    assert lab.names(CERTIFICATES, "Certificate", "linkerd-viz") | lab.names("v1", "Secret", "linkerd-viz") == set()


ROOT = pki.authority("root.linkerd.cluster.local", days=3650)
SIGNING = pki.issued("identity.linkerd.cluster.local", ROOT, days=365)
WITH_KEY = {"anchor_source": "files", "anchor_certificate": ROOT.text, "anchor_key": ROOT.key_text()}
WITH_ISSUER = {
    "anchor_source": "files",
    "anchor_certificate": ROOT.text,
    "issuer_certificate": SIGNING.text,
    "issuer_key": SIGNING.key_text(),
}
WEBHOOKS = ("linkerd-policy-validator", "linkerd-proxy-injector", "linkerd-sp-validator")
TRUST_ROOTS = Ref("v1", "ConfigMap", "linkerd-identity-trust-roots", "linkerd")


def trusted(lab: IdentityLab) -> list[x509.Certificate]:
    bundle = lab.get("v1", "ConfigMap", "linkerd", "linkerd-identity-trust-roots")["data"]["ca-bundle.crt"]
    return x509.load_pem_x509_certificates(bundle.encode())


def set_up(lab: IdentityLab, **variables: t.Any) -> x509.Certificate:
    """The role until it has nothing left to do; the identity issuer that is there then."""
    first = lab.role("-vvv", "--diff", **variables)
    assert first.code == 0, first.messages
    assert first.changed > 0
    again = lab.role(**variables)
    assert (again.code, again.changed) == (0, 0), again.messages
    for identity in (ROOT, SIGNING):
        line = identity.key_text().splitlines()[2]
        assert line not in first.text + str(first.report)
    (issuer, *_rest) = certificates(lab.secret("linkerd", "linkerd-identity-issuer"), "tls.crt")
    return issuer


def take_away(lab: IdentityLab, **variables: t.Any) -> None:
    gone = lab.role(state="absent", **variables)
    assert gone.code == 0, gone.messages
    assert "linkerd" not in lab.names("v1", "Namespace")
    left = lab.names(CERTIFICATES, "Certificate") | lab.names(CERTIFICATES, "ClusterIssuer") | lab.names("v1", "Secret", "cert-manager")
    assert not {name for name in left if name.startswith("linkerd")}


def test_an_anchor_of_its_own(lab: IdentityLab) -> None:
    checked = lab.role("--check", "--diff")
    assert checked.code == 0, checked.messages
    assert "linkerd" not in lab.names("v1", "Namespace")
    issuer = set_up(lab)
    assert len(checked.steps()) == 12
    (anchor,) = trusted(lab)
    issuer.verify_directly_issued_by(anchor)
    take_away(lab)


def mesh_of_theirs() -> list[dict[str, t.Any]]:
    """What somebody's Linkerd stands on, and how it is found."""
    place = {"namespace": "linkerd"}
    texts = {"tls.crt": SIGNING.text, "tls.key": SIGNING.key_text()}
    values = "linkerdVersion: edge-26.6.3\nidentity: {issuer: {scheme: kubernetes.io/tls}}\n"
    issuer = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "linkerd-identity-issuer", **place}, "stringData": texts}
    roots = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": TRUST_ROOTS.name, **place}, "data": {"ca-bundle.crt": ROOT.text}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "linkerd-config", **place}, "data": {"values": values}}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "linkerd"}}, issuer, roots, config]


def test_what_a_mesh_has_already_stays(lab: IdentityLab) -> None:
    refused = lab.run("l5d_identity_info", source="existing")
    assert "no mesh with a trust anchor and an identity issuer" in refused["msg"]
    theirs = [lab.admin.create(obj) for obj in mesh_of_theirs()]
    space, *kept, config = [Ref.of(obj) for obj in theirs]
    assert set_up(lab, anchor_source="existing") == SIGNING.certificate
    assert trusted(lab) == [ROOT.certificate]
    assert lab.names(CERTIFICATES, "Certificate", "linkerd") == {"linkerd-webhook-ca", *WEBHOOKS}
    assert not lab.names(CERTIFICATES, "ClusterIssuer") | lab.names("trust.cert-manager.io/v1alpha1", "Bundle")
    lab.admin.delete(config)
    gone = lab.role(state="absent", anchor_source="existing")
    assert gone.code == 0, gone.messages
    assert not lab.names(CERTIFICATES, "Certificate", "linkerd")
    for ref, before in zip(kept, theirs[1:], strict=False):
        live = lab.get(ref.api_version, ref.kind, ref.namespace, ref.name)
        assert live["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    lab.admin.delete(space)
    lab.until(lambda: "linkerd" not in lab.names("v1", "Namespace"), "their namespace is gone")


@pytest.mark.slow
def test_an_issuer_that_is_there_already(lab: IdentityLab) -> None:
    """The way of a cluster that has an authority for everything."""
    lab.admin.apply(ca("root-secret"))
    lab.admin.apply({**ISSUER, "metadata": {"name": "ca-issuer"}, "spec": {"ca": {"secretName": "root-secret"}}})
    lab.until(lambda: bool((lab.get(CERTIFICATES, "ClusterIssuer", "", "ca-issuer").get("status") or {}).get("conditions")), "ready")
    issuer = set_up(lab, anchor_source="issuer", anchor_issuer={"name": "ca-issuer"})
    assert trusted(lab) == [ROOT.certificate]
    issuer.verify_directly_issued_by(ROOT.certificate)
    take_away(lab, anchor_source="issuer", anchor_issuer={"name": "ca-issuer"})
    assert "root-secret" in lab.names("v1", "Secret", "cert-manager")


@pytest.mark.slow
def test_files_with_the_anchors_key(lab: IdentityLab) -> None:
    issuer = set_up(lab, **WITH_KEY)
    assert trusted(lab) == [ROOT.certificate]
    issuer.verify_directly_issued_by(ROOT.certificate)
    take_away(lab, **WITH_KEY)


@pytest.mark.slow
def test_files_with_an_issuer_written_without_trust_manager(lab: IdentityLab) -> None:
    previous = pki.authority("previous")
    label = {"pimesh.linkerd/trust-anchor": "previous"}
    lab.admin.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "previous", "namespace": "cert-manager", "labels": label},
            "data": {"ca-bundle.crt": previous.text},
        }
    )
    assert set_up(lab, distribution="direct", **WITH_ISSUER) == SIGNING.certificate
    assert trusted(lab) == [ROOT.certificate, previous.certificate]
    assert not lab.names("trust.cert-manager.io/v1alpha1", "Bundle")
    lab.admin.delete(Ref("v1", "ConfigMap", "previous", "cert-manager"))
    take_away(lab, distribution="direct", **WITH_ISSUER)


def pem(**validity: t.Any) -> tuple[str, str]:
    """Certificate and key of an anchor."""
    made = pki.authority("root.linkerd.cluster.local", **validity)
    return made.text, made.key_text()


def ca(name: str) -> dict[str, t.Any]:
    data = {"tls.crt": ROOT.text, "tls.key": ROOT.key_text()}
    meta = {"name": name, "namespace": "cert-manager"}
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "stringData": data}


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "another key": ({**WITH_KEY, "anchor_key": SIGNING.key_text()}, "anchor_key: is not the key of"),
    "an encrypted key": ({**WITH_KEY, "anchor_key": ROOT.key_text("secret")}, "anchor_key: is encrypted"),
    "an expired anchor": ({**WITH_KEY, **dict(zip(("anchor_certificate", "anchor_key"), pem(days=0.5), strict=True))}, "L5D403"),
    "an issuer of somebody else": ({**WITH_ISSUER, "anchor_certificate": pki.authority("other").text}, "L5D401"),
    "another trust domain": ({**WITH_ISSUER, "trust_domain": "pi.local"}, "L5D417"),
    "lifetimes that cannot be": ({"issuer_duration": "24h", "issuer_renew_before": "25h"}, "L5D405"),
    "no such issuer": ({"anchor_source": "issuer", "anchor_issuer": {"name": "corp"}}, "ClusterIssuer corp: does not exist"),
    "another trust namespace": ({"trust_namespace": "kube-public"}, "L5D418"),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_one_clear_error_and_changes_nothing(lab: IdentityLab, mistake: str) -> None:
    variables, words = BAD[mistake]
    since = len(lab.sandbox.audit())
    refused = lab.role("-vvv", **variables)
    assert refused.code != 0
    assert words in refused.messages
    assert lab.writes(since) == []
    for text in variables.values():
        if "PRIVATE KEY" in str(text):
            assert str(text).splitlines()[2] not in refused.text + str(refused.report)
