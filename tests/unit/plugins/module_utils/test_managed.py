# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that somebody else keeps as they are: left to their owner with what to write there, and nothing breaks meanwhile."""

from __future__ import annotations

import copy
import typing as t

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ManagedError, PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import merge_values
from ansible_collections.pimesh.linkerd.plugins.module_utils.managers import manager_of
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import RECORD_ANNOTATION, Object, Phase
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.generated import worlds
from tests.unit.plugins.module_utils.world import World, merged

ADDON = {
    "objectset.rio.cattle.io/id": "",
    "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
    "objectset.rio.cattle.io/owner-name": "mine",
    "objectset.rio.cattle.io/owner-namespace": "kube-system",
}
RELEASE = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "app"}
OWNERS = ("argocd", "flux", "k3s", "operator")
KEEPERS = {
    "argocd": "Argo CD application shop",
    "flux": "Flux Kustomization apps",
    "k3s": "k3s add-on mine",
    "operator": "Challenge shop-1",
    "helm": "Helm release app/shop",
}


def kept(obj: Object, owner: str) -> Object:
    """The same object, with the marks of somebody who keeps it so."""
    marked = copy.deepcopy(obj)
    meta = marked["metadata"]
    if owner == "operator":
        meta["ownerReferences"] = [{"kind": "Challenge", "name": "shop-1", "controller": True}]
    elif owner == "flux":
        meta["labels"] = {**meta.get("labels", {}), "kustomize.toolkit.fluxcd.io/name": "apps"}
    elif owner == "argocd":
        meta["labels"] = {**meta.get("labels", {}), "argocd.argoproj.io/instance": "shop"}
    else:
        meta["annotations"] = {**meta.get("annotations", {}), **(ADDON if owner == "k3s" else RELEASE)}
    return marked


def plan(snapshot: Snapshot, **intent: t.Any) -> Joint:
    return plan_present(snapshot, Intent(**intent), TRAEFIK)


def codes(joint: Joint) -> list[str]:
    return [finding.code for finding in joint.plan.findings]


def written(joint: Joint) -> set[str]:
    return {f"{step.object.kind}/{step.object.name}" for step in joint.plan.steps}


SHOP = b.ingress("shop", ("web", 80))
IN_ROUTE = b.ingress_route("r", b.route("Host(`a`)", {"name": "web", "port": 80}))


# Routes and Services.


@pytest.mark.parametrize("owner", OWNERS)
def test_an_opt_out_that_is_its_owners_to_write_stops_the_plan_before_a_route_breaks(owner: str) -> None:
    """Traefik drops the router of a headless Service that it is to dial by ClusterIP."""
    snapshot = b.snapshot(kept(b.headless("web"), owner), SHOP)
    words = rf"Ingress app/shop: .*is served today and would not be any more: .*{KEEPERS[owner]}.*force: true"
    with pytest.raises(ManagedError, match=words) as error:
        plan(snapshot)
    (handover,) = error.value.handover
    assert handover["managed_by"] == KEEPERS[owner]
    assert handover["manifest"] == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "app", "annotations": {b.NATIVE_LB: "false"}},
    }


@pytest.mark.parametrize("owner", OWNERS)
def test_what_the_owner_writes_for_us_is_enough(owner: str) -> None:
    with pytest.raises(ManagedError) as error:
        plan(b.snapshot(kept(b.headless("web"), owner), SHOP))
    theirs = merged(kept(b.headless("web"), owner), error.value.handover[0]["manifest"])
    joint = plan(b.snapshot(theirs, SHOP))
    assert "Service/web" not in written(joint)
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_endpoint_routed"]
    assert joint.handovers == []


@pytest.mark.parametrize("owner", OWNERS)
def test_force_writes_all_the_same_and_says_so(owner: str) -> None:
    joint = plan(b.snapshot(kept(b.headless("web"), owner), SHOP), force=True)
    assert "Service/web" in written(joint)
    assert "L5D241" in codes(joint)
    assert joint.handovers == []


def test_what_is_only_to_be_read_says_everything() -> None:
    """state: rendered is for whoever keeps the objects."""
    joint = plan(b.snapshot(kept(b.headless("web"), "argocd"), SHOP, workload=kept(b.deployment(), "argocd")), writes=False)
    assert {"Service/web", "Deployment/traefik"} <= written(joint)
    assert {"L5D240", "L5D241", "L5D242"}.isdisjoint(codes(joint))


def test_what_plain_helm_installed_is_patched() -> None:
    """Helm does not look before its next upgrade, and then keeps annotations that it does not render."""
    joint = plan(b.snapshot(kept(b.headless("web"), "helm"), SHOP))
    assert "Service/web" in written(joint)
    assert {"L5D240", "L5D241", "L5D248"}.isdisjoint(codes(joint))
    assert "L5D248" in codes(plan(b.snapshot(b.service("web"), kept(IN_ROUTE, "helm")), strategy="header"))


@pytest.mark.parametrize("owner", OWNERS)
def test_a_route_that_somebody_else_keeps_is_covered_by_the_strip(owner: str) -> None:
    joint = plan(b.snapshot(b.service("web"), kept(IN_ROUTE, owner)), strategy="header")
    assert "IngressRoute/r" not in written(joint)
    assert [verdict.verdict for verdict in joint.plan.verdicts] == ["safe_by_strip_endpoint_routed"]
    (finding,) = [finding for finding in joint.plan.findings if finding.code == "L5D240"]
    assert KEEPERS[owner] in finding.reason
    assert KEEPERS[owner] in finding.remedy
    (handover,) = joint.handovers
    (rule,) = handover.manifest["spec"]["routes"]
    assert rule["services"][0]["middlewares"] == [{"name": "l5d-web-80", "namespace": "app"}]
    assert RECORD_ANNOTATION not in str(handover.manifest)
    theirs = merged(kept(IN_ROUTE, owner), handover.manifest)
    then = plan(b.snapshot(b.service("web"), theirs), strategy="header")
    assert [verdict.verdict for verdict in then.plan.verdicts] == ["safe_by_header"]
    assert then.handovers == []


def test_what_was_forced_once_is_kept_and_given_back() -> None:
    world = World(b.snapshot(kept(b.headless("web"), "argocd"), SHOP))
    before = world.owned()
    world.apply(world.plan(Intent(force=True)))
    assert world.plan(Intent()).plan.steps == []
    assert world.plan(Intent()).handovers == []
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before


# The controller's settings.

CHART = kept(b.helm_chart(), "k3s")


def test_the_bundled_chart_is_k3s_own_and_its_config_is_not() -> None:
    for configs in ((), (b.helm_chart_config("logs: {}\n"),)):
        joint = plan(b.snapshot(b.service("web"), SHOP, charts=(CHART,), configs=configs))
        assert "HelmChartConfig/traefik" in written(joint)
        assert joint.handovers == []


@pytest.mark.parametrize("owner", OWNERS)
def test_a_config_that_somebody_else_keeps_is_refused_with_the_values_to_put_there(owner: str) -> None:
    text = "logs: {general: {level: INFO}}\ndashboard: {password: hunter2}\n"
    config = kept(b.helm_chart_config(text), owner)
    snapshot = b.snapshot(b.headless("web"), SHOP, charts=(CHART,), configs=(config,))
    with pytest.raises(ManagedError, match=rf"HelmChartConfig kube-system/traefik: {KEEPERS[owner]} keeps it.*l5d_header_policy") as error:
        plan(snapshot)
    assert [(entry["object"]["kind"], entry["managed_by"]) for entry in error.value.handover] == [
        ("MutatingWebhookConfiguration", ""),
        ("Service", ""),
        ("HelmChartConfig", KEEPERS[owner]),
    ]
    settings = error.value.handover[-1]
    assert settings["helm_values"]["providers"]["kubernetesIngress"] == {"nativeLBByDefault": True}
    assert settings["helm_values"]["deployment"]["podAnnotations"]["linkerd.io/inject"] == "enabled"
    assert "hunter2" not in str(error.value.handover)
    values = yaml.safe_dump(merge_values(yaml.safe_load(text), settings["helm_values"]))
    config = merged(config, settings["manifest"])
    config["spec"]["valuesContent"] = values
    world = World(b.snapshot(b.headless("web"), SHOP, charts=(CHART,), configs=(config,)))
    joint = world.plan(Intent())
    assert "HelmChartConfig/traefik" not in written(joint)
    world.apply(joint)
    assert world.plan(Intent()).plan.steps == []
    assert [verdict.verdict for verdict in world.plan(Intent()).plan.verdicts] == ["safe_endpoint_routed"]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("strategy", ["cluster_ip", "header"])
def test_a_workload_that_somebody_else_keeps_is_refused_with_its_manifest(owner: str, strategy: str) -> None:
    workload = kept(b.deployment(namespace="edge"), owner)
    workload["metadata"]["labels"] = {**workload["metadata"].get("labels", {}), "helm.sh/chart": "traefik-39.0.0"}
    workload["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "TOKEN", "value": "hunter2"}]
    with pytest.raises(ManagedError, match=f"Deployment edge/traefik: {KEEPERS[owner]} keeps it") as error:
        plan(b.snapshot(b.service("web"), SHOP, workload=workload), strategy=strategy)
    settings = error.value.handover[-1]
    (container,) = settings["manifest"]["spec"]["template"]["spec"]["containers"]
    assert container.keys() == {"name", "args"}
    assert "hunter2" not in str(error.value.handover)
    assert settings["helm_values"]["deployment"]["podAnnotations"]["linkerd.io/inject"] == (
        "ingress" if strategy == "header" else "enabled"
    )
    template = workload["spec"]["template"]
    template["metadata"]["annotations"].update(settings["manifest"]["spec"]["template"]["metadata"]["annotations"])
    template["spec"]["containers"][0]["args"] = container["args"]
    joint = plan(b.snapshot(b.service("web"), SHOP, workload=workload), strategy=strategy)
    assert "Deployment/traefik" not in written(joint)
    assert "Deployment/traefik" in written(plan(b.snapshot(workload=kept(b.deployment(namespace="edge"), owner)), force=True))


def test_a_workload_of_plain_helm_is_patched_as_ever() -> None:
    workload = b.deployment(namespace="edge")
    workload["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
    joint = plan(b.snapshot(b.service("web"), SHOP, workload=workload))
    assert "Deployment/traefik" in written(joint)
    assert "L5D502" in codes(joint)


def test_the_policy_prepares_the_routes_and_leaves_the_settings_to_their_owner() -> None:
    world = World(b.snapshot(b.headless("web"), SHOP, charts=(CHART,), configs=(b.helm_chart_config("logs: {}\n"),)))
    world.apply(world.plan(Intent()))
    world.snapshot.configs[0]["metadata"]["annotations"].update(ADDON)
    joint = plan(world.snapshot, strategy="header", mesh=False)
    assert "L5D242" in codes(joint)
    assert {step.phase for step in joint.plan.steps} <= {Phase.OBJECTS, Phase.REFERENCES}
    assert [handover.object.kind for handover in joint.handovers] == ["HelmChartConfig"]
    world.apply(joint)
    assert plan(world.snapshot, strategy="header", mesh=False).plan.steps == []


# Whatever there is.


def some_kept(world: World, draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> None:
    marked = {
        kind: tuple(kept(obj, draw(st.sampled_from([*OWNERS, "helm"]))) if draw(st.booleans()) else obj for obj in found)
        for kind, found in world.snapshot.objects.items()
        if kind in ("Ingress", "IngressRoute", "Service")
    }
    t.cast("dict[str, tuple[Object, ...]]", world.snapshot.objects).update(marked)


@given(worlds(), st.sampled_from(["cluster_ip", "header"]), st.data())
def test_nobody_elses_object_is_written_nothing_breaks_and_the_run_ends(world: World, strategy: str, data: st.DataObject) -> None:
    some_kept(world, data.draw)
    running, _started = world.worth()
    try:
        joint = world.plan(Intent(strategy=strategy))
    except PlanningError:
        assume(False)
    for step in joint.plan.steps:
        manager = manager_of(step.before or {})
        assert manager is None or not manager.fights_back or step.object.kind == "Deployment"
    world.apply(joint)
    for route, verdicts in world.worth()[0].items():
        assert "broken" not in verdicts or "broken" in running[route]
    assert world.plan(Intent(strategy=strategy)).plan.steps == []
