# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Traefik from its own chart, in a namespace of its own: settings go into its pod template, and no second webhook is needed."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import contents
from tests.integration.faults import Proxy
from tests.integration.ingress_lab import Lab, Object
from tests.integration.test_ingress_kills import killed

HERE: Object = {"controller_ref": "edge/edge-traefik"}


@pytest.fixture(scope="module")
def lab(few: Lab) -> t.Iterator[Lab]:
    values = {"ingressClass": {"enabled": False}, "service": {"spec": {"type": "ClusterIP"}}}
    chart = str(few.charts / "traefik")
    few.helm("upgrade", "--install", "--namespace", "edge", "--create-namespace", "--wait", "edge", chart, values=values)
    yield few
    few.helm("uninstall", "--namespace", "edge", "--wait", "edge")


def template(lab: Lab) -> Object:
    found: Object = lab.get("apps/v1", "Deployment", "edge", "edge-traefik")["spec"]["template"]
    return found


@pytest.mark.parametrize(("strategy", "argument"), [("cluster_ip", "nativelbbydefault=true"), ("header", "l5d-strip@kubernetescrd")])
def test_its_pod_template_gets_annotations_and_arguments_and_loses_them_again(lab: Lab, strategy: str, argument: str) -> None:
    before, bare = contents.of(lab), template(lab)
    foretold = lab.done(strategy=strategy, check=True, **HERE)
    created = lab.done(strategy=strategy, **HERE)
    assert created["steps"] == foretold["steps"]
    assert created["controller"]["workload"] == "Deployment edge/edge-traefik"
    assert "L5D502" in {finding["code"] for finding in created["findings"]}
    assert "MutatingWebhookConfiguration" not in {step["kind"] for step in created["steps"]}
    assert all(verdict["safe"] for verdict in created["verdicts"])
    arguments = template(lab)["spec"]["containers"][0]["args"]
    assert any(argument.lower() in given.lower() for given in arguments)
    pods = lab.all("v1", "Pod", "edge")
    assert all(any(c["name"] == "linkerd-proxy" for c in pod["spec"].get("initContainers", [])) for pod in pods)
    assert lab.done(strategy=strategy, **HERE)["steps"] == []
    lab.done(state="absent", **HERE)
    assert template(lab) == bare
    assert contents.differing(before, contents.of(lab)) == []


@pytest.mark.parametrize(("strategy", "after"), [("header", 1), ("header", 4), ("cluster_ip", 2)])
def test_a_killed_run_leaves_its_routes_safe_and_the_next_one_finishes(lab: Lab, strategy: str, after: int) -> None:
    before = contents.of(lab)
    with Proxy(lab.kubeconfig) as proxy:
        assert killed(lab, proxy, {**HERE, "strategy": strategy}, after)
    assert all(verdict["safe"] for verdict in lab.done(state="audit", **HERE)["verdicts"])
    assert lab.done(strategy=strategy, **HERE)["changed"]
    assert lab.done(strategy=strategy, **HERE)["steps"] == []
    lab.done(state="absent", **HERE)
    assert contents.differing(before, contents.of(lab)) == []
