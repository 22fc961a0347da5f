# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime as dt
import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.distribution import distribution
from ansible_collections.pimesh.linkerd.plugins.module_utils.mesh_info import PARTS, gather
from tests.unit import pki
from tests.unit.connect import connect, module
from tests.unit.fake_api import FakeApi

Object = dict[str, t.Any]

NODE: Object = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "pi-1"},
    "status": {
        "nodeInfo": {"architecture": "arm64", "operatingSystem": "linux", "kubeletVersion": "v1.36.3+k3s1"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}
VALUES = {"linkerdVersion": "edge-26.6.3", "clusterDomain": "pi.local", "proxyInit": {}}


def config(**values: t.Any) -> Object:
    meta = {"name": "linkerd-config", "namespace": "linkerd"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": yaml.safe_dump({**VALUES, **values})}}


def deployment(name: str, available: int, **labels: str) -> Object:
    meta = {"name": name, "namespace": "linkerd", "labels": labels}
    status = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": available}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"replicas": 1}, "status": status}


def roots(*anchors: pki.Identity) -> Object:
    meta = {"name": "linkerd-identity-trust-roots", "namespace": "linkerd"}
    bundle = b"".join(anchor.pem for anchor in anchors).decode()
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"ca-bundle.crt": bundle}}


def issuer(identity: pki.Identity, key: str = "tls.crt") -> Object:
    meta = {"name": "linkerd-identity-issuer", "namespace": "linkerd"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {key: base64.b64encode(identity.pem).decode()}}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([NODE]) as fake:
        yield fake


def info(api: FakeApi, *parts: str) -> Object:
    return gather(module(parts=parts or PARTS), connect(api.url))


def test_a_cluster_without_a_mesh(api: FakeApi) -> None:
    facts = info(api)
    assert facts["kubernetes"] == {"version": "v1.36.3+k3s1", "distribution": "k3s"}
    assert facts["nodes"] == [{"name": "pi-1", "architecture": "arm64", "os": "linux", "kubelet": "v1.36.3+k3s1", "ready": True}]
    assert facts["linkerd"] == facts["cert_manager"] == facts["trust_manager"] == {"installed": False}
    assert facts["certificates"] == {"trust_anchors": [], "previous_anchors": [], "anchor": None, "issuer": None, "webhooks": []}
    assert facts["findings"] == []
    assert facts["changed"] is False


def test_api_groups_are_the_ones_that_matter(api: FakeApi) -> None:
    api.kinds.update(
        {"traefik.io/v1alpha1": {}, "policy.linkerd.io/v1beta3": {}, "policy.linkerd.io/v1alpha1": {}, "longhorn.io/v1beta2": {}}
    )
    assert info(api)["api_groups"] == {"policy.linkerd.io": ["v1alpha1", "v1beta3"], "traefik.io": ["v1alpha1"]}


def test_a_control_plane_and_its_certificates(api: FakeApi) -> None:
    old, new = pki.authority("old", begin=pki.NOW - dt.timedelta(days=9)), pki.authority("new", days=1000)
    for obj in (
        config(),
        deployment("linkerd-identity", 1, **{"linkerd.io/control-plane-component": "identity"}),
        deployment("linkerd-destination", 0, **{"linkerd.io/control-plane-component": "destination"}),
        deployment("cert-manager", 1, **{"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/version": "v1.21.2"}),
        roots(old, new),
        issuer(pki.issued("issuer", new)),
    ):
        api.put(obj)
    facts = info(api)
    linkerd = facts["linkerd"]
    assert (linkerd["version"], linkerd["chart_version"], linkerd["cluster_domain"]) == ("edge-26.6.3", "2026.6.3", "pi.local")
    assert (linkerd["ready"], linkerd["native_sidecar"], linkerd["release"]) == (False, True, None)
    assert {part["name"]: part["ready"] for part in linkerd["components"]} == {"linkerd-identity": True, "linkerd-destination": False}
    assert [anchor["subject"] for anchor in facts["certificates"]["trust_anchors"]] == ["CN=old", "CN=new"]
    assert facts["certificates"]["trust_anchors"][0]["remaining"] == pytest.approx(0.1, abs=0.01)
    assert facts["certificates"]["issuer"]["issuer"] == "CN=new"
    assert facts["cert_manager"]["version"] == "v1.21.2"


@pytest.mark.parametrize(
    ("values", "native"),
    [
        ({}, True),
        ({"linkerdVersion": "edge-25.4.4"}, False),
        ({"linkerdVersion": "edge-25.4.4", "proxy": {"nativeSidecar": True}}, True),
        ({"proxy": {"nativeSidecar": False}}, False),
    ],
)
def test_native_sidecars_follow_the_release_unless_set(api: FakeApi, values: Object, *, native: bool) -> None:
    api.put(config(**values))
    assert info(api)["linkerd"]["native_sidecar"] is native


def test_the_older_scheme_and_anchors_in_the_values(api: FakeApi) -> None:
    root = pki.authority("root")
    api.put(config(identityTrustAnchorsPEM=root.pem.decode()))
    api.put(issuer(root, "crt.pem"))
    facts = info(api)["certificates"]
    assert facts["trust_anchors"][0]["subject"] == facts["issuer"]["subject"] == "CN=root"


@pytest.mark.parametrize(("version", "name"), [("v1.36.3+k3s1", "k3s"), ("v1.33.1+rke2r1", "rke2"), ("v1.36.3", "kubernetes")])
def test_distributions(version: str, name: str) -> None:
    assert distribution(version) == name
