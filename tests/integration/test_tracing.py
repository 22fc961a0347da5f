# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracing through both generations of Linkerd: by the extension, over the upgrade that ends it, to a collector of somebody else's, to nothing.

The tests of this file are one story, told in order.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from tests.integration.ingress_lab import Lab, Object
from tests.integration.site_runs import Run, play, writes

pytestmark = pytest.mark.slow

SITE = "pimesh.linkerd.site"
VERSION = "linkerd_control_plane_chart_version="
OLD, NEW = f"{VERSION}2025.9.4", f"{VERSION}2025.10.7"
"""The last release with the extension, and one of the next version of Linkerd, so that no hop lies between."""
WEBHOOK = "linkerd-jaeger-injector-webhook-config"
OWN = "jaeger-collector.jaeger-system:4317"
TEMPO = "tempo.tracing:4317"
TEMPO_LABELS = {"app": "tempo"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    with Sandbox("tracing", empty=True, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield Lab(running)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def site(lab: Lab, home: Path, *arguments: str) -> Run:
    """With the new release, unless they say otherwise."""
    return play(home, SITE, "-i", str(lab.sandbox.directory / "inventory.yml"), "-e", NEW, *arguments)


def done(lab: Lab, home: Path, *arguments: str) -> Run:
    run = site(lab, home, *arguments)
    assert run.code == 0, run.messages
    return run


def refused(lab: Lab, home: Path, *arguments: str) -> str:
    """What it says, after a run that wrote nothing."""
    before = writes(lab.sandbox)
    run = site(lab, home, *arguments)
    assert run.code != 0
    assert writes(lab.sandbox) == before
    return run.messages


def collector(**more: str) -> tuple[str, str]:
    given = {"endpoint": TEMPO, "service_account": "tempo", "namespace": "tracing", **more}
    return "-e", yaml.safe_dump({"linkerd_jaeger_collector": given}, default_flow_style=True, width=1000).strip()


def exports_to(lab: Lab) -> str:
    """What the control plane tells its proxies."""
    values = yaml.safe_load(lab.get("v1", "ConfigMap", "linkerd", "linkerd-config")["data"]["values"])
    tracing = values["proxy"]["tracing"]
    return str(tracing["collector"]["endpoint"]) if tracing.get("enabled") else ""


def links_to(lab: Lab) -> list[str]:
    """Where viz' dashboard shows traces."""
    (container,) = lab.get("apps/v1", "Deployment", "linkerd-viz", "web")["spec"]["template"]["spec"]["containers"]
    return [argument.removeprefix("-jaeger-addr=") for argument in container["args"] if argument.startswith("-jaeger-addr=")]


def summary(run: Run) -> list[str]:
    (result,) = [result for name, result in run.tasks() if name == "Summary"]
    return t.cast(list[str], result["msg"])


def environment(pod: Object) -> dict[str, str]:
    """Of the pod's proxy; a pod without one has none."""
    containers = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
    proxies = [container for container in containers if container["name"] == "linkerd-proxy"]
    return {item["name"]: item.get("value", "") for proxy in proxies for item in proxy["env"]}


def make_tempo(lab: Lab, inject: str) -> None:
    template = {
        "metadata": {"labels": TEMPO_LABELS, "annotations": {"linkerd.io/inject": inject}},
        "spec": {"serviceAccountName": "tempo", "containers": [{"name": "tempo", "image": "registry.example/tempo:2"}]},
    }
    meta = {"name": "tempo", "namespace": "tracing"}
    spec = {"selector": {"matchLabels": TEMPO_LABELS}, "template": template}
    port = {"name": "otlp", "port": 4317, "targetPort": 4317}
    for obj in (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tracing"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": TEMPO_LABELS, "ports": [port]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec},
    ):
        lab.admin.apply(obj, manager="owner-of-tempo")
    lab.until(lambda: settled(lab, meshed=inject == "enabled"), "Tempo runs as it should")


def settled(lab: Lab, *, meshed: bool) -> bool:
    pods = [pod for pod in lab.all("v1", "Pod", "tracing") if not pod["metadata"].get("deletionTimestamp")]
    return len(pods) == 1 and bool(environment(pods[0])) == meshed


def test_before_2_19_the_extension_does_it(lab: Lab, home: Path) -> None:
    done(lab, home, "-e", OLD)
    (hook,) = [
        obj for obj in lab.all("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration") if obj["metadata"]["name"] == WEBHOOK
    ]
    assert hook["webhooks"][0]["clientConfig"]["caBundle"]
    names = {obj["metadata"]["name"] for obj in lab.all("apps/v1", "Deployment", "linkerd-jaeger")}
    assert names == {"collector", "jaeger", "jaeger-injector"}
    assert all(environment(pod) for pod in lab.all("v1", "Pod", "linkerd-jaeger"))
    assert links_to(lab) == ["jaeger.linkerd-jaeger:16686"]
    again = done(lab, home, "-e", OLD)
    assert (again.changed, again.steps()) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-e", OLD, "-e", "linkerd_jaeger_method=proxy"), "which Linkerd's release 2025.9.4 does not have"),
        (("-e", "linkerd_jaeger_method=extension"), "L5D138"),
        (("-e", "linkerd_control_plane_trust_domain=mesh.lan"), "L5D190"),
        (collector(endpoint="tempo.tracing"), "names no port"),
        (collector(), "L5D185"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(lab: Lab, home: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(lab, home, *arguments)


def test_the_upgrade_leaves_the_extension_behind(lab: Lab, home: Path) -> None:
    migrated = done(lab, home)
    assert exports_to(lab) == OWN
    assert links_to(lab) == ["jaeger.jaeger-system:16686"]
    assert not [line for line in summary(migrated) if "L5D191" in line], "what the run itself has mended is no finding of it"
    names = {obj["metadata"]["name"] for obj in lab.all("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")}
    assert WEBHOOK not in names
    assert "linkerd-jaeger" not in {obj["metadata"]["name"] for obj in lab.all("v1", "Namespace")}
    (jaeger,) = lab.all("v1", "Pod", "jaeger-system")
    seen = environment(jaeger)
    assert seen["LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR"] == OWN
    assert seen["LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME"] == "jaeger.jaeger-system.serviceaccount.identity.linkerd.cluster.local"
    again = done(lab, home)
    assert (again.changed, again.steps()) == (0, [])


def test_a_collector_without_a_proxy_or_with_another_identity_is_refused(lab: Lab, home: Path) -> None:
    make_tempo(lab, "disabled")
    assert "L5D187" in refused(lab, home, *collector())
    make_tempo(lab, "enabled")
    assert "L5D188" in refused(lab, home, *collector(service_account="default"))
    assert "L5D186" in refused(lab, home, *collector(endpoint="tempo.tracing:4318"))


def test_another_collector_takes_over_and_our_jaeger_goes(lab: Lab, home: Path) -> None:
    done(lab, home, *collector())
    assert (exports_to(lab), links_to(lab)) == (TEMPO, [])
    assert "jaeger-system" not in {obj["metadata"]["name"] for obj in lab.all("v1", "Namespace")}
    again = done(lab, home)
    assert (again.changed, exports_to(lab)) == (0, TEMPO), "a meshed collector that is there is found without being named"


def test_pods_from_before_follow(lab: Lab, home: Path) -> None:
    del home
    (tempo,) = [pod for pod in lab.all("v1", "Pod", "tracing") if not pod["metadata"].get("deletionTimestamp")]
    assert environment(tempo)["LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR"] == TEMPO


def test_absent_takes_tracing_away_and_leaves_somebody_elses_collector(lab: Lab, home: Path) -> None:
    done(lab, home, "-e", "linkerd_jaeger_state=absent")
    assert (exports_to(lab), links_to(lab)) == ("", [])
    assert lab.all("v1", "Service", "tracing")
    again = done(lab, home, "-e", "linkerd_jaeger_state=absent")
    assert (again.changed, again.steps()) == (0, [])
