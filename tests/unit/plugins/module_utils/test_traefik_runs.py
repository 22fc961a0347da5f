# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs of the real Traefik have taught the planner; tests/live shows it on the wire."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik import static_config
from tests.unit.plugins.module_utils import builders as a

STRIP = "kube-system-l5d-strip@kubernetescrd"
WEB = "--entryPoints.web.http.middlewares="
PAGES = a.middleware("pages", errors={"status": ["500"], "service": {"name": "pages", "port": 80}, "query": "/"})
RECIPE = a.setting("web.app.svc.cluster.local:80")


def header_plan(*objects: Object, arguments: tuple[str, ...] = (), **parts: t.Any) -> Joint:
    workload = a.deployment(a.pod_template([*a.ARGUMENTS, *arguments]))
    single: dict[str, t.Any] = {key: (obj,) for key, obj in parts.items()}
    snapshot = a.snapshot(*objects, workload=workload, **single)
    return plan_present(snapshot, Intent(strategy="header"), TRAEFIK)


def verdicts(joint: Joint) -> dict[str, str]:
    return {verdict.rule: verdict.verdict for verdict in joint.plan.verdicts}


def codes(joint: Joint) -> set[str]:
    return {finding.code for finding in joint.plan.findings}


def test_of_middlewares_given_twice_only_the_last_are_sure_to_run() -> None:
    config = static_config.parse([f"{WEB}a@file", f"{WEB}b@file"])
    assert config.entry_points["web"].possible_chains == [("b@file",), ("a@file", "b@file")]
    assert static_config.parse([f"{WEB}a@file,b@file"]).entry_points["web"].possible_chains == [("a@file", "b@file")]


def test_a_strip_that_may_not_run_is_none() -> None:
    strip = a.setting("", "strip")
    annotated = a.pod_template(
        [*a.ARGUMENTS, f"{WEB}app-strip@kubernetescrd", f"{WEB}app-plain@kubernetescrd"], {"linkerd.io/inject": "ingress"}
    )
    workload = a.deployment(annotated, namespace="traefik")
    route = a.ingress_route("web", a.route("Host(`web`)", {"name": "web", "port": 80}), entry_points=["web"])
    plan = audit(a.snapshot(strip, a.middleware("plain"), route, a.service("web"), workload=workload), Intent(), TRAEFIK)
    assert [verdict.verdict for verdict in plan.verdicts] == ["relayable"]
    assert "L5D307" in {finding.code for finding in plan.findings}


def test_ours_makes_one_argument_of_two() -> None:
    joint = header_plan(
        a.ingress("web", ("web", 80)),
        a.service("web"),
        a.middleware("a"),
        arguments=(f"{WEB}app-a@kubernetescrd", f"{WEB}app-a@kubernetescrd"),
    )
    written = [x for x in joint.expected_template["spec"]["containers"][0]["args"] if x.startswith(WEB)]
    assert len(written) == 1
    assert written[0].startswith(f"{WEB}{STRIP},app-a@kubernetescrd")


def test_middlewares_from_the_chart_and_from_an_argument_are_refused() -> None:
    """Nobody could say which of them Traefik will run."""
    config = a.helm_chart_config(
        f"ports: {{web: {{http: {{middlewares: [app-a@kubernetescrd]}}}}}}\nadditionalArguments: ['{WEB}app-b@kubernetescrd']\n"
    )
    objects = (a.ingress("web", ("web", 80)), a.service("web"), a.middleware("a"), a.middleware("b"))
    both = (f"{WEB}app-a@kubernetescrd", f"{WEB}app-b@kubernetescrd")
    with pytest.raises(PlanningError, match=r"ports\.web\.http\.middlewares and .*additionalArguments"):
        header_plan(*objects, arguments=both, charts=a.helm_chart(), configs=config)


def test_a_route_with_error_pages_gets_no_header_of_its_own() -> None:
    """The request for the page would carry it, and the backend would answer instead of the pages' Service."""
    route = a.ingress_route("web", a.route("Host(`web`)", {"name": "web", "port": 80}, middlewares=["pages"]))
    joint = header_plan(route, a.service("web"), a.service("pages"), PAGES)
    assert verdicts(joint) == {"Host(`web`)": "safe_by_strip_endpoint_routed"}
    assert "L5D216" in codes(joint)


def test_a_service_that_one_ingress_gives_error_pages_is_not_annotated_for_the_others() -> None:
    failing = a.ingress("failing", ("web", 80), annotations={a.CHAIN: "app-pages@kubernetescrd"})
    joint = header_plan(failing, a.ingress("other", ("web", 80)), a.service("web"), PAGES)
    assert verdicts(joint) == {"failing/0": "safe_by_strip_endpoint_routed", "other/0": "safe_by_header"}


def test_somebodys_own_header_under_error_pages_leads_them_astray() -> None:
    route = a.ingress_route("web", a.route("Host(`web`)", {"name": "web", "port": 80}, middlewares=["pages", "recipe"]))
    workload = a.deployment(a.pod_template([*a.ARGUMENTS, f"{WEB}app-strip@kubernetescrd"], {"linkerd.io/inject": "ingress"}), "traefik")
    route["spec"]["entryPoints"] = ["web"]
    objects = (route, a.service("web"), PAGES, RECIPE, a.setting("", "strip"))
    plan = audit(a.snapshot(*objects, workload=workload), Intent(), TRAEFIK)
    assert [(verdict.verdict, "error pages" in verdict.reason) for verdict in plan.verdicts] == [("misrouted", True)]
