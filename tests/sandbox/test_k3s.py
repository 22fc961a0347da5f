# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated k3s decides, without a cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from sandbox.k3s import objects, server, servicelb
from sandbox.k3s.release import HelmError, Release, advance
from sandbox.k3s.values import Wanted, flags, wanted

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.rest import Rest

Object = dict[str, Any]


def chart(**spec: Any) -> Object:
    metadata = {"name": "traefik", "namespace": "kube-system", "uid": "1"}
    return {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": metadata, "spec": {"chart": "traefik", **spec}}


def config(**spec: Any) -> Object:
    return {**chart(), "kind": "HelmChartConfig", "spec": spec}


def test_values_come_in_k3s_order() -> None:
    secret = {"name": "more", "keys": ["x.yaml", "missing"]}
    aim = wanted(
        chart(valuesContent="a: 1", values={"a": 2}, valuesSecrets=[secret]),
        config(valuesContent="a: 4", values={"a": 5}, valuesSecrets=[secret]),
        {"more": {"x.yaml": "a: 3"}},
    )
    assert [yaml.safe_load(text) for text in aim.values] == [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}, {"a": 5}, {"a": 3}]


def test_set_comes_as_flags_which_win_over_values() -> None:
    assert flags({"set": {"b": "text, with comma", "a": 1, "c": "true", "d": "null", "e": "1", "f": r"done\,"}}) == [
        *("--set", "a=1"),
        *("--set-string", r"b=text\, with comma"),
        *("--set", "c=true"),
        *("--set", "d=null"),
        *("--set-string", "e=1"),
        *("--set-string", r"f=done\,"),
    ]


def test_other_flags() -> None:
    assert flags({"createNamespace": True, "takeOwnership": True, "timeout": "5m0s"}) == [
        "--create-namespace",
        "--take-ownership",
        "--timeout",
        "5m0s",
    ]


def test_the_target_namespace_is_the_releases() -> None:
    assert wanted(chart(targetNamespace="traefik"), None, {}).namespace == "traefik"
    assert wanted(chart(), None, {}).namespace == "kube-system"


@pytest.mark.parametrize(
    ("of_chart", "of_config", "policy"),
    [
        ({}, None, "reinstall"),
        ({"failurePolicy": "abort"}, None, "abort"),
        ({"failurePolicy": "abort"}, {}, "abort"),
        ({"failurePolicy": "abort"}, {"failurePolicy": "reinstall"}, "reinstall"),
        ({}, {"failurePolicy": "abort"}, "abort"),
    ],
)
def test_the_configs_failure_policy_wins(of_chart: Object, of_config: Object | None, policy: str) -> None:
    override = None if of_config is None else config(**of_config)
    assert wanted(chart(**of_chart), override, {}).failure_policy == policy


def test_the_hash_follows_every_setting() -> None:
    hashes = {
        wanted(chart(), None, {}).hash,
        wanted(chart(valuesContent="a: 1"), None, {}).hash,
        wanted(chart(), config(valuesContent="a: 2"), {}).hash,
        wanted(chart(set={"a": 1}), None, {}).hash,
        wanted(chart(failurePolicy="abort"), None, {}).hash,
    }
    assert len(hashes) == 5
    assert wanted(chart(), None, {}).hash in hashes


class Recorder:
    """Stands in for Helm."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def install(self, _wanted: Wanted) -> None:
        self.calls.append("install")

    def upgrade(self, _wanted: Wanted) -> None:
        self.calls.append("upgrade")

    def uninstall(self, _name: str, _namespace: str) -> None:
        self.calls.append("uninstall")


class NoSecrets:
    """A cluster whose release Secret has gone meanwhile."""

    def get(self, _path: str) -> None:
        return None


@pytest.mark.parametrize(
    ("status", "policy", "calls"),
    [
        ("", "reinstall", ["install"]),
        ("deployed", "reinstall", ["upgrade"]),
        ("deployed", "abort", ["upgrade"]),
        ("failed", "reinstall", ["uninstall", "install"]),
        ("failed", "retry", ["upgrade"]),
        ("pending-upgrade", "reinstall", ["upgrade"]),
        ("pending-install", "reinstall", ["uninstall", "install"]),
    ],
)
def test_the_next_step_follows_the_releases_status(status: str, policy: str, calls: list[str]) -> None:
    helm, aim = Recorder(), wanted(chart(failurePolicy=policy), None, {})
    advance(helm, NoSecrets(), aim, Release(3 if status else 0, status))  # type: ignore[arg-type]
    assert helm.calls == calls


def test_abort_waits_for_a_person() -> None:
    helm, aim = Recorder(), wanted(chart(failurePolicy="abort"), None, {})
    with pytest.raises(HelmError, match="waiting for a person"):
        advance(helm, NoSecrets(), aim, Release(3, "failed"))  # type: ignore[arg-type]
    assert helm.calls == []


@pytest.mark.parametrize(
    ("annotations", "managed"),
    [
        ({}, True),
        ({"helmcharts.cattle.io/managed-by": "helm-controller"}, True),
        ({"helmcharts.cattle.io/managed-by": "another"}, False),
        ({"helmcharts.helm.cattle.io/unmanaged": ""}, False),
    ],
)
def test_only_own_charts_are_taken_care_of(annotations: dict[str, str], managed: bool) -> None:
    obj = chart()
    obj["metadata"]["annotations"] = annotations
    assert objects.is_managed(obj) is managed


def test_the_job_is_named_suspended_and_owned() -> None:
    job = objects.job(chart(), wanted(chart(), None, {}))
    assert job["metadata"]["name"] == "helm-install-traefik"
    assert job["spec"]["suspend"] is True
    assert job["metadata"]["ownerReferences"][0]["kind"] == "HelmChart"


@pytest.mark.parametrize(
    ("spec", "status", "waiting"),
    [
        ({"type": "LoadBalancer"}, {}, True),
        ({"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ip": "a"}]}}, False),
        ({"type": "LoadBalancer", "loadBalancerClass": "metallb"}, {}, False),
        ({"type": "ClusterIP"}, {}, False),
    ],
)
def test_load_balancers_wait_for_an_address(spec: Object, status: Object, waiting: bool) -> None:
    assert servicelb.is_waiting({"spec": spec, "status": status}) is waiting


class Balancers:
    """The two lists that ServiceLB asks for, and what it wrote."""

    def __init__(self, *services: Object) -> None:
        self.services, self.written = list(services), list[str]()

    def list(self, path: str, **_query: str) -> list[Object]:
        address = {"type": "InternalIP", "address": "192.0.2.11"}
        return self.services if path.endswith("services") else [{"status": {"addresses": [address]}}]

    def merge(self, path: str, _patch: Object) -> None:
        self.written.append(path)


def balancer(name: str, port: int, *addresses: str) -> Object:
    spec = {"type": "LoadBalancer", "ports": [{"port": port}]}
    ingress = [{"ip": address} for address in addresses]
    return {"metadata": {"name": name, "namespace": "a"}, "spec": spec, "status": {"loadBalancer": {"ingress": ingress}}}


def test_a_port_serves_one_load_balancer_only() -> None:
    rest = Balancers(balancer("old", 80, "192.0.2.11"), balancer("new", 80), balancer("other", 81), balancer("late", 81))
    servicelb.publish(cast("Rest", rest))
    assert rest.written == ["/api/v1/namespaces/a/services/other/status"]


@pytest.mark.parametrize(
    ("files", "disabled"),
    [
        ({"config.yaml": "disable: [metrics-server]\n", "90.yaml": "disable+: [traefik]\n"}, ["metrics-server", "traefik"]),
        ({"config.yaml": "disable: [metrics-server]\n", "90.yaml": "disable: [traefik]\n"}, ["traefik"]),
        ({"90.yaml": "disable+: [traefik]\n", "99.yaml": "disable: servicelb\n"}, ["servicelb"]),
        ({"90.yaml": "disable+: [traefik]\n"}, ["traefik"]),
        ({"config.yaml": "# nothing\n"}, None),
    ],
)
def test_a_server_reads_its_files_as_k3s_does(tmp_path: Path, files: dict[str, str], disabled: list[str] | None) -> None:
    home = server.make(tmp_path, "pi-1") / "etc/rancher/k3s"
    for name, text in files.items():
        (home / ("" if name == "config.yaml" else "config.yaml.d") / name).write_text(text, encoding="utf-8")
    found = server.configuration(tmp_path / "servers/pi-1")
    assert found.get("disable") == disabled
    assert json.dumps(server.arguments(tmp_path / "servers/pi-1")).count("--disable") == len(disabled or [])
