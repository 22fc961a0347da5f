# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendered on a real API: it reads only, the API accepts every file, and what a GitOps tool makes of them is what is wanted."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration import contents, few_routes
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref

GITOPS = "gitops-tool"
NOT_FOR_THE_API = ("kustomization.yaml", "values-", "chart-")


@pytest.fixture
def clean(few: Lab) -> t.Iterator[Lab]:
    yield few
    few.done(state="absent")


def manifests(dest: Path) -> list[Object]:
    """In the order of the index, as a GitOps tool reads them."""
    index = yaml.safe_load((dest / "kustomization.yaml").read_text())
    there = {path.name for path in dest.iterdir() if not path.name.startswith(NOT_FOR_THE_API)}
    assert set(index["resources"]) == there
    return [yaml.safe_load((dest / name).read_text()) for name in index["resources"]]


def bytes_of(dest: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in dest.iterdir()}


def bring(lab: Lab, objects: t.Iterable[Object], *, dry_run: bool = False) -> None:
    """Server-side apply, as Argo CD and Flux do it; the fields that another manager has are taken over."""
    for obj in objects:
        lab.admin.apply(obj, dry_run=dry_run, manager=GITOPS)


@pytest.mark.parametrize(
    ("module", "strategy"), [(MESH, "cluster_ip"), (MESH, "header"), (MESH, "none"), (POLICY, "cluster_ip"), (POLICY, "header")]
)
def test_rendering_reads_only_and_repeats(clean: Lab, tmp_path: Path, module: str, strategy: str) -> None:
    before, since = contents.of(clean), len(clean.sandbox.audit())
    options: Object = {"state": "rendered", "strategy": strategy, "dest": str(tmp_path / "out")}
    foretold = clean.done(module, check=True, diff=True, **options)
    assert not (tmp_path / "out").exists()
    made = clean.done(module, diff=True, **options)
    assert made["changed"]
    assert (made["diff"], made["manifests"]) == (foretold["diff"], foretold["manifests"])
    written = bytes_of(tmp_path / "out")
    assert not clean.done(module, **options)["changed"]
    assert bytes_of(tmp_path / "out") == written
    assert clean.writes(since) == []
    assert contents.differing(before, contents.of(clean)) == []


@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
def test_the_api_takes_every_file(clean: Lab, tmp_path: Path, strategy: str) -> None:
    clean.done(state="rendered", strategy=strategy, dest=str(tmp_path))
    found = manifests(tmp_path)
    assert {"HelmChartConfig", "MutatingWebhookConfiguration"} <= {obj["kind"] for obj in found}
    since = len(clean.sandbox.audit())
    bring(clean, found, dry_run=True)
    assert clean.writes(since) == []


@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
def test_what_a_gitops_tool_brings_is_what_is_wanted(clean: Lab, tmp_path: Path, strategy: str) -> None:
    options: Object = {"strategy": strategy}
    before = contents.of(clean)
    made = clean.done(state="rendered", dest=str(tmp_path), **options)
    written = bytes_of(tmp_path)
    bring(clean, manifests(tmp_path))
    settled = clean.done(**options)  # waits for k3s and the rollout; there is nothing left to write
    assert settled["steps"] == []
    assert not settled["changed"]
    assert settled["verdicts"] == made["verdicts"]
    assert all(verdict["safe"] for verdict in settled["verdicts"])
    assert not clean.done(state="rendered", dest=str(tmp_path), **options)["changed"]
    assert bytes_of(tmp_path) == written
    clean.done(state="absent")
    assert contents.differing(before, contents.of(clean)) == []


def test_the_routes_alone_can_be_kept_too(clean: Lab, tmp_path: Path) -> None:
    """l5d_header_policy beside a mesh that a play writes: its manifests leave it nothing to do."""
    clean.done(strategy="header")
    clean.done(POLICY, state="rendered", dest=str(tmp_path))
    found = manifests(tmp_path)
    assert "MutatingWebhookConfiguration" not in {obj["kind"] for obj in found}
    bring(clean, found)
    assert clean.done(POLICY)["steps"] == []
    assert clean.done(strategy="header")["steps"] == []


def test_what_a_gitops_tool_keeps_already_is_rendered_with_our_changes(clean: Lab, tmp_path: Path) -> None:
    """present leaves such an object alone and says what to put into its file; the rendering is that file."""
    ref = Ref("networking.k8s.io/v1", "Ingress", "web", few_routes.NAMESPACE)
    tracked = {"argocd.argoproj.io/tracking-id": "apps:networking.k8s.io/Ingress:few/web"}
    clean.change(ref, {"metadata": {"annotations": tracked}})
    clean.change(ref_of_service(), {"metadata": {"annotations": tracked}})
    try:
        made = clean.done(state="rendered", strategy="header", dest=str(tmp_path))
        texts = "".join(path.read_text() for path in tmp_path.iterdir())
        assert "argocd.argoproj.io" not in texts
        assert not [verdict for verdict in made["verdicts"] if not verdict["safe"]]
        assert {"Service", "Ingress"} & {obj["kind"] for obj in made["manifests"] if obj["metadata"]["name"] == "web"}
    finally:
        for changed in (ref, ref_of_service()):
            clean.change(changed, {"metadata": {"annotations": dict.fromkeys(tracked)}})


def ref_of_service() -> Ref:
    return Ref("v1", "Service", "web", few_routes.NAMESPACE)


def test_another_strategy_keeps_the_files_of_what_is_not_ours(clean: Lab, tmp_path: Path) -> None:
    clean.done(state="rendered", strategy="header", dest=str(tmp_path))
    bring(clean, manifests(tmp_path))
    clean.done(strategy="header")
    foreign = {Ref.of(obj) for obj in manifests(tmp_path) if obj["kind"] in ("Ingress", "IngressRoute", "Service")}
    clean.done(state="rendered", strategy="cluster_ip", dest=str(tmp_path))
    after = manifests(tmp_path)
    assert foreign <= {Ref.of(obj) for obj in after}
    assert "Middleware" not in {obj["kind"] for obj in after}
    assert "l5d-" not in "".join((tmp_path / name).read_text() for name in bytes_of(tmp_path) if name.startswith("ingress"))
    bring(clean, after, dry_run=True)


def test_the_values_of_a_helm_release_are_what_its_chart_takes(few: Lab, tmp_path: Path) -> None:
    own = {"ingressClass": {"enabled": False}, "service": {"spec": {"type": "ClusterIP"}}}
    chart = str(few.charts / "traefik")
    install = ("upgrade", "--install", "--namespace", "edge", "--create-namespace", "--wait", "edge", chart)
    few.helm(*install, values=own)
    try:
        for strategy in ("cluster_ip", "header"):
            options: Object = {"controller_ref": "edge/edge-traefik", "strategy": strategy}
            made = few.done(state="rendered", dest=str(tmp_path / strategy), **options)
            values = yaml.safe_load((tmp_path / strategy / "values-edge.yaml").read_text())
            assert values == made["helm_values"]
            bring(few, [obj for obj in made["manifests"] if obj["kind"] == "Middleware"])
            few.helm(*install, values={**own, **values})
            template = few.get("apps/v1", "Deployment", "edge", "edge-traefik")["spec"]["template"]
            assert made["helm_values"]["deployment"]["podAnnotations"].items() <= template["metadata"]["annotations"].items()
            left = few.done(check=True, **options)
            assert "Deployment" not in {step["kind"] for step in left["steps"]}
            assert few.done(state="rendered", dest=str(tmp_path / strategy), **options)["changed"] is False
    finally:
        few.helm("uninstall", "--namespace", "edge", "--wait", "edge")
        for middleware in few.all("traefik.io/v1alpha1", "Middleware", labels="app.kubernetes.io/managed-by=pimesh.linkerd"):
            few.admin.delete(Ref.of(middleware))
