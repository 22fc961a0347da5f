# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight reads, against a small API, and how it counts a pod's room."""

from __future__ import annotations

import typing as t
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError, InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.gather import gather, requested, use
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.run import OPTIONS, wanted
from ansible_collections.pimesh.linkerd.plugins.modules import l5d_preflight
from tests.integration import module_runs
from tests.unit.connect import connect
from tests.unit.fake_api import FakeApi, Fault
from tests.unit.plugins.module_utils.preflight_scene import answering, crd, lease, namespace, node
from tests.unit.plugins.module_utils.preflight_scene import wanted as wishes

Object = dict[str, t.Any]
INJECTED = {"linkerd.io/inject": "enabled"}


def container(name: str = "app", cpu: str = "", memory: str = "", **more: t.Any) -> Object:
    return {"name": name, "image": "example", "resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


def pod(name: str, *containers: Object, phase: str = "Running", **spec: t.Any) -> Object:
    meta = {"name": name, "namespace": "app", "labels": {}, "annotations": {}}
    status = {"phase": phase, "podIP": "10.42.0.9"}
    whole = {"containers": list(containers) or [container()], "nodeName": "pi-1", **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": whole, "status": status}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([node(), namespace("kube-system"), namespace("app", annotations=INJECTED), crd()]) as fake:
        fake.kinds["coordination.k8s.io/v1"] = {"Lease": ("leases", True)}
        fake.put(lease("pi-1", 0))
        yield fake


def test_what_is_read(api: FakeApi) -> None:
    api.put(pod("web"))
    api.put(pod("done", phase="Succeeded"))
    api.kinds["gateway.networking.k8s.io/v1"] = {}
    seen = gather(connect(api.url), wishes(), {})
    assert [use.name for use in seen.pods] == ["web"]
    assert seen.pods[0].gets_proxy
    assert "gateway.networking.k8s.io/v1" in seen.groups
    assert seen.gateway_crd is not None
    assert [entry["metadata"]["name"] for entry in seen.leases] == ["pi-1"]
    assert api.writes() == []
    assert {entry.method for entry in api.log} == {"GET"}


def test_a_kind_that_may_not_be_listed_is_noted_and_namespaces_have_to_be(api: FakeApi) -> None:
    api.faults.append(Fault(status=403, path="/leases", times=9, message='User "x" cannot list resource "leases"'))
    assert gather(connect(api.url), wishes(), {}).refused == ("Leases",)
    api.faults.append(Fault(status=403, path="/api/v1/namespaces", times=99, message='User "x" cannot list resource "namespaces"'))
    with pytest.raises(ClusterError, match="namespaces"):
        gather(connect(api.url), wishes(), {})


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container(cpu="100m"), container("b", cpu="50m")]}, "0.15"),
        ({"containers": [container(cpu="100m")], "initContainers": [container("i", cpu="1")]}, "1"),
        ({"containers": [container(cpu="100m")], "initContainers": [container("s", cpu="50m", restartPolicy="Always")]}, "0.15"),
        (
            {
                "containers": [container(cpu="100m")],
                "initContainers": [container("s", cpu="50m", restartPolicy="Always"), container("i", cpu="1")],
            },
            "1.05",
        ),
        ({"containers": [container(cpu="100m")], "overhead": {"cpu": "250m"}}, "0.35"),
        ({"containers": [{"name": "none", "image": "example"}]}, "0"),
    ],
)
def test_a_pods_requests_are_counted_as_the_scheduler_does(spec: Object, cpu: str) -> None:
    assert requested(spec, "cpu") == Decimal(cpu)


def test_who_gets_a_proxy() -> None:
    injected, plain = namespace("app", annotations=INJECTED), namespace("app")
    assert use(pod("web"), injected).gets_proxy
    assert not use(pod("web"), plain).gets_proxy
    assert not use(pod("web", hostNetwork=True), injected).gets_proxy
    meshed = use(pod("web", initContainers=[container("linkerd-init"), container("linkerd-proxy")]), injected)
    assert (meshed.gets_proxy, meshed.has_init) == (False, True)
    traefik = use(pod("traefik", {"name": "traefik", "image": "rancher/mirrored-library-traefik:3.3.6"}), plain)
    assert traefik.gets_proxy


def test_a_pod_in_the_hosts_network_has_no_address_of_its_own() -> None:
    assert use(pod("web", hostNetwork=True), {}).ip == ""
    assert use(pod("web"), {}).ip == "10.42.0.9"


def test_options_become_wishes_and_a_version_that_is_none_is_refused() -> None:
    params = {name: option.get("default") for name, option in OPTIONS.items()}
    assert wanted(params).namespaces[0] == "linkerd"
    with pytest.raises(InputError, match=r"'latest' is no chart version .* versions look like 2026"):
        wanted({**params, "chart_version": "latest"})


def helm(path: Path, says: str) -> str:
    """A helm that prints this, or does what the line says."""
    path.write_text(f"#!/bin/sh\n[ \"$*\" = 'version --template {{{{.Version}}}}' ] || exit 64\n{says}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("says", "version", "words"),
    [
        ("printf v3.16.0", "v3.16.0", ""),
        ("printf v4.1.0", "v4.1.0", ""),
        ("printf v3.9.4+gdbc6d8e", "v3.9.4+gdbc6d8e", "its version is v3.9.4+gdbc6d8e"),
        ("printf 'no version at all'", "no version at all", "its version is no version at all"),
        (":", "", "its version is unknown"),
        ("echo 'cannot load its library' >&2; exit 127", "", "cannot load its library"),
        ("exit 3", "", "it ended with 3"),
    ],
)
def test_a_helm_that_is_old_or_does_not_answer_is_critical(api: FakeApi, tmp_path: Path, says: str, version: str, words: str) -> None:
    binary = helm(tmp_path / "helm", says)
    result = module_runs.run("l5d_preflight", host=api.url, api_key="token", helm_binary=binary)
    assert result["helm"] == {"version": version}
    assert [sentence for sentence in result["critical"] if "L5D140" in sentence] == [
        f"L5D140 Program {binary}: The play has no Helm that is new enough: {words}. Install Helm 3.16 or newer on the machine that runs the "
        "play, or say where it is with linkerd_helm_binary."
        for _ in ([words] if words else [])
    ]


def test_without_a_helm_the_reason_is_the_systems(api: FakeApi, tmp_path: Path) -> None:
    result = module_runs.run("l5d_preflight", host=api.url, api_key="token", helm_binary=str(tmp_path / "helm"))
    (entry,) = [entry for entry in result["findings"] if entry["code"] == "L5D140"]
    assert entry["reason"].endswith("No such file or directory")
    assert module_runs.run("l5d_preflight", host=api.url, api_key="token")["helm"] == {}


def test_the_module_returns_what_it_documents(api: FakeApi, tmp_path: Path) -> None:
    api.put(namespace("linkerd", deletionTimestamp="2026-11-21T11:00:00Z"))
    binary = helm(tmp_path / "helm", "printf v3.19.0")
    arguments: Object = {"host": api.url, "api_key": "token", "hosts": {"pi-1": answering(), "pi-2": ""}, "helm_binary": binary}
    returns: Object = yaml.safe_load(l5d_preflight.RETURN)
    result = module_runs.run("l5d_preflight", **arguments)
    assert set(result) - {"changed", "invocation", "warnings"} == set(returns)
    for name in ("kubernetes", "gateway_api", "room", "helm"):
        assert set(result[name]) == set(returns[name]["contains"])
    for name in ("nodes", "terminating", "hosts", "findings"):
        assert set(result[name][0]) == set(returns[name]["contains"]), name
    assert not result["changed"]
    assert any(sentence.startswith("L5D132 Namespace linkerd: ") for sentence in result["critical"])
    assert set(module_runs.run("l5d_preflight", **arguments, check=True)) == set(result)


def test_the_module_refuses_a_code_that_is_none(api: FakeApi) -> None:
    result = module_runs.run("l5d_preflight", host=api.url, api_key="token", ignore=["L5D999"])
    assert result["failed"]
    assert "ignore: L5D999: no such finding" in result["msg"]


def test_documented_options_are_those_of_the_code() -> None:
    documented = yaml.safe_load(l5d_preflight.DOCUMENTATION)["options"]
    assert {name: option.get("default") for name, option in documented.items()} == {
        name: option.get("default") for name, option in OPTIONS.items()
    }
