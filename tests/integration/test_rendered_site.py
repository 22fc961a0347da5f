# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml rendered on a cluster without Linkerd: files for every role, and the cluster as it was."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from yamllint import linter
from yamllint.config import YamlLintConfig

from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Lab, Object
from tests.integration.site_runs import Run, play, writes

SITE = "pimesh.linkerd.site"
ROLES = ("cert_manager", "linkerd_identity", "linkerd_control_plane", "linkerd_viz", "linkerd_jaeger", "linkerd_ingress")
LINT = YamlLintConfig("extends: default")
CHARTS = {
    "cert_manager": ("cert-manager", "trust-manager"),
    "linkerd_control_plane": ("linkerd-crds", "linkerd-control-plane"),
    "linkerd_viz": ("linkerd-viz",),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("rendered", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def rendered(sandbox: Sandbox, home: Path) -> Path:
    """The directory of the one cluster, after a run that wrote nothing else."""
    before = writes(sandbox)
    site(sandbox, home)
    assert writes(sandbox) == before
    (directory,) = (home / "gitops").iterdir()
    return directory


def site(sandbox: Sandbox, home: Path, *arguments: str) -> Run:
    inventory = str(sandbox.directory / "inventory.yml")
    run = play(home, SITE, "-i", inventory, "-e", "site_state=rendered", "-e", f"site_rendered_dir={home}/gitops", *arguments)
    assert run.code == 0, run.messages
    return run


def load(path: Path) -> Object:
    return t.cast(Object, yaml.safe_load(path.read_text(encoding="utf-8")))


def test_every_role_has_its_files(rendered: Path) -> None:
    assert {path.name for path in rendered.iterdir()} == set(ROLES)
    assert {load(path)["kind"] for path in (rendered / "linkerd_identity").iterdir()} == {
        "Namespace",
        "Issuer",
        "ClusterIssuer",
        "Certificate",
        "Bundle",
        "Kustomization",
    }
    assert "HelmChartConfig" in {load(path)["kind"] for path in (rendered / "linkerd_ingress").iterdir()}


def test_every_file_is_what_a_linter_accepts(rendered: Path) -> None:
    for path in sorted(rendered.rglob("*.yaml")):
        assert [str(problem) for problem in linter.run(path.read_text(encoding="utf-8"), LINT, str(path))] == []


def test_the_charts_take_their_values(sandbox: Sandbox, rendered: Path) -> None:
    lab = Lab(sandbox)
    for role, releases in CHARTS.items():
        for release in releases:
            facts = load(rendered / role / f"chart-{release}.yaml")
            assert (facts["release"], facts["values"]) == (release, f"values-{release}.yaml")
            lab.helm("template", release, str(lab.charts / release), values=load(rendered / role / facts["values"]))
    assert load(rendered / "linkerd_viz/values-linkerd-viz.yaml")["jaegerUrl"] == "jaeger.jaeger-system:16686"


def test_the_api_takes_every_manifest_of_a_kind_that_it_knows(sandbox: Sandbox, rendered: Path) -> None:
    lab = Lab(sandbox)
    index = rendered / "linkerd_ingress/kustomization.yaml"
    for name in load(index)["resources"]:
        lab.admin.apply(load(index.parent / name), dry_run=True, manager="gitops-tool")
    lab.admin.apply(load(rendered / "linkerd_identity/namespace-linkerd.yaml"), dry_run=True, manager="gitops-tool")


def test_what_is_rendered_installs_a_mesh(sandbox: Sandbox, home: Path, rendered: Path) -> None:
    """As a GitOps tool would bring it: charts with their values and manifests, role by role; site.yml finds nothing to do then."""
    lab = Lab(sandbox)
    install = ("upgrade", "--install", "--wait", "--namespace")
    for role in ROLES:
        for index in sorted((rendered / role).rglob("kustomization.yaml"), reverse=True):
            for name in load(index)["resources"]:
                lab.admin.apply(load(index.parent / name), manager="gitops-tool")
        for release in CHARTS.get(role, ()):
            facts = load(rendered / role / f"chart-{release}.yaml")
            values = load(rendered / role / facts["values"])
            lab.helm(*install, facts["namespace"], release, str(lab.charts / release), values=values)
        if role == "linkerd_identity":
            lab.until(lambda: has_issuer(lab), "the identity issuer is there")
    run = play(home, SITE, "-i", str(sandbox.directory / "inventory.yml"))
    assert run.code == 0, run.messages
    assert run.steps() == []


@pytest.mark.slow
def test_check_mode_foretells_the_files(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of every role at once; test_viz_rendered.py shows it of one, whose files are written in the ways of all of them."""
    foretold = site(sandbox, tmp_path, "--check")
    assert not (tmp_path / "gitops").exists()
    assert site(sandbox, tmp_path).changed_tasks == foretold.changed_tasks != []


def test_another_rendering_changes_nothing(sandbox: Sandbox, home: Path, rendered: Path) -> None:
    """Beside the mesh that came of the first, too: what is rendered depends on what is wanted, not on what is there."""
    before = {path: path.read_bytes() for path in rendered.rglob("*") if path.is_file()}
    assert site(sandbox, home).changed == 0
    assert {path: path.read_bytes() for path in rendered.rglob("*") if path.is_file()} == before


def has_issuer(lab: Lab) -> bool:
    names = {secret["metadata"]["name"] for secret in lab.all("v1", "Secret", "linkerd")}
    return {"linkerd-identity-issuer", "linkerd-proxy-injector-k8s-tls"} <= names and bool(lab.all("v1", "ConfigMap", "linkerd"))
