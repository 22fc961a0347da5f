# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_tracing_info against the fake API."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.modules import l5d_tracing_info
from tests.integration import module_runs
from tests.unit.fake_api import FakeApi

Object = dict[str, t.Any]

ALWAYS = {"changed", "diff", "invocation", "warnings"}
OWN = {"endpoint": "jaeger-collector.jaeger-system:4317", "service_account": "jaeger", "namespace": "jaeger-system"}
TEMPO = {"endpoint": "tempo.tracing:4317", "service_account": "tempo", "namespace": "tracing"}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi() as fake:
        fake.kinds["apps/v1"] = {**fake.kinds["apps/v1"], "StatefulSet": ("statefulsets", True)}
        fake.kinds["admissionregistration.k8s.io/v1"] = {"MutatingWebhookConfiguration": ("mutatingwebhookconfigurations", False)}
        yield fake


def run(api: FakeApi, **args: t.Any) -> Object:
    return module_runs.run("l5d_tracing_info", host=api.url, api_key="token", **args)


def config(version: str = "edge-26.6.3", tracing: Object | None = None) -> Object:
    values = {"linkerdVersion": version, "proxy": {"tracing": tracing or {"enabled": False}}}
    meta = {"name": "linkerd-config", "namespace": "linkerd"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": yaml.safe_dump(values)}}


def tempo(*, meshed: bool) -> list[Object]:
    meta = {"namespace": "tracing"}
    ports = [{"port": 4317, "targetPort": 4317}]
    proxies = [{"name": "linkerd-proxy", "image": "proxy"}] if meshed else []
    spec = {"serviceAccountName": "tempo", "containers": [{"name": "tempo", "image": "tempo"}, *proxies]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tracing"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**meta, "name": "tempo"},
            "spec": {"selector": {"app": "tempo"}, "ports": ports},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, "name": "tempo-0", "labels": {"app": "tempo"}}, "spec": spec},
    ]


def put(api: FakeApi, *objects: Object) -> None:
    for obj in objects:
        api.put(obj)


def test_it_returns_what_it_documents(api: FakeApi) -> None:
    put(api, config(), *tempo(meshed=True))
    returns = yaml.safe_load(l5d_tracing_info.RETURN)
    result = run(api, collector=TEMPO)
    assert set(result) - ALWAYS == set(returns)
    assert set(result["extension"]) == set(returns["extension"]["contains"])
    assert [entry["code"] for entry in result["findings"]] == ["L5D195"]


def test_a_meshed_collector_that_is_there_is_taken_and_the_control_plane_told(api: FakeApi) -> None:
    put(api, *tempo(meshed=True))
    result = run(api, detect=True, own=OWN, verify=False, chart_version="2026.6.3")
    assert (result["source"], result["collector"], result["tracing"]) == ("detected", TEMPO, TEMPO)


def test_without_one_it_is_ours_and_on_an_empty_cluster_nothing_is_wrong(api: FakeApi) -> None:
    result = run(api, detect=True, own=OWN, verify=False, chart_version="2026.6.3", fail_on="info")
    assert (result["source"], result["collector"], result["findings"]) == ("own", OWN, [])


def test_the_extension_needs_no_values_and_brings_its_own_collector(api: FakeApi) -> None:
    result = run(api, own=OWN, verify=False, chart_version="2025.9.4")
    assert (result["has_jaeger_extension"], result["source"], result["tracing"]) == (True, "none", {})
    put(api, *tempo(meshed=True))
    result = run(api, detect=True, own=OWN, verify=False, chart_version="2025.9.4")
    assert (result["source"], result["collector"], result["tracing"]) == ("detected", TEMPO, {})


def test_the_identity_of_a_given_collector_is_that_of_its_pods(api: FakeApi) -> None:
    put(api, *tempo(meshed=True))
    assert run(api, collector={"endpoint": "tempo.tracing.svc:4317"}, verify=False)["collector"] == TEMPO


def test_a_collector_without_a_proxy_fails_with_the_reason(api: FakeApi) -> None:
    put(api, config(), *tempo(meshed=False))
    result = run(api, collector=TEMPO, fail_on="error")
    assert result["failed"]
    assert result["msg"].startswith("L5D187 Pod tracing/tempo-0: The trace collector is not in the mesh")
    assert result["collector"] == TEMPO


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"collector": {"endpoint": "tempo.tracing"}}, "names no port"),
        ({"collector": {"endpoint": "tempo.tracing:4317"}}, "has no service_account"),
        ({"chart_version": "newest"}, "is no release of Linkerd that is known"),
    ],
)
def test_what_cannot_be_used_is_refused(api: FakeApi, options: Object, words: str) -> None:
    result = run(api, **options)
    assert result["failed"]
    assert words in result["msg"]


def test_a_control_plane_that_names_the_collector_is_fine(api: FakeApi) -> None:
    named = {"endpoint": TEMPO["endpoint"], "meshIdentity": {"serviceAccountName": "tempo", "namespace": "tracing"}}
    put(api, config(tracing={"enabled": True, "collector": named}), *tempo(meshed=True))
    assert run(api, collector=TEMPO)["findings"] == []
    audited = run(api)
    assert (audited["source"], audited["collector"], audited["findings"]) == ("control_plane", TEMPO, [])


@pytest.mark.parametrize("verify", [True, False])
def test_that_spans_arrive_is_said_only_where_nothing_at_all_is_found(api: FakeApi, verify: bool) -> None:
    def arrive() -> bool:
        return bool(run(api, collector=TEMPO, verify=verify)["arrive"])

    named = {"endpoint": TEMPO["endpoint"], "meshIdentity": {"serviceAccountName": "tempo", "namespace": "tracing"}}
    put(api, *tempo(meshed=True))
    assert not arrive()  # there is no Linkerd
    put(api, config())
    assert not arrive()
    put(api, config(tracing={"enabled": True, "collector": named}))
    assert arrive()
    assert not run(api, own=OWN, verify=verify)["arrive"]  # it is not there yet
    put(api, *tempo(meshed=False))
    assert not arrive()


def test_without_tracing_there_is_nothing_to_judge(api: FakeApi) -> None:
    put(api, config())
    assert (run(api)["source"], run(api)["collector"]) == ("none", None)
