# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.chart import render
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.helm import Release
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.render import chart_facts

RELEASE = Release("web", "app")


class FakeModule:
    """What Helm is asked, and what it answers."""

    tmpdir = "/private"

    def __init__(
        self, answer: tuple[int, str, str] = (0, "kind: ConfigMap", ""), *, binary: str | None = "/opt/helm", found: str | None = None
    ):
        self.params = {"binary_path": binary}
        self.answer, self.found = answer, found
        self.command: list[str] = []
        self.options: dict[str, t.Any] = {}

    def get_bin_path(self, _name: str) -> str | None:
        return self.found

    def run_command(self, command: list[str], **options: t.Any) -> tuple[int, str, str]:
        self.command, self.options = command, options
        return self.answer


class FakeCluster:
    def version(self) -> dict[str, str]:
        return {"gitVersion": "v1.36.3+k3s1"}

    def group_versions(self) -> set[str]:
        return {"traefik.io/v1alpha1", "apps/v1"}


def rendered(module: FakeModule, **chart: str) -> str:
    return render(t.cast(t.Any, module), t.cast(t.Any, FakeCluster()), RELEASE, {"ref": "web", **chart}, {"password": "hunter2"})


def test_helm_is_asked_for_this_cluster_and_values_go_through_a_pipe() -> None:
    module = FakeModule()
    assert rendered(module, version="1.2.3", repo_url="https://charts.example") == "kind: ConfigMap"
    words = " ".join(module.command)
    assert words.startswith("/opt/helm template web web --namespace app --include-crds --no-hooks")
    for part in (
        "--version 1.2.3",
        "--repo https://charts.example",
        "--kube-version v1.36.3+k3s1",
        "--api-versions apps/v1,traefik.io/v1alpha1",
    ):
        assert part in words
    assert "hunter2" not in words
    assert json.loads(module.options["data"]) == {"password": "hunter2"}


@pytest.mark.parametrize("ref", ["oci://registry.example/web", "/charts/web", "alias/web"])
def test_only_a_bare_name_is_looked_up_in_a_repository(ref: str) -> None:
    module = FakeModule()
    rendered(module, ref=ref, repo_url="https://charts.example")
    assert "--repo" not in module.command


def test_a_chart_on_disk_needs_neither_version_nor_repository() -> None:
    module = FakeModule(binary=None, found="/usr/bin/helm")
    rendered(module, version="", repo_url="")
    assert module.command[0] == "/usr/bin/helm"
    assert not {"--version", "--repo"} & set(module.command)


@pytest.mark.parametrize(
    ("module", "code", "words"),
    [
        (FakeModule(binary=None), "no_helm", "no helm on the PATH"),
        (
            FakeModule((1, "", 'Error: looks like "https://charts.example" is not a valid chart repository or cannot be reached')),
            "chart_out_of_reach",
            "Look whether https://charts.example answers",
        ),
        (
            FakeModule((1, "", "Error: execution error at (web/templates/a.yaml:1:2): no size")),
            "chart",
            "no size. Try `helm template web web",
        ),
    ],
)
def test_a_failure_names_the_release_and_the_command_that_shows_more(module: FakeModule, code: str, words: str) -> None:
    with pytest.raises(L5dError) as caught:
        rendered(module, repo_url="https://charts.example")
    assert caught.value.code == code
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_what_is_fetched_lies_where_no_other_helm_writes_and_a_users_own_repository_keeps_its_index() -> None:
    private = {"HELM_PLUGINS": "/private", "HELM_REPOSITORY_CACHE": "/private"}
    for chart, environment in (
        ({"repo_url": "https://charts.example"}, private),
        ({"ref": "oci://registry.example/web"}, private),
        ({"ref": "alias/web"}, {"HELM_PLUGINS": "/private"}),
    ):
        module = FakeModule()
        rendered(module, **chart)
        assert module.options["environ_update"] == environment


def test_a_password_in_an_address_is_not_repeated() -> None:
    address = "https://me:hunter2@charts.example/stable"
    module = FakeModule(
        (1, "", f'Error: looks like "{address}" is not a valid chart repository or cannot be reached: Get "{address}/index.yaml"')
    )
    with pytest.raises(L5dError) as caught:
        rendered(module, repo_url=address)
    assert "hunter2" not in str(caught.value)
    assert "Look whether https://charts.example/stable answers" in str(caught.value)
    facts = chart_facts(("web", "app"), {"ref": "web", "repo_url": address}, with_values=False)
    assert facts["repository"] == "https://charts.example/stable"
