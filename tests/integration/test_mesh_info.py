# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_mesh_info on a real API, before and after Linkerd."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Lab, Object

WEB: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}]},
        },
    },
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    with Sandbox("info", empty=True, without=["homelab", "k3s"], root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield Lab(running)


def test_a_bare_cluster_and_then_linkerd(lab: Lab) -> None:
    bare = lab.done("l5d_mesh_info")
    assert bare["kubernetes"]["distribution"] == "k3s"
    assert {node["architecture"] for node in bare["nodes"]} == {"arm64"}
    assert not bare["linkerd"]["installed"]

    lab.install_linkerd()
    lab.admin.create(WEB)
    lab.until(lambda: bool(lab.all("v1", "Pod", "default")), "it has a pod")
    since = len(lab.sandbox.audit())
    meshed = lab.done("l5d_mesh_info", check=True)
    assert not meshed["changed"]
    linkerd = meshed["linkerd"]
    assert linkerd["ready"], linkerd["components"]
    assert linkerd["chart_version"] == "2026.6.3"
    assert linkerd["release"] == {"name": "linkerd-control-plane", "namespace": "linkerd", "status": "deployed", "revision": 1}
    assert "policy.linkerd.io" in meshed["api_groups"]
    assert meshed["certificates"]["issuer"]["key_type"] == "ECDSA P-256"
    assert meshed["certificates"]["trust_anchors"][0]["remaining"] > 0.9
    assert "PRIVATE" not in repr(meshed)
    assert (linkerd["behaviours"]["name"], linkerd["behaviours"]["native_sidecar_default"]) == ("2.20", True)
    assert [(one["configuration"], one["failure_policy"]) for one in meshed["injector"]] == [
        ("linkerd-proxy-injector-webhook-config", "Ignore")
    ]
    assert (meshed["pods"]["meshed"], meshed["lagging"], meshed["extensions"]) == (0, [], [])
    assert [(entry["object"]["kind"], entry["object"]["name"]) for entry in meshed["unmeshed"]] == [("Deployment", "web")]
    assert lab.writes(since) == []
