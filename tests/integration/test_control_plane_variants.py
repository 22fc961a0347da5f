# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control plane with three replicas of everything and with the CNI plugin, from nothing to nothing.

The tests of this file are one story, told in order.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Lab
from tests.integration.site_runs import Run, play

pytestmark = pytest.mark.slow

WANTED = {"linkerd_control_plane_cni": True, "linkerd_control_plane_ha": True, "linkerd_control_plane_proxy_log_format": "json"}
CNI = "linkerd-cni"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    with Sandbox("variants", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield Lab(running)


def site(lab: Lab, home: Path, tags: str, **variables: t.Any) -> Run:
    given = json.dumps({**WANTED, **variables})
    return play(home, "pimesh.linkerd.site", "-i", str(lab.sandbox.directory / "inventory.yml"), "-e", given, "--tags", tags)


def test_everything_is_there_three_times_and_the_plugin_before_it(lab: Lab, tmp_path: Path) -> None:
    run = site(lab, tmp_path, "cert_manager,identity,control_plane")
    assert run.code == 0, run.messages
    deployments = {item["metadata"]["name"]: item for item in lab.all("apps/v1", "Deployment", "linkerd")}
    assert {name: item["status"]["readyReplicas"] for name, item in deployments.items()} == dict.fromkeys(deployments, 3)
    assert {"linkerd-identity", "linkerd-destination", "linkerd-proxy-injector"} <= set(deployments)
    recorded = yaml.safe_load(lab.get("v1", "ConfigMap", "linkerd", "linkerd-config")["data"]["values"])
    assert (recorded["proxy"]["logFormat"], recorded["cniEnabled"], recorded["controllerReplicas"]) == ("json", True, 3)
    (plugin,) = lab.all("apps/v1", "DaemonSet", CNI)
    nodes = lab.all("v1", "Node")
    assert plugin["status"]["numberReady"] == len(nodes) > 2
    assert lab.get("v1", "Namespace", "", CNI)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert lab.get("v1", "Namespace", "", "linkerd")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_again_nothing_changes(lab: Lab, tmp_path: Path) -> None:
    run = site(lab, tmp_path, "cert_manager,identity,control_plane")
    assert (run.code, run.changed) == (0, 0), run.messages


def test_a_plugin_that_somebody_deleted_comes_back(lab: Lab, tmp_path: Path) -> None:
    (plugin,) = lab.all("apps/v1", "DaemonSet", CNI)
    lab.admin.delete(Ref.of(plugin))
    run = site(lab, tmp_path, "control_plane")
    assert run.code == 0, run.messages
    assert lab.all("apps/v1", "DaemonSet", CNI)


def test_absent_takes_the_plugin_along(lab: Lab, tmp_path: Path) -> None:
    for _time in range(2):
        gone = site(lab, tmp_path, "control_plane", linkerd_control_plane_state="absent")
        assert gone.code == 0, gone.messages
        assert CNI not in {item["metadata"]["name"] for item in lab.all("v1", "Namespace")}
    assert gone.changed == 0
