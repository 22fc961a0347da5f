# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that others keep, recipes that others wrote, and an audit that changes nothing whatever it finds."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import contents, few_routes
from tests.integration.contents import CONFIG
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref

PODS = Ref("v1", "Service", "pods", few_routes.NAMESPACE)
ADMIN = Ref(few_routes.CRD, "IngressRoute", "admin", few_routes.NAMESPACE)
ADDON = {"objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon", "objectset.rio.cattle.io/owner-name": "mine"}


@pytest.fixture
def lab(few: Lab) -> t.Iterator[Lab]:
    before = contents.of(few)
    yield few
    few.done(state="absent")
    assert contents.differing(before, contents.of(few)) == []


@pytest.fixture
def in_git(lab: Lab) -> t.Iterator[Lab]:
    """The headless Service is Argo CD's."""
    lab.change(PODS, {"metadata": {"labels": {"argocd.argoproj.io/instance": "shop"}}})
    yield lab
    lab.change(PODS, {"metadata": {"labels": {"argocd.argoproj.io/instance": None}, "annotations": {contents.NATIVE_LB: None}}})


def test_an_opt_out_in_somebodys_git_is_handed_over(in_git: Lab) -> None:
    since = len(in_git.sandbox.audit())
    result = in_git.run(strategy="cluster_ip")
    assert result["failed"]
    assert result["failure"]["code"] == "managed"
    assert in_git.writes(since) == []
    (handover,) = result["failure"]["handover"]
    assert handover["managed_by"] == "Argo CD application shop"
    in_git.change(PODS, {"metadata": handover["manifest"]["metadata"]})
    done = in_git.done(strategy="cluster_ip")
    assert done["handover"] == []
    assert all(verdict["verdict"] != "broken" for verdict in done["verdicts"])
    assert in_git.done(strategy="cluster_ip")["steps"] == []


def test_force_patches_it_and_absent_gives_it_back(in_git: Lab) -> None:
    result = in_git.done(strategy="cluster_ip", force=True)
    assert "L5D241" in {finding["code"] for finding in result["findings"]}
    in_git.done(state="absent")
    assert contents.NATIVE_LB not in in_git.get(PODS.api_version, PODS.kind, PODS.namespace, PODS.name)["metadata"].get("annotations", {})


def test_a_config_from_the_manifests_directory_is_refused_in_check_mode_and_out_of_it(lab: Lab) -> None:
    """The bundled chart itself carries such marks too, and is no obstacle."""
    metadata = {"name": CONFIG.name, "namespace": CONFIG.namespace, "annotations": ADDON}
    lab.admin.create({"apiVersion": CONFIG.api_version, "kind": CONFIG.kind, "metadata": metadata, "spec": {"valuesContent": "logs: {}\n"}})
    try:
        since = len(lab.sandbox.audit())
        for check in (True, False):
            result = lab.run(strategy="header", check=check)
            assert result["failure"]["subject"] == str(CONFIG)
            assert result["failure"]["handover"][-1]["helm_values"]["deployment"]["podAnnotations"]["linkerd.io/inject"] == "ingress"
        assert lab.writes(since) == []
    finally:
        lab.admin.delete(CONFIG)


@pytest.fixture
def recipe(lab: Lab) -> t.Iterator[Lab]:
    """Somebody set the header by hand, before the auth service, with a port of their own."""
    spec = {"headers": {"customRequestHeaders": {"l5d-dst-override": "admin.few.svc.cluster.local:8080"}}}
    middleware = Ref(few_routes.CRD, "Middleware", "by-hand", few_routes.NAMESPACE)
    metadata = {"name": middleware.name, "namespace": middleware.namespace}
    lab.admin.create({"apiVersion": middleware.api_version, "kind": middleware.kind, "metadata": metadata, "spec": spec})
    before = lab.get(ADMIN.api_version, ADMIN.kind, ADMIN.namespace, ADMIN.name)["spec"]
    (rule,) = before["routes"]
    lab.change(ADMIN, {"spec": {"routes": [{**rule, "middlewares": [{"name": "by-hand"}, *rule["middlewares"]]}]}})
    yield lab
    lab.done(state="absent")
    lab.change(ADMIN, {"spec": before})
    lab.admin.delete(middleware)


def test_a_recipe_is_taken_over_and_given_back(recipe: Lab) -> None:
    before = recipe.get(ADMIN.api_version, ADMIN.kind, ADMIN.namespace, ADMIN.name)["spec"]
    (wrong,) = [f["reason"] for f in recipe.done(state="audit")["findings"] if f["code"] == "L5D243"]
    assert "which has port 8080, and the Service's is 80" in wrong
    assert recipe.run(strategy="header")["failed"], "set before the auth service it would let everybody in"
    recipe.done(strategy="header", adopt=True)
    (rule,) = recipe.get(ADMIN.api_version, ADMIN.kind, ADMIN.namespace, ADMIN.name)["spec"]["routes"]
    assert "by-hand" not in str(rule)
    assert recipe.done(strategy="header")["steps"] == []
    assert all(verdict["safe"] for verdict in recipe.done(state="audit")["verdicts"])
    recipe.done(state="absent")
    assert recipe.get(ADMIN.api_version, ADMIN.kind, ADMIN.namespace, ADMIN.name)["spec"] == before


@pytest.mark.parametrize("module", [MESH, POLICY])
@pytest.mark.parametrize("check", [False, True])
def test_an_audit_changes_nothing_and_fails_only_from_the_severity_that_was_chosen(lab: Lab, module: str, check: bool) -> None:
    since = len(lab.sandbox.audit())
    options: Object = {"module": module, "state": "audit", "check": check, "diff": True}
    for fail_on in ("never", "error"):
        result = lab.done(**options, fail_on=fail_on)
        assert (result["changed"], result["steps"]) == (False, [])
    failed = lab.run(**options, fail_on="warning")
    assert failed["failed"]
    assert failed["changed"] is False
    assert failed["msg"].startswith("L5D301")
    assert failed["findings"][0]["code"] == "L5D301"
    assert failed["verdicts"]
    assert lab.writes(since) == []
