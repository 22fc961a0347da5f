# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook uninstall where Helm alone installed Linkerd, under names of somebody's own: no cert-manager, no object of ours."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import proxy_mode
from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.site_runs import Run, host_variables, inventory, play, writes

if t.TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
SPACE = "roll"
OBJECTS: list[Object] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE, "annotations": {"linkerd.io/inject": "enabled"}}},
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": SPACE},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "app", "image": "registry.example/app:1"}]},
            },
        },
    },
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Sandbox("uninstall", empty=True, without=["homelab", "k3s"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd(names=("their-crds", "their-mesh"))
        lab.done("l5d_apply", resources=OBJECTS, wait=True)
        yield lab


def modes(lab: Lab) -> set[str]:
    return {proxy_mode(pod) for pod in lab.all("v1", "Pod", SPACE)}


def of_linkerd(lab: Lab) -> set[str]:
    kinds = [
        ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ]
    found = {f"{kind} {obj['metadata']['name']}" for version, kind in kinds for obj in lab.all(version, kind)}
    return {name for name in found if "linkerd" in name}


def test_nothing_lags_behind_a_linkerd_that_helm_has_just_installed(lab: Lab) -> None:
    found = lab.done("l5d_rollout", state="audit", control_plane=True)
    assert (found["lagging"], found["findings"]) == ([], [])


def test_one_of_the_command_line_is_refused_before_anything_goes(lab: Lab, tmp_path: Path) -> None:
    """Without a record of Helm's nobody knows what it consists of."""
    config = Ref("v1", "ConfigMap", "linkerd-config", "linkerd")
    marks = lab.get("v1", "ConfigMap", "linkerd", config.name)["metadata"]["annotations"]
    lab.change(config, {"metadata": {"annotations": dict.fromkeys(marks)}})
    before = len(writes(lab.sandbox))
    hosts = inventory(tmp_path, {"pi": host_variables(lab.sandbox)})
    run = play(tmp_path, "pimesh.linkerd.uninstall", "-i", hosts, "--tags", "control_plane", "-e", "uninstall_crds=true")
    assert run.code != 0
    assert "linkerd uninstall | kubectl delete -f -" in run.messages
    assert len(writes(lab.sandbox)) == before
    lab.change(config, {"metadata": {"annotations": marks}})


def test_all_of_it_goes_and_nobody_keeps_a_proxy(lab: Lab, tmp_path: Path) -> None:
    hosts = inventory(tmp_path, {"pi": host_variables(lab.sandbox)})

    def uninstall(*arguments: str) -> Run:
        run = play(tmp_path, "pimesh.linkerd.uninstall", "-i", hosts, "--skip-tags", "ingress", "-e", "uninstall_crds=true", *arguments)
        assert run.code == 0, run.messages
        return run

    before = len(writes(lab.sandbox))
    assert modes(lab) == {"enabled"}
    assert uninstall("--check", "--diff").changed > 0
    assert len(writes(lab.sandbox)) == before

    uninstall()
    assert modes(lab) == {""}
    assert of_linkerd(lab) == set()
    assert lab.all("v1", "Secret", "linkerd", "owner=helm") == lab.all("apps/v1", "Deployment", "linkerd") == []
    after = len(writes(lab.sandbox))
    assert uninstall().changed == 0
    assert len(writes(lab.sandbox)) == after
