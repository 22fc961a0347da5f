# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ingress controllers that start traces: merged into what is there, kept by who does not speak of it, given back."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import replace

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.base import Part
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.ingress_nginx import INGRESS_NGINX
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, plan_absent, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from ansible_collections.pimesh.linkerd.plugins.module_utils.tracing.collector import Tracing
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as nginx

Object = dict[str, t.Any]

TEMPO = Tracing("tempo.tracing:4317", 0.1)
ARGUMENTS = {
    "--tracing.otlp=true",
    "--tracing.otlp.grpc=true",
    "--tracing.otlp.grpc.endpoint=tempo.tracing:4317",
    "--tracing.otlp.grpc.insecure=true",
    "--tracing.sampleRate=0.1",
}
VALUES = {"sampleRate": 0.1, "otlp": {"enabled": True, "grpc": {"enabled": True, "endpoint": "tempo.tracing:4317", "insecure": True}}}


def bundled(arguments: t.Sequence[str] = b.ARGUMENTS, values: str | None = None, tag: str = "3.7.15") -> Snapshot:
    """k3s' Traefik, with somebody's HelmChartConfig."""
    configs = (b.helm_chart_config(values),) if values is not None else ()
    workload = b.deployment(b.pod_template(arguments, tag=tag))
    return b.snapshot(b.service("web"), b.ingress("shop", ("web", 80)), workload=workload, charts=(b.helm_chart(),), configs=configs)


def present(snapshot: Snapshot, tracing: Tracing | None = None, **intent: t.Any) -> Joint:
    return plan_present(snapshot, Intent(tracing=tracing, **intent), TRAEFIK)


def after(snapshot: Snapshot, joint: Joint) -> Snapshot:
    """Once everything is written and k3s has rolled it out."""
    workload = copy.deepcopy(joint.planned.workload)
    workload["spec"]["template"] = joint.expected_template
    return replace(snapshot.after(joint.plan.steps), workload=workload)


def values_of(snapshot: Snapshot) -> Object:
    (config,) = snapshot.configs
    return t.cast(Object, yaml.safe_load(config["spec"]["valuesContent"]))


def arguments_of(snapshot: Snapshot) -> set[str]:
    return {argument for argument in snapshot.workload["spec"]["template"]["spec"]["containers"][0]["args"] if "tracing" in argument}


def test_traefik_gets_the_charts_values_beside_somebodys_own() -> None:
    before = bundled(values="logs:\n  general:\n    level: DEBUG\n")
    then = after(before, present(before, TEMPO))
    assert values_of(then)["tracing"] == VALUES
    assert values_of(then)["logs"] == {"general": {"level": "DEBUG"}}
    assert arguments_of(then) == ARGUMENTS
    assert present(then, TEMPO).plan.steps == []


@pytest.mark.parametrize("mesh", [True, False])
def test_who_does_not_speak_of_tracing_leaves_it(mesh: bool) -> None:
    before = bundled()
    then = after(before, present(before, TEMPO))
    assert present(then, None, mesh=mesh).plan.steps == []


def test_another_collector_replaces_the_first() -> None:
    before = bundled()
    then = after(before, present(before, TEMPO))
    moved = after(then, present(then, Tracing("alloy.monitoring:4317", 0.5)))
    assert values_of(moved)["tracing"]["otlp"]["grpc"]["endpoint"] == "alloy.monitoring:4317"
    assert len(arguments_of(moved)) == len(ARGUMENTS)
    assert "--tracing.sampleRate=0.5" in arguments_of(moved)


def test_an_empty_endpoint_and_absent_take_it_back() -> None:
    before = bundled(values="logs:\n  general:\n    level: DEBUG\n")
    then = after(before, present(before, TEMPO))
    without = after(then, present(then, Tracing("")))
    assert "tracing" not in values_of(without)
    assert arguments_of(without) == set()
    gone = then.after(plan_absent(then, Intent(), TRAEFIK).plan.steps)
    assert gone.configs == before.configs
    kept = plan_absent(then, Intent(mesh=False), TRAEFIK).expected_template
    assert {a for a in kept["spec"]["containers"][0]["args"] if "tracing" in a} == ARGUMENTS


def test_traefik_of_a_chart_of_its_own_gets_arguments() -> None:
    before = b.snapshot(b.service("web"), b.ingress("shop", ("web", 80)), workload=b.deployment(namespace="edge"))
    joint = present(before, TEMPO)
    then = before.after(joint.plan.steps)
    assert arguments_of(then) == ARGUMENTS
    assert joint.helm is not None
    assert joint.helm.values["tracing"] == VALUES


def test_tracing_of_somebody_else_stays_with_a_finding() -> None:
    before = bundled([*b.ARGUMENTS, "--tracing.otlp.http.endpoint=http://alloy:4318/v1/traces"])
    joint = present(before, TEMPO)
    assert "L5D197" in {finding.code for finding in joint.plan.findings}
    assert "tracing" not in values_of(after(before, joint))


def test_traefik_2_is_refused() -> None:
    with pytest.raises(InputError, match="Traefik 2 does not speak OpenTelemetry"):
        present(bundled(tag="2.11.0"), TEMPO)
    assert present(bundled(tag="2.11.0")).plan.steps


def nginx_data(snapshot: Snapshot) -> Object:
    (config,) = snapshot.of("ConfigMap")
    return config.get("data") or {}


def nginx_scene(data: Object | None = None) -> Snapshot:
    return nginx.snapshot(b.service("web"), nginx.ingress("shop", ("web", 80)), config=nginx.config_map(data))


def test_ingress_nginx_gets_keys_of_its_config_map_and_gives_them_back() -> None:
    before = nginx_scene({"use-gzip": "true"})
    joint = nginx.present(before, tracing=TEMPO)
    then = before.after(joint.plan.steps)
    assert nginx_data(then) == {
        "use-gzip": "true",
        "service-upstream": "true",
        "enable-opentelemetry": "true",
        "otlp-collector-host": "tempo.tracing",
        "otlp-collector-port": "4317",
        "otel-sampler": "TraceIdRatioBased",
        "otel-sampler-ratio": "0.1",
    }
    again = [step.object.kind for step in nginx.present(then).plan.steps]
    assert "ConfigMap" not in again, "who does not speak of tracing leaves it"
    policy = plan_present(then, Intent(mesh=False), INGRESS_NGINX)
    assert "ConfigMap" not in [step.object.kind for step in policy.plan.steps]
    without = then.after(nginx.present(then, tracing=Tracing("")).plan.steps)
    assert nginx_data(without) == {"use-gzip": "true", "service-upstream": "true"}
    gone = then.after(plan_absent(then, Intent(), INGRESS_NGINX).plan.steps)
    assert nginx_data(gone) == {"use-gzip": "true"}


def test_what_the_chart_of_ingress_nginx_would_need_is_said() -> None:
    part = INGRESS_NGINX.traced(TEMPO, nginx_scene(), lambda _setting: False)
    joined = Part(values={"controller": {"config": {"service-upstream": "true"}}}).joined(part)
    assert joined.values["controller"]["config"]["otlp-collector-host"] == "tempo.tracing"
    assert joined.values["controller"]["config"]["service-upstream"] == "true"


@pytest.mark.parametrize("tag", ["v1.9.6", "v0.34.0"])
def test_an_ingress_nginx_without_opentelemetry_is_refused(tag: str) -> None:
    workload = nginx.deployment()
    container = workload["spec"]["template"]["spec"]["containers"][0]
    container["image"] = f"registry.k8s.io/ingress-nginx/controller:{tag}"
    with pytest.raises(InputError, match="has no OpenTelemetry"):
        nginx.present(nginx.snapshot(b.service("web"), workload=workload), tracing=TEMPO)


def test_tracing_of_ingress_nginx_that_somebody_else_set_stays() -> None:
    before = nginx_scene({"enable-opentelemetry": "true", "otlp-collector-host": "alloy.monitoring"})
    joint = nginx.present(before, tracing=TEMPO)
    assert "L5D197" in {finding.code for finding in joint.plan.findings}
    assert nginx_data(before.after(joint.plan.steps))["otlp-collector-host"] == "alloy.monitoring"
