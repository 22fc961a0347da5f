# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendering: what a GitOps tool brings of it is what the plan wants, and rendering again gives the same bytes."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import replace

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd import installation
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.annotations import INJECT
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import RECORD_ANNOTATION, Object, Phase, Ref, Step
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.rendered import rendering
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.keeping import kept
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.names import file_names
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.render import LINT as LINT_COMMENT
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.render import Rendering, files, refuse_keys
from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.text import to_yaml
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as n
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World, merged

AUTHOR = "l5d_ingress_mesh for Deployment kube-system/traefik"
STRATEGIES = ("cluster_ip", "header")
LINT = YamlLintConfig("extends: default")


def rendered(world: World, intent: Intent, earlier: t.Iterable[Ref] = ()) -> Rendering:
    """A cluster that is refused is no example."""
    try:
        return rendering(world.plan(intent), earlier)
    except PlanningError:
        assume(False)
        raise


def brought(world: World, made: Rendering) -> None:
    """A GitOps tool applies every manifest, in any order, and Helm has been given the values."""
    for obj in reversed(made.manifests):
        live = world.live(Ref.of(obj))
        meta = {**(live or {}).get("metadata", {}), **obj["metadata"], "resourceVersion": "2"}
        after = {**(live or {}), **copy.deepcopy(obj), "metadata": meta}
        if obj["kind"] == "Service":
            after["spec"] = {**(live or {}).get("spec", {}), **after["spec"]}  # its ClusterIP is the server's and stays
        world.write(_set(after))
    world.settle()


def _set(after: Object) -> Step:
    return Step(Phase.OBJECTS, Ref.of(after), lambda _live: after, "", after=after)


def text_of(made: Rendering) -> dict[str, str]:
    return files(made, AUTHOR)


@given(worlds(), st.sampled_from(STRATEGIES))
def test_what_is_brought_leaves_nothing_to_do_and_renders_the_same(world: World, strategy: str) -> None:
    assume(world.snapshot.charts)
    intent = Intent(strategy=strategy)
    made = rendered(world, intent)
    brought(world, made)
    assert [step.to_dict() for step in world.plan(intent).plan.steps] == []
    assert text_of(rendered(world, intent)) == text_of(made)


@given(worlds(), st.sampled_from(STRATEGIES))
def test_what_present_has_written_renders_the_same(world: World, strategy: str) -> None:
    intent = Intent(strategy=strategy)
    made = rendered(world, intent)
    world.apply(world.plan(intent))
    assert text_of(rendered(world, intent)) == text_of(made)


@given(worlds(), st.sampled_from(STRATEGIES))
def test_every_file_is_what_a_linter_accepts_and_reads_back_as_it_was(world: World, strategy: str) -> None:
    made = rendered(world, Intent(strategy=strategy))
    by_ref = {Ref.of(obj): obj for obj in made.manifests}
    for name, text in text_of(made).items():
        assert [str(problem) for problem in linter.run(text, LINT, name)] == [], text
        content = yaml.safe_load(text)
        if "metadata" in content:
            assert content == by_ref.pop(Ref.of(content))
    assert not by_ref


@given(worlds(), st.sampled_from(STRATEGIES))
def test_nothing_of_the_server_is_rendered(world: World, strategy: str) -> None:
    for obj in rendered(world, Intent(strategy=strategy)).manifests:
        assert not {"resourceVersion", "uid", "managedFields", "generation", "creationTimestamp"} & set(obj["metadata"])
        assert "status" not in obj


@given(worlds(recipes=False))
def test_another_strategy_leaves_no_file_of_somebodys_object_without_its_object(world: World) -> None:
    """A tool that prunes would delete a Service or an Ingress whose file has gone."""
    made = rendered(world, Intent(strategy="header"))
    brought(world, made)
    earlier = [Ref.of(obj) for obj in made.merged]
    after = rendered(world, Intent(strategy="cluster_ip"), earlier)
    assert set(earlier) - {Ref.of(obj) for obj in after.merged} == set()


@given(worlds(), st.sampled_from(STRATEGIES))
def test_the_values_of_a_k3s_chart_do_the_same_as_its_manifest(world: World, strategy: str) -> None:
    assume(world.snapshot.charts)
    made = rendered(world, Intent(strategy=strategy))
    config = next((obj for obj in made.manifests if obj["kind"] == "HelmChartConfig"), None)
    if config is None:
        assert not made.values
        return
    spec = config["spec"]
    given_values = merged(yaml.safe_load(spec.get("valuesContent") or "") or {}, spec.get("values") or {})
    assert merged(given_values, made.values) == given_values
    assert not made.in_file


def test_a_helm_release_gets_values_and_no_manifest_of_its_workload() -> None:
    workload = b.deployment(b.pod_template([*b.ARGUMENTS, "--entryPoints.web.http.middlewares=app-limit@kubernetescrd"]), "traefik")
    workload["metadata"]["labels"] = {"helm.sh/chart": "traefik-40.2.0"}
    world = World(b.snapshot(b.service("web"), b.ingress("web", ("web", 80)), b.middleware("limit", rateLimit={}), workload=workload))
    made = rendered(world, Intent(strategy="header"))
    strip = "traefik-l5d-strip@kubernetescrd"
    assert made.values["deployment"]["podAnnotations"]["linkerd.io/inject"] == "ingress"
    assert made.values["ports"] == {
        "metrics": {"http": {"middlewares": [strip]}},
        "web": {"http": {"middlewares": [strip, "app-limit@kubernetescrd"]}},
        "websecure": {"http": {"middlewares": [strip]}},
    }
    assert "Deployment" not in {obj["kind"] for obj in made.manifests}
    assert "values-traefik.yaml" in text_of(made)


@pytest.mark.parametrize(
    ("chart", "key"), [("traefik-38.0.2", "ports"), ("traefik-9.1.0", "additionalArguments"), ("", "additionalArguments")]
)
def test_the_key_of_the_chart_that_is_there_is_used(chart: str, key: str) -> None:
    workload = b.deployment(namespace="traefik")
    workload["metadata"]["labels"] = {"helm.sh/chart": chart}
    values = rendered(World(b.snapshot(workload=workload)), Intent(strategy="header")).values
    assert set(values) == {"deployment", key}
    if chart == "traefik-38.0.2":
        assert values["ports"]["web"] == {"middlewares": ["traefik-l5d-strip@kubernetescrd"]}


def test_a_plain_workload_is_rendered_whole() -> None:
    workload = b.deployment(namespace="traefik")
    workload["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "3", "mine": "kept"}
    made = rendered(World(b.snapshot(workload=workload)), Intent())
    assert not made.values
    (found,) = made.merged
    assert found["kind"] == "Deployment"
    assert set(found["metadata"]["annotations"]) == {"mine", RECORD_ANNOTATION}


def test_a_restart_is_not_rendered() -> None:
    workload = b.deployment(b.pod_template(annotations={"linkerd.io/inject": "enabled"}), "traefik")
    world = World(b.snapshot(workload=workload))
    world.snapshot = replace(world.snapshot, pods=(workload["spec"]["template"],))
    joint = world.plan(Intent(strategy="none", skip_inbound=[], now="2026-01-01T00:00:00+00:00"))
    assert {step.phase for step in joint.plan.steps} == {Phase.RESTART}
    assert "2026-01-01" not in str(rendering(joint).manifests)


def test_a_service_is_kept_without_the_addresses_it_was_given() -> None:
    spec = kept(b.service("web", clusterIPs=["10.43.0.9"]))["spec"]
    assert set(spec) == {"ports"}
    assert kept(b.headless("web"))["spec"]["clusterIP"] == "None"


def test_what_tools_write_is_not_kept_and_what_people_write_is() -> None:
    obj = b.service("web", annotations={"objectset.rio.cattle.io/applied": "x", "argocd.argoproj.io/tracking-id": "y", "mine": "z"})
    obj["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/name": "apps", "app": "web"}
    obj["metadata"]["finalizers"] = ["service.kubernetes.io/load-balancer-cleanup"]
    meta = kept(obj)["metadata"]
    assert meta == {"name": "web", "namespace": "app", "annotations": {"mine": "z"}, "labels": {"app": "web"}}


REFS = st.builds(
    Ref,
    st.sampled_from(["v1", "a.example/v1"]),
    st.sampled_from(["Service", "Values", "Kustomization"]),
    st.text("a-.B/:", min_size=1, max_size=4) | st.just("x" * 300),
    st.sampled_from(["", "a", "a-a"]),
)


@given(st.sets(REFS, max_size=12))
def test_no_two_objects_share_a_file(refs: set[Ref]) -> None:
    names = file_names(refs)
    assert len({name.lower() for name in names.values()}) == len(refs)
    assert all("/" not in name and len(name) < 240 for name in names.values())
    assert names == file_names(sorted(refs))


def test_file_names_are_what_people_expect() -> None:
    assert file_names([Ref("v1", "Service", "web", "app"), Ref("v1", "Namespace", "app")]) == {
        Ref("v1", "Service", "web", "app"): "service-app-web.yaml",
        Ref("v1", "Namespace", "app"): "namespace-app.yaml",
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab \n:#-'\"\t{é", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ay:-", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_any_content_reads_back_as_it_was(content: t.Any) -> None:
    text = to_yaml({"content": content})
    assert yaml.safe_load(text) == {"content": content}
    problems = [str(problem) for problem in linter.run(f"# {LINT_COMMENT}\n{text}", LINT)]
    assert problems == []


def test_a_private_key_is_never_rendered() -> None:
    with pytest.raises(InputError, match=r"values\.issuer\.tls\[0\] holds a private key"):
        refuse_keys({"issuer": {"tls": ["-----BEGIN EC PRIVATE KEY-----\n"]}}, "release web", "values")


def test_the_index_names_the_manifests_in_their_order_and_nothing_else() -> None:
    first: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}
    second: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    made = files(Rendering([first], [second], {"a": 1}, "web", {"chart": "web"}), AUTHOR)
    assert yaml.safe_load(made["kustomization.yaml"])["resources"] == ["service-b.yaml", "configmap-a.yaml"]
    assert set(made) == {"service-b.yaml", "configmap-a.yaml", "kustomization.yaml", "values-web.yaml", "chart-web.yaml"}


def test_what_is_rendered_before_linkerd_is_there_is_what_is_rendered_then() -> None:
    """From the shape of the published chart first, from the webhook that is there later."""
    objects = (b.service("web"), b.ingress("web", ("web", 80)))
    expected = installation.expected("linkerd", {"chart_version": "2026.6.3", "cluster_domain": "cluster.local"})
    before = World(b.snapshot(*objects, charts=(b.helm_chart(),), webhooks=(), linkerd=expected))
    after = World(b.snapshot(*objects, charts=(b.helm_chart(),)))
    assert text_of(rendered(before, Intent())) == text_of(rendered(after, Intent()))


def test_what_a_gitops_tool_keeps_is_rendered_with_our_changes_and_without_its_marks() -> None:
    ingress = b.ingress("web", ("web", 80), annotations={"argocd.argoproj.io/tracking-id": "x"})
    ingress["metadata"]["labels"] = {"argocd.argoproj.io/instance": "shop"}
    world = World(b.snapshot(b.service("web"), ingress, charts=(b.helm_chart(),)), "3.6.15")
    intent = Intent(strategy="header", writes=False)
    made = rendered(world, intent)
    (found,) = [obj for obj in made.merged if obj["kind"] == "Ingress"]
    assert found["metadata"]["annotations"][b.CHAIN] == "app-l5d-web-80@kubernetescrd"
    assert "argocd" not in str(found)
    brought(world, made)
    assert world.plan(Intent(strategy="header")).plan.steps == []


def test_what_a_controller_makes_anew_is_held_back() -> None:
    ingress = b.ingress("solver", ("web", 80))
    ingress["metadata"]["ownerReferences"] = [{"kind": "Challenge", "name": "shop-1", "controller": True}]
    world = World(b.snapshot(b.service("web"), ingress, charts=(b.helm_chart(),)), "3.6.15")
    made = rendered(world, Intent(strategy="header", writes=False))
    assert "Ingress" not in {obj["kind"] for obj in made.manifests}
    assert [(entry["name"], entry["reason"]) for entry in made.withheld] == [("solver", "Challenge shop-1 makes it anew")]


def test_the_config_map_of_a_chart_becomes_values() -> None:
    workload = n.deployment()
    workload["metadata"]["annotations"] = {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": n.NS}
    made = rendering(n.present(n.snapshot(b.service("web"), n.ingress("web", ("web", 80)), workload=workload)))
    assert made.values["controller"]["config"] == {"service-upstream": "true"}
    assert made.values["controller"]["podAnnotations"][INJECT] == "enabled"
    assert not {"ConfigMap", "Deployment"} & {obj["kind"] for obj in made.manifests}
    plain = rendering(n.present(n.snapshot(b.service("web"), n.ingress("web", ("web", 80)))))
    assert {"ConfigMap", "Deployment"} <= {obj["kind"] for obj in plain.manifests}
    assert not plain.values
