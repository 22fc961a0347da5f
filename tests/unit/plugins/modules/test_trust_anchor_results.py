# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_trust_anchor against the fake API: what it refuses, in one clear error, and what it returns."""

from __future__ import annotations

import base64
import copy
import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.modules import l5d_trust_anchor
from tests.integration import module_runs
from tests.unit.fake_api import FakeApi
from tests.unit.pki import authority, issued

Object = dict[str, t.Any]
ALWAYS = {"changed", "diff", "invocation", "warnings"}
KINDS: dict[str, dict[str, tuple[str, bool]]] = {
    "cert-manager.io/v1": {"Certificate": ("certificates", True), "ClusterIssuer": ("clusterissuers", False)},
    "trust.cert-manager.io/v1alpha1": {"Bundle": ("bundles", False)},
}
ROOT = authority("root.linkerd.cluster.local")
ISSUER = issued("identity.linkerd.cluster.local", ROOT)
TIME = "2026-11-21T10:00:00Z"


def made(kind: str, name: str, namespace: str = "", **content: t.Any) -> Object:
    version = next((version for version, kinds in KINDS.items() if kind in kinds), "apps/v1" if kind == "Deployment" else "v1")
    fields: Object = {"f:data": {f"f:{key}": {} for key in content.get("data", {})}}
    meta: Object = {"name": name, "creationTimestamp": TIME, "managedFields": [{"manager": "x", "time": TIME, "fieldsV1": fields}]}
    return {"apiVersion": version, "kind": kind, "metadata": {**meta, **({"namespace": namespace} if namespace else {})}, **content}


def pem(identity: t.Any) -> str:
    return base64.b64encode(identity.pem).decode()


def ready(condition: str) -> Object:
    return {"conditions": [{"type": condition, "status": "True"}]}


OBJECTS = {
    "config": made("ConfigMap", "linkerd-config", "linkerd", data={"values": "linkerdVersion: edge-26.6.3\n"}),
    "roots": made("ConfigMap", "linkerd-identity-trust-roots", "linkerd", data={"ca-bundle.crt": ROOT.pem.decode()}),
    "anchor": made("Certificate", "linkerd-trust-anchor", "cert-manager", spec={}, status=ready("Ready")),
    "anchor_secret": made(
        "Secret", "linkerd-trust-anchor", "cert-manager", type="kubernetes.io/tls", data={"tls.crt": pem(ROOT), "tls.key": "aHVudGVyMg=="}
    ),
    "signer": made("ClusterIssuer", "linkerd-identity-issuer", spec={"ca": {"secretName": "linkerd-trust-anchor"}}, status=ready("Ready")),
    "issuer": made(
        "Certificate",
        "linkerd-identity-issuer",
        "linkerd",
        spec={"issuerRef": {"kind": "ClusterIssuer", "name": "linkerd-identity-issuer"}},
    ),
    "issuer_secret": made("Secret", "linkerd-identity-issuer", "linkerd", data={"tls.crt": pem(ISSUER), "ca.crt": pem(ROOT)}),
    "bundle": made(
        "Bundle", "linkerd-identity-trust-roots", spec={"sources": [{"secret": {"name": "linkerd-trust-anchor"}}]}, status=ready("Synced")
    ),
    "deployment": made(
        "Deployment", "linkerd-identity", "linkerd", spec={"replicas": 1}, status={"updatedReplicas": 1, "availableReplicas": 1}
    ),
}
OBJECTS["deployment"]["metadata"]["labels"] = {"linkerd.io/control-plane-component": "identity"}
OBJECTS["deployment"]["status"]["replicas"] = 1


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi() as fake:
        fake.kinds |= copy.deepcopy(KINDS)
        fake.kinds["v1"]["Event"] = ("events", True)
        for name in ("linkerd", "cert-manager"):
            fake.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        yield fake


def fill(api: FakeApi, *left_out: str, **changed: Object) -> None:
    for name, obj in {**OBJECTS, **changed}.items():
        if name not in left_out:
            api.put(copy.deepcopy(obj))


def run(api: FakeApi, **args: t.Any) -> Object:
    return module_runs.run("l5d_trust_anchor", host=api.url, api_key="token", **{"state": "rotated", "wait_timeout": 1, **args})


def test_it_returns_what_it_documents(api: FakeApi) -> None:
    fill(api)
    returns = yaml.safe_load(l5d_trust_anchor.RETURN)
    audit, quiet = run(api, state="audit"), run(api)
    planned = run(api, begin=True, check=True, diff=True)
    for result in (audit, quiet, planned):
        assert not result.get("failed"), result
        assert set(result) - ALWAYS == set(returns)
    assert (quiet["done"], quiet["changed"], planned["changed"], planned["next"]) == (True, False, True, "keep")
    assert "hunter2" not in repr(planned)
    assert "aHVudGVyMg" not in repr(planned)
    api.objects.clear()
    assert set(run(api, state="audit")) - ALWAYS == set(returns)


@pytest.mark.parametrize(
    ("left_out", "code", "words"),
    [
        (["config"], "not_installed", "is not installed in namespace linkerd"),
        (["anchor"], "foreign_anchor", "there is no Certificate cert-manager/linkerd-trust-anchor"),
        (["issuer"], "foreign_anchor", "the identity issuer was given to Linkerd"),
        (["bundle"], "foreign_anchor", "nobody hands out two anchors"),
        (["anchor_secret"], "missing", "does not exist, although what makes it does"),
        (["deployment"], "timeout", "no Deployment of the control plane"),
    ],
)
def test_what_is_missing_is_one_clear_error(api: FakeApi, left_out: list[str], code: str, words: str) -> None:
    fill(api, *left_out)
    result = run(api, begin=True)
    assert result["failure"]["code"] == code, result["msg"]
    assert words in result["msg"]
    assert "`kubectl" in result["msg"] or "guide on rotation" in result["msg"]
    assert not [entry for entry in api.log if entry.method in ("POST", "PATCH", "DELETE") and not entry.dry_run]


@pytest.mark.parametrize(
    ("group", "code"), [("cert-manager.io/v1", "no_cert_manager"), ("trust.cert-manager.io/v1alpha1", "no_trust_manager")]
)
def test_without_its_managers_there_is_no_rotation(api: FakeApi, group: str, code: str) -> None:
    fill(api)
    del api.kinds[group]
    assert run(api, begin=True)["failure"]["code"] == code
    audit = run(api, state="audit")
    assert (audit["possible"], audit["changed"]) == (False, False)


def test_an_anchor_of_somebody_elses_is_refused(api: FakeApi) -> None:
    foreign = copy.deepcopy(OBJECTS["issuer"])
    foreign["spec"]["issuerRef"]["name"] = "ca-issuer"
    fill(api, issuer=foreign)
    result = run(api, begin=True)
    assert "is issued by ClusterIssuer ca-issuer" in result["msg"]
    assert "ca-issuer" in run(api, state="audit")["why"]


def test_what_argo_cd_would_put_back_is_refused(api: FakeApi) -> None:
    managed = copy.deepcopy(OBJECTS["signer"])
    managed["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "mesh:cert-manager.io/ClusterIssuer:/linkerd-identity-issuer"}
    fill(api, signer=managed)
    assert run(api, begin=True)["failure"]["code"] == "managed"


def test_an_issuer_that_leads_nowhere_is_refused(api: FakeApi) -> None:
    other = made("Secret", "linkerd-identity-issuer", "linkerd", data={"tls.crt": pem(issued("identity", authority("another")))})
    fill(api, issuer_secret=other)
    assert run(api, begin=True)["failure"]["code"] == "broken_chain"


def test_a_control_plane_that_is_not_ready_is_not_rotated(api: FakeApi) -> None:
    broken = copy.deepcopy(OBJECTS["deployment"])
    broken["status"]["availableReplicas"] = 0
    fill(api, deployment=broken)
    result = run(api, begin=True)
    assert result["failure"]["code"] == "timeout"
    assert "Deployment linkerd/linkerd-identity: 1 of 1 updated, 0 available" in result["msg"]
    assert "`kubectl -n linkerd get pods`" in result["msg"]
