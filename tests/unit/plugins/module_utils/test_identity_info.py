# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_identity_info against the fake API: what is there, and what is to be."""

from __future__ import annotations

import base64
import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.modules import l5d_mesh_info
from tests.integration import module_runs
from tests.unit import pki
from tests.unit.fake_api import FakeApi

Object = dict[str, t.Any]

CERT_MANAGER = "cert-manager.io/v1"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
ROOT = pki.authority("root.linkerd.cluster.local", days=1000)
OTHER = pki.authority("somebody's", days=1000)
SIGNING = pki.issued("identity.linkerd.cluster.local", ROOT, days=60)


def obj(api_version: str, kind: str, namespace: str, name: str, **more: t.Any) -> Object:
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": {**meta, **more.pop("metadata", {})}, **more}


def secret(namespace: str, name: str, **data: str) -> Object:
    encoded = {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return obj("v1", "Secret", namespace, name, data=encoded)


def certificate(namespace: str, name: str, issuer: str = "linkerd-identity-issuer", **spec: t.Any) -> Object:
    wanted = {"secretName": name, "isCA": True, "duration": "1440h0m0s", "renewBefore": "960h0m0s", **spec}
    wanted |= {"issuerRef": {"kind": "ClusterIssuer", "name": issuer}, "privateKey": {"algorithm": "ECDSA"}}
    return obj(CERT_MANAGER, "Certificate", namespace, name, spec=wanted, status={"renewalTime": "2999-01-01T00:00:00Z", **READY})


def deployment(name: str, *args: str, version: str = "v1.21.2") -> Object:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/version": version}
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"name": name, "args": list(args)}]}}}
    return obj("apps/v1", "Deployment", "cert-manager", name, metadata={"labels": labels}, spec=spec)


def ca_issuer(name: str, secret_name: str = "", namespace: str = "", **more: t.Any) -> Object:
    spec = {"ca": {"secretName": secret_name}} if secret_name else {"vault": {}}
    return obj(CERT_MANAGER, "Issuer" if namespace else "ClusterIssuer", namespace, name, spec=spec, **{"status": READY, **more})


def linkerd(api: FakeApi, *anchors: pki.Identity, **values: t.Any) -> None:
    """A control plane that lives on these anchors."""
    text = yaml.safe_dump({"linkerdVersion": "edge-26.6.3", "identity": {"issuer": {"scheme": "kubernetes.io/tls"}}, **values})
    api.put(obj("v1", "ConfigMap", "linkerd", "linkerd-config", data={"values": text}))
    bundle = {"ca-bundle.crt": "".join(anchor.text for anchor in anchors)}
    api.put(obj("v1", "ConfigMap", "linkerd", "linkerd-identity-trust-roots", data=bundle))


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi() as fake:
        kinds = {"Certificate": ("certificates", True), "Issuer": ("issuers", True), "ClusterIssuer": ("clusterissuers", False)}
        fake.kinds[CERT_MANAGER] = kinds
        fake.kinds["trust.cert-manager.io/v1alpha1"] = {"Bundle": ("bundles", False)}
        fake.put(deployment("cert-manager", "--cluster-resource-namespace=$(POD_NAMESPACE)"))
        fake.put(deployment("cainjector"))
        fake.put(deployment("trust-manager", "--trust-namespace=cert-manager", version="v0.24.0"))
        yield fake


@pytest.fixture
def issued(api: FakeApi) -> FakeApi:
    """What the role leaves behind."""
    anchor = secret("cert-manager", "linkerd-trust-anchor", tls_crt=ROOT.text, tls_key=ROOT.key_text())
    anchor["metadata"]["annotations"] = {"cert-manager.io/certificate-name": "linkerd-trust-anchor"}
    api.put(anchor)
    api.put(secret("linkerd", "linkerd-identity-issuer", tls_crt=SIGNING.text, tls_key=SIGNING.key_text(), ca_crt=ROOT.text))
    api.put(certificate("cert-manager", "linkerd-trust-anchor", "self", duration="87600h", renewBefore="2160h"))
    api.put(certificate("linkerd", "linkerd-identity-issuer"))
    api.put(ca_issuer("linkerd-identity-issuer", "linkerd-trust-anchor"))
    return api


def judged(api: FakeApi, **args: t.Any) -> Object:
    result = module_runs.run("l5d_identity_info", host=api.url, api_key="token", **args)
    assert not any(key.splitlines()[2] in repr(result) for key in (ROOT.key_text(), SIGNING.key_text(), OTHER.key_text()))
    return result


def codes(result: Object) -> list[str]:
    assert "findings" in result, result
    return [entry["code"] for entry in result["findings"]]


def test_what_the_role_leaves_behind(issued: FakeApi) -> None:
    linkerd(issued, ROOT)
    result = judged(issued, source="own")
    assert codes(result) == ["L5D411"]
    facts = result["certificates"]
    assert facts["anchor"]["has_key"]
    assert facts["issuer"]["renewal"] == {
        "certificate": {"namespace": "linkerd", "name": "linkerd-identity-issuer"},
        "duration": "1440h0m0s",
        "renew_before": "960h0m0s",
        "time": "2999-01-01T00:00:00Z",
        "after": 0.3333,
        "new_key": True,
    }
    told = yaml.safe_load(l5d_mesh_info.RETURN)["certificates"]["contains"]
    assert set(facts) == set(told)
    for name, entry in (("trust_anchors", facts["trust_anchors"][0]), ("anchor", facts["anchor"]), ("issuer", facts["issuer"])):
        assert set(entry) == set(told[name]["contains"])
    assert result["bundle"] == ROOT.text
    assert result["bundle_source"] == {"secret": {"name": "linkerd-trust-anchor", "key": "tls.crt"}}
    assert not issued.writes()


def test_nothing_there_yet(api: FakeApi) -> None:
    result = judged(api, source="own")
    assert codes(result) == []
    assert (result["bundle"], result["anchor_certificate"]) == ("", "")


def test_a_webhook_is_looked_for_where_the_one_who_calls_it_says(api: FakeApi) -> None:
    tap = "v1alpha1.tap.linkerd.io"
    api.kinds["apiregistration.k8s.io/v1"] = {"APIService": ("apiservices", False)}
    for namespace in ("linkerd-viz", "observability"):
        api.put(secret(namespace, "tap-k8s-tls", tls_crt=pki.issued(f"tap.{namespace}.svc", ROOT, days=60).text))
    spec = {"service": {"namespace": "observability", "name": "tap"}, "caBundle": base64.b64encode(ROOT.text.encode()).decode()}
    api.put(obj("apiregistration.k8s.io/v1", "APIService", "", tap, spec=spec))
    linkerd(api, ROOT)
    (found,) = judged(api, source="own")["certificates"]["webhooks"]
    assert (found["secret"]["namespace"], found["subject"]) == ("observability", "CN=tap.observability.svc")


def test_a_previous_anchor_is_part_of_the_bundle(issued: FakeApi) -> None:
    labels = {"pimesh.linkerd/trust-anchor": "previous"}
    issued.put(obj("v1", "ConfigMap", "cert-manager", "before", metadata={"labels": labels}, data={"ca-bundle.crt": OTHER.text}))
    linkerd(issued, OTHER)
    result = judged(issued, source="own")
    assert result["bundle"] == ROOT.text + OTHER.text
    assert "L5D416" not in codes(result)
    assert [entry["subject"] for entry in result["certificates"]["previous_anchors"]] == ["CN=somebody's"]


def test_another_anchor_in_force_is_not_replaced(api: FakeApi) -> None:
    linkerd(api, OTHER)
    assert codes(judged(api, source="own")) == ["L5D416"]
    refused = judged(api, source="files", anchor_certificate=ROOT.text, anchor_key=ROOT.key_text(), fail_on="critical")
    assert refused["failed"]
    assert "L5D416 ConfigMap linkerd/linkerd-identity-trust-roots" in refused["msg"]
    assert "CN=somebody's" in refused["msg"]


def test_what_a_mesh_has_already_can_stay(api: FakeApi) -> None:
    missing = judged(api, source="existing")
    assert "no mesh with a trust anchor and an identity issuer" in missing["msg"]
    assert codes(judged(api, source="existing", live=False)) == []
    linkerd(api, OTHER, identity={"issuer": {"scheme": "linkerd.io/tls"}})
    theirs = pki.issued("identity.linkerd.cluster.local", OTHER, days=365)
    api.put(secret("linkerd", "linkerd-identity-issuer", crt_pem=theirs.text, key_pem=theirs.key_text()))
    assert codes(judged(api, source="existing")) == []
    api.put(secret("linkerd", "linkerd-identity-issuer", crt_pem=SIGNING.text, key_pem=SIGNING.key_text()))
    assert codes(judged(api, source="existing")) == ["L5D401"]


def test_what_stays_needs_neither_trust_manager_nor_its_absence(api: FakeApi) -> None:
    linkerd(api, ROOT)
    api.put(secret("linkerd", "linkerd-identity-issuer", tls_crt=SIGNING.text, tls_key=SIGNING.key_text()))
    api.put(deployment("trust-manager", "--trust-namespace=trust", version="v0.12.0"))
    api.put(obj("trust.cert-manager.io/v1alpha1", "Bundle", "", "linkerd-identity-trust-roots"))
    for distribution in ("bundle", "direct"):
        result = judged(api, source="existing", distribution=distribution, trust_namespace="cert-manager")
        assert (codes(result), result["bundle_source"]) == ([], {})


def test_an_anchor_that_somebody_brought_is_not_overwritten(issued: FakeApi) -> None:
    linkerd(issued, ROOT)
    issued.put(secret("cert-manager", "linkerd-trust-anchor", tls_crt=ROOT.text, tls_key=ROOT.key_text()))
    assert codes(judged(issued, source="own")) == ["L5D416", "L5D411"]
    assert codes(judged(issued, source="files", anchor_certificate=ROOT.text, anchor_key=ROOT.key_text())) == ["L5D411"]


def test_another_trust_domain_is_refused(api: FakeApi) -> None:
    linkerd(api, ROOT, clusterDomain="pi.local")
    assert codes(judged(api, source="own", trust_domain="pi.local")) == ["L5D416"]
    assert "L5D417" in codes(judged(api, source="own"))


def test_files(api: FakeApi) -> None:
    files = {"anchor_certificate": ROOT.text, "issuer_certificate": SIGNING.text, "issuer_key": SIGNING.key_text()}
    result = judged(api, source="files", **files)
    assert codes(result) == []
    assert result["bundle_source"] == {"configMap": {"name": "linkerd-trust-anchor", "key": "ca-bundle.crt"}}
    assert result["anchor_certificate"] == result["bundle"] == ROOT.text
    assert codes(judged(api, source="files", **{**files, "anchor_certificate": OTHER.text})) == ["L5D401"]
    assert codes(judged(api, source="files", trust_domain="pi.local", **files)) == ["L5D417"]
    signed = judged(api, source="files", anchor_certificate=ROOT.text, anchor_key=ROOT.key_text())
    assert signed["bundle_source"] == {"secret": {"name": "linkerd-trust-anchor", "key": "tls.crt"}}
    wrong = judged(api, source="files", **{**files, "issuer_key": ROOT.key_text()})
    assert wrong["failure"]["code"] == "key_mismatch"
    over = pki.authority("over", begin=pki.NOW - 20 * (pki.NOW - pki.NOW.replace(year=pki.NOW.year - 1)))
    assert codes(judged(api, source="files", anchor_certificate=over.text, anchor_key=over.key_text())) == ["L5D403"]


def test_a_cluster_issuer_is_followed_to_its_secret(api: FakeApi) -> None:
    api.put(ca_issuer("ca-issuer", "root-secret"))
    api.put(secret("cert-manager", "root-secret", tls_crt=ROOT.text, tls_key=ROOT.key_text()))
    result = judged(api, source="issuer", issuer_ref={"name": "ca-issuer"})
    assert codes(result) == []
    assert result["bundle_source"] == {"secret": {"name": "root-secret", "key": "tls.crt"}}
    api.put(ca_issuer("own", "own-ca", "linkerd"))
    api.put(secret("linkerd", "own-ca", tls_crt=ROOT.text))
    in_namespace = judged(api, source="issuer", issuer_ref={"name": "own", "kind": "Issuer"})
    assert in_namespace["bundle_source"] == {"configMap": {"name": "linkerd-trust-anchor", "key": "ca-bundle.crt"}}
    assert in_namespace["anchor_certificate"] == ROOT.text


@pytest.mark.parametrize(
    ("issuer", "words"),
    [
        (None, "ClusterIssuer corp: does not exist"),
        (ca_issuer("corp", "gone"), "Secret cert-manager/gone: holds no certificate"),
        (ca_issuer("corp"), "does not say what it signs with"),
        (ca_issuer("corp", "gone", status={}), "ClusterIssuer corp: is not ready: no condition Ready yet"),
    ],
)
def test_an_issuer_that_yields_no_anchor(api: FakeApi, issuer: Object | None, words: str) -> None:
    if issuer:
        api.put(issuer)
    result = judged(api, source="issuer", issuer_ref={"name": "corp"})
    assert words in result["msg"]
    if issuer and "vault" in issuer["spec"]:
        given = judged(api, source="issuer", issuer_ref={"name": "corp"}, anchor_certificate=ROOT.text)
        assert given["anchor_certificate"] == ROOT.text


def test_two_writers_of_one_config_map(api: FakeApi) -> None:
    api.put(obj("trust.cert-manager.io/v1alpha1", "Bundle", "", "linkerd-identity-trust-roots"))
    assert "--cascade=orphan" in judged(api, source="own", distribution="direct")["msg"]


def test_what_is_to_be_written_is_judged_without_the_cluster(api: FakeApi) -> None:
    wanted = yaml.safe_dump(certificate("linkerd", "linkerd-identity-issuer", duration="48h", renewBefore="48h"))
    api.faults.clear()
    result = judged(api, source="own", live=False, certificates=[wanted], fail_on="critical")
    assert "L5D405 Certificate linkerd/linkerd-identity-issuer" in result["msg"]
    assert api.log == []
    missing = judged(api, source="issuer", live=False, issuer_ref={"name": "corp"})
    assert "anchor_certificate: is missing" in missing["msg"]


def test_a_secret_of_the_older_scheme(issued: FakeApi) -> None:
    linkerd(issued, ROOT)
    issued.put(secret("linkerd", "linkerd-identity-issuer", crt_pem=SIGNING.text, key_pem=SIGNING.key_text()))
    assert codes(judged(issued)) == ["L5D414", "L5D411"]
    linkerd(issued, ROOT, identity={"issuer": {"scheme": "linkerd.io/tls"}})
    assert codes(judged(issued)) == ["L5D411"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (deployment("cert-manager", "--cluster-resource-namespace=kube-system"), "Secrets of ClusterIssuers in namespace kube-system"),
        (deployment("cert-manager"), "Secrets of ClusterIssuers in namespace kube-system"),
        (deployment("cert-manager", "--cluster-resource-namespace", "cert-manager", version="v1.4.4"), "1.5.0 or newer"),
        (deployment("trust-manager", "--trust-namespace=trust", version="v0.24.0"), "reads its sources in namespace trust"),
        (deployment("trust-manager", version="v0.12.0"), "0.13.0 or newer"),
    ],
)
def test_managers_that_do_not_suit(api: FakeApi, change: Object, words: str) -> None:
    api.put(change)
    result = judged(api, trust_namespace="cert-manager")
    (entry,) = result["findings"]
    assert entry["code"] == ("L5D419" if change["metadata"]["name"] == "trust-manager" else "L5D418")
    assert words in entry["reason"]
    if entry["code"] == "L5D419":
        assert codes(judged(api, trust_namespace="cert-manager", distribution="direct")) == []


def test_cert_manager_may_keep_its_authorities_elsewhere_when_it_signs_with_another(api: FakeApi) -> None:
    api.put(deployment("cert-manager", "--cluster-resource-namespace=kube-system"))
    api.put(ca_issuer("ca-issuer", "root-secret"))
    api.put(secret("kube-system", "root-secret", tls_crt=ROOT.text))
    result = judged(api, source="issuer", issuer_ref={"name": "ca-issuer"})
    assert codes(result) == []
    assert result["anchor_certificate"] == ROOT.text


def test_cert_manager_without_its_injector(api: FakeApi) -> None:
    api.objects = {key: value for key, value in api.objects.items() if key.name != "cainjector"}
    (entry,) = judged(api)["findings"]
    assert "without cainjector" in entry["reason"]
