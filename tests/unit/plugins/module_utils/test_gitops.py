# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layout for Argo CD and Flux: the right order, and shapes that their CRDs know."""

from __future__ import annotations

import itertools
import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.pimesh.linkerd.plugins.module_utils.gitops.parts import steps
from ansible_collections.pimesh.linkerd.plugins.module_utils.gitops.run import OPTIONS
from ansible_collections.pimesh.linkerd.plugins.modules import l5d_gitops
from tests.integration import module_runs

Object = dict[str, t.Any]
KINDS: Object = json.loads((Path(__file__).resolve().parents[2] / "facts/gitops-kinds.json").read_text(encoding="utf-8"))["kinds"]
PARTS = ["cert_manager", "linkerd_identity", "linkerd_control_plane", "linkerd_viz"]
ORDER = [
    "cert-manager-objects",
    "cert-manager",
    "trust-manager",
    "linkerd-identity-objects",
    "linkerd-crds",
    "linkerd2-cni",
    "linkerd-control-plane",
]
JETSTACK, EDGE = "https://charts.jetstack.io", "https://helm.linkerd.io/edge"
GIT = "https://git.example.com/homelab.git"


def put(path: Path, content: Object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def chart(root: Path, part: str, release: str, repository: str = EDGE, **more: str) -> None:
    facts = {"release": release, "namespace": "linkerd", "chart": release, "version": "1.2.3", **more}
    if repository:
        facts["repository"] = repository
    put(root / part / f"values-{release}.yaml", {"replicas": 1, "of": release})
    put(root / part / f"chart-{release}.yaml", {**facts, "values": f"values-{release}.yaml"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What the roles rendered for one cluster."""
    home = tmp_path / "clusters/pi"
    for part in ("cert_manager", "linkerd_identity"):
        put(home / part / "kustomization.yaml", {"kind": "Kustomization", "resources": ["namespace-linkerd.yaml"]})
    for release in ("trust-manager", "cert-manager"):
        chart(home, "cert_manager", release, JETSTACK, namespace="cert-manager")
    for release in ("linkerd-control-plane", "linkerd-crds", "linkerd2-cni"):
        chart(home, "linkerd_control_plane", release)
    return home


def run(root: Path, tool: str, **options: t.Any) -> Object:
    given = {"tool": tool, "root": str(root), "parts": PARTS, "cluster": "pi", "path": "/clusters/pi/", "repository": GIT, **options}
    return module_runs.run("l5d_gitops", **{name: value for name, value in given.items() if value is not None})


def unknown(value: t.Any, schema: Object, where: str) -> list[str]:
    """What a CRD does not know, or misses."""
    if "items" in schema:
        return [entry for item in value for entry in unknown(item, schema["items"], f"{where}[]")]
    if "properties" not in schema:
        return [where] if "enum" in schema and value not in schema["enum"] else []
    missing = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
    strange = [f"{where}.{name}" for name in value if name not in schema["properties"]]
    known = [(name, item) for name, item in value.items() if name in schema["properties"]]
    return [*missing, *strange, *(entry for name, item in known for entry in unknown(item, schema["properties"][name], f"{where}.{name}"))]


@pytest.mark.parametrize("tool", ["argocd", "flux"])
def test_everything_has_a_shape_that_the_crds_know(root: Path, tool: str) -> None:
    manifests = run(root, tool)["manifests"]
    assert manifests
    for obj in manifests:
        schema = KINDS[f"{obj['apiVersion']}/{obj['kind']}"]
        assert unknown(obj["spec"], schema, obj["kind"]) == []
        assert len(obj["metadata"]["name"]) <= 53


def test_argo_cd_gets_an_application_for_each_step_in_waves(root: Path) -> None:
    result = run(root, "argocd", revision="main")
    assert result["order"] == ORDER
    waves = {obj["metadata"]["name"]: int(obj["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for obj in result["manifests"]}
    assert sorted(waves, key=lambda name: waves[name]) == [f"pi-{name}" for name in ORDER]
    by_name = {obj["metadata"]["name"]: obj["spec"] for obj in result["manifests"]}
    plane = by_name["pi-linkerd-control-plane"]
    assert plane["destination"] == {"server": "https://kubernetes.default.svc", "namespace": "linkerd"}
    assert plane["sources"] == [
        {
            "chart": "linkerd-control-plane",
            "repoURL": EDGE,
            "targetRevision": "1.2.3",
            "helm": {
                "releaseName": "linkerd-control-plane",
                "valueFiles": ["$rendered/clusters/pi/linkerd_control_plane/values-linkerd-control-plane.yaml"],
            },
        },
        {"repoURL": GIT, "targetRevision": "main", "ref": "rendered"},
    ]
    identity = by_name["pi-linkerd-identity-objects"]["source"]
    assert identity == {"repoURL": GIT, "path": "clusters/pi/linkerd_identity", "targetRevision": "main"}
    assert not any(spec["syncPolicy"]["automated"]["prune"] for spec in by_name.values())


def test_flux_gets_kustomizations_that_wait_for_one_another(root: Path) -> None:
    result = run(root, "flux", source="homelab")
    chain = [obj for obj in result["manifests"] if obj["kind"] == "Kustomization"]
    assert [obj["metadata"]["name"] for obj in chain] == [f"pi-{name}" for name in ORDER]
    assert "dependsOn" not in chain[0]["spec"]
    for last, obj in itertools.pairwise(chain):
        assert obj["spec"]["dependsOn"] == [{"name": last["metadata"]["name"]}]
        assert (obj["spec"]["wait"], obj["spec"]["prune"], obj["spec"]["sourceRef"]["name"]) == (True, False, "homelab")
    for obj in chain:
        assert (root.parents[1] / obj["spec"]["path"] / "kustomization.yaml").is_file(), obj["spec"]["path"]
    releases = {obj["spec"]["releaseName"]: obj["spec"] for obj in result["manifests"] if obj["kind"] == "HelmRelease"}
    assert releases["trust-manager"]["storageNamespace"] == releases["trust-manager"]["targetNamespace"] == "cert-manager"
    assert releases["linkerd-crds"]["values"] == {"replicas": 1, "of": "linkerd-crds"}
    sources = {obj["metadata"]["name"]: obj["spec"]["url"] for obj in result["manifests"] if obj["kind"] == "HelmRepository"}
    assert sources == {"pi-charts-jetstack-io": JETSTACK, "pi-helm-linkerd-io-edge": EDGE}
    assert {spec["chart"]["spec"]["sourceRef"]["name"] for spec in releases.values()} == set(sources)


@pytest.mark.parametrize("tool", ["argocd", "flux"])
def test_again_changes_nothing_and_what_is_gone_goes(root: Path, tool: str) -> None:
    assert not (root / tool).exists()
    assert run(root, tool, check=True)["changed"]
    assert not (root / tool).exists()
    first = run(root, tool)
    assert first["changed"]
    assert all(Path(name).is_file() for name in first["files"])
    assert not run(root, tool)["changed"]
    for name in ("chart", "values"):
        (root / f"linkerd_control_plane/{name}-linkerd2-cni.yaml").unlink()
    again = run(root, tool)
    assert again["changed"]
    assert "linkerd2-cni" not in "".join(path.read_text(encoding="utf-8") for path in (root / tool).rglob("*.yaml"))


def test_check_mode_before_anything_is_rendered_foretells_a_change(tmp_path: Path) -> None:
    result = run(tmp_path, "argocd", check=True)
    assert (result["changed"], result["order"]) == (True, [])


def test_a_chart_on_disk_is_withheld_with_the_reason(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warnings.append(text))
    chart(root, "linkerd_viz", "linkerd-viz", repository="", chart="/srv/charts/linkerd-viz")
    result = run(root, "flux")
    assert result["order"] == ORDER
    (entry,) = result["withheld"]
    assert (entry["name"], "oci:// reference" in entry["reason"]) == ("linkerd-viz", True)
    assert len(warnings) == 1


def test_oci_repositories_are_spelt_as_each_tool_wants(root: Path) -> None:
    chart(root, "linkerd_viz", "linkerd-viz", repository="oci://registry.example/charts")
    argo = next(obj["spec"] for obj in run(root, "argocd")["manifests"] if obj["metadata"]["name"] == "pi-linkerd-viz")
    assert argo["sources"][0]["repoURL"] == "registry.example/charts"
    flux = next(obj["spec"] for obj in run(root, "flux")["manifests"] if obj["metadata"]["name"] == "pi-registry-example-charts")
    assert flux == {"interval": "1h", "url": "oci://registry.example/charts", "type": "oci"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tool": "argocd", "repository": None}, "repository"),
        ({"tool": "argocd", "repository": "https://me:hunter2@git.example.com/x.git"}, "holds a password"),
        ({"tool": "flux", "path": "../elsewhere"}, "leaves the repository"),
        ({"tool": "flux", "cluster": "---"}, "holds no letter or digit"),
    ],
)
def test_what_cannot_be_is_refused(root: Path, options: Object, words: str) -> None:
    result = run(root, **options)
    assert result["failed"]
    assert words in result["msg"]
    assert "hunter2" not in result["msg"]
    assert not (root / "argocd").exists()


def test_a_private_key_among_the_values_is_refused(root: Path) -> None:
    key = "-----BEGIN " + "EC PRIVATE KEY-----"
    put(root / "linkerd_control_plane/values-linkerd-crds.yaml", {"key": key})
    result = run(root, "flux")
    assert result["failed"]
    assert "private key" in result["msg"]
    assert key not in result["msg"]


def test_files_of_others_are_never_touched(root: Path) -> None:
    put(root / "argocd/mine.yaml", {"kind": "Application"})
    run(root, "argocd")
    assert yaml.safe_load((root / "argocd/mine.yaml").read_text(encoding="utf-8")) == {"kind": "Application"}


def test_a_file_that_is_spoilt_is_named(root: Path) -> None:
    (root / "cert_manager/chart-cert-manager.yaml").write_text("[", encoding="utf-8")
    result = run(root, "flux")
    assert "chart-cert-manager.yaml cannot be read" in result["msg"]
    (root / "cert_manager/chart-cert-manager.yaml").write_text("- a list\n", encoding="utf-8")
    assert "holds no mapping" in run(root, "flux")["msg"]


def test_parts_that_are_not_there_have_no_steps(tmp_path: Path) -> None:
    assert steps(tmp_path, PARTS) == []


def test_documentation_says_what_comes_out_and_what_may_go_in(root: Path) -> None:
    result = run(root, "argocd")
    assert set(result) - {"changed", "invocation", "warnings"} == set(yaml.safe_load(l5d_gitops.RETURN))
    documented = yaml.safe_load(l5d_gitops.DOCUMENTATION)["options"]
    assert {name: option.get("default") for name, option in documented.items()} == {n: o.get("default") for n, o in OPTIONS.items()}
