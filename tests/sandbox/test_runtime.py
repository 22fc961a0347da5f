# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real part of the sandbox: a control plane that works, and that is gone when it should be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from kubernetes import utils
from kubernetes.client import (
    AdmissionregistrationV1Api,
    ApiClient,
    ApiException,
    AppsV1Api,
    CoordinationV1Api,
    CoreV1Api,
    CustomObjectsApi,
    VersionApi,
)

from sandbox import Sandbox, SandboxError, api
from sandbox.agent import find_service
from sandbox.context import ServiceTable
from sandbox.egress import EgressProxy
from sandbox.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIMULATED = ("injector", "k3s", "homelab")
"""This file is about the rest."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox("runtime", without=SIMULATED, root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[ApiClient]:
    with api.connect(sandbox.kubeconfig) as connected:
        yield connected


def eventually(what: Callable[[], Any], seconds: float = 120) -> Any:
    """The first true answer; an object that is not there yet is no answer."""
    found: list[Any] = []

    def asked() -> bool:
        try:
            found[:] = [what()]
        except ApiException as error:
            if error.status != 404:
                raise
            return False
        return bool(found[0])

    assert wait_until(asked, seconds, interval=0.2), f"not within {seconds} s"
    return found[0]


def processes_of(sandbox: Sandbox) -> list[str]:
    listing = subprocess.run(["ps", "-eww", "-o", "pid,stat,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if f"{sandbox.directory}/" in f"{line}/" and " Z" not in line]


def deployment(name: str, namespace: str) -> Any:
    labels = {"app": name}
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": f"{name}:1"}]}},
        },
    }


def namespace(client: ApiClient, name: str) -> None:
    body: Any = {"metadata": {"name": name}}
    CoreV1Api(client).create_namespace(body)


def test_it_reports_itself_as_k3s(client: ApiClient) -> None:
    version: Any = VersionApi(client).get_code()
    assert (version.git_version, version.major, version.minor) == ("v1.36.3+k3s1", "1", "36")


def test_four_arm64_nodes_are_ready_and_keep_their_leases(client: ApiClient) -> None:
    listing: Any = CoreV1Api(client).list_node()
    nodes = {node.metadata.name: node for node in listing.items}
    assert sorted(nodes) == ["pi-1", "pi-2", "pi-3", "pi-4"]
    for name, node in nodes.items():
        assert node.status.node_info.architecture == node.metadata.labels["kubernetes.io/arch"] == "arm64"
        assert {c.type: c.status for c in node.status.conditions}["Ready"] == "True"
        lease: Any = eventually(partial(CoordinationV1Api(client).read_namespaced_lease, name, "kube-node-lease"))
        assert lease.spec.lease_duration_seconds == 40, "without renewed leases nodes turn NotReady"
    assert "node-role.kubernetes.io/control-plane" in nodes["pi-1"].metadata.labels


def test_a_deployment_rolls_out(sandbox: Sandbox, client: ApiClient) -> None:
    namespace(client, "rollout")
    before = len(sandbox.audit())
    apps = AppsV1Api(client)
    apps.create_namespaced_deployment("rollout", deployment("web", "rollout"), dry_run="All")
    apps.create_namespaced_deployment("rollout", deployment("web", "rollout"))

    def rolled_out() -> Any:
        found: Any = apps.read_namespaced_deployment("web", "rollout")
        return found.status.available_replicas

    eventually(rolled_out)
    pods: Any = CoreV1Api(client).list_namespaced_pod("rollout")
    assert [pod.status.pod_ip.rsplit(".", 2)[0] for pod in pods.items] == ["10.42"]
    writes = [event for event in sandbox.audit()[before:] if event.namespace == "rollout"]
    ours = [(event.verb, event.resource, event.name, event.dry_run) for event in writes if event.user == "homelab-owner"]
    assert ours == [("create", "deployments", "web", True), ("create", "deployments", "web", False)]
    assert any(event.resource == "pods" and event.user != "homelab-owner" for event in writes)


def test_the_real_cert_manager_issues_a_chain_once_it_is_installed(sandbox: Sandbox, client: ApiClient) -> None:
    namespace(client, "cert-manager")
    for name in ("cert-manager", "cert-manager-cainjector", "trust-manager"):
        AppsV1Api(client).create_namespaced_deployment("cert-manager", deployment(name, "cert-manager"))
    state = sandbox.state()
    assert state is not None
    for chart in ("cert-manager", "trust-manager"):
        for crd in sorted((Path(state.components) / chart / "crds").glob("*.yaml")):
            utils.create_from_yaml(client, str(crd))
    for document in yaml.safe_load_all(CHAIN):
        eventually(partial(create_custom, client, document))

    def issuer_ready() -> bool:
        issuer: Any = CustomObjectsApi(client).get_namespaced_custom_object(
            "cert-manager.io", "v1", "cert-manager", "certificates", "issuer"
        )
        return any(c["type"] == "Ready" and c["status"] == "True" for c in issuer.get("status", {}).get("conditions", []))

    eventually(issuer_ready)
    core = CoreV1Api(client)
    secret: Any = core.read_namespaced_secret("issuer", "cert-manager")
    anchor: Any = core.read_namespaced_secret("anchor", "cert-manager")
    assert secret.data["ca.crt"] == anchor.data["tls.crt"]
    bundle: Any = eventually(lambda: core.read_namespaced_config_map("roots", "default"))
    assert "BEGIN CERTIFICATE" in bundle.data["ca.crt"]


def test_the_real_ca_injector_fills_a_webhook(client: ApiClient) -> None:
    """Needs the chain of the test before."""
    admission = AdmissionregistrationV1Api(client)
    body = webhook("injected", {"namespace": "rollout", "name": "nobody"})
    body["metadata"]["annotations"] = {"cert-manager.io/inject-ca-from": "cert-manager/issuer"}
    admission.create_validating_webhook_configuration(body)

    def authority() -> Any:
        found: Any = admission.read_validating_webhook_configuration("injected")
        return found.webhooks[0].client_config.ca_bundle

    eventually(authority)


def test_a_program_stops_when_its_deployment_is_scaled_to_zero(sandbox: Sandbox, client: ApiClient) -> None:
    eventually(lambda: "trust-manager" in playing(sandbox))
    none: Any = {"spec": {"replicas": 0}}
    AppsV1Api(client).patch_namespaced_deployment_scale("trust-manager", "cert-manager", none)
    eventually(lambda: "trust-manager" not in playing(sandbox))
    assert not [line for line in processes_of(sandbox) if "/trust-manager" in line]
    assert [line for line in processes_of(sandbox) if "certmanager controller" in line]


def test_up_again_changes_nothing(sandbox: Sandbox) -> None:
    before = {name: process.pid() for name, process in sandbox.processes.items()}
    Sandbox("runtime", without=SIMULATED, root=sandbox.directory.parent).up()
    assert {name: process.pid() for name, process in sandbox.processes.items()} == before


def test_up_with_other_options_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match=r"sandbox runtime was made with other options .*--without homelab.*run down"):
        Sandbox("runtime", root=sandbox.directory.parent).up()


def test_a_dead_program_is_started_again_by_up(sandbox: Sandbox, client: ApiClient) -> None:
    sandbox.processes["kube-scheduler"].kill()
    sandbox.up()
    assert sandbox.processes["kube-scheduler"].running()
    assert VersionApi(client).get_code()


def test_a_second_sandbox_beside_it_whose_agent_is_killed(sandbox: Sandbox, client: ApiClient) -> None:
    """Side by side; the API server reaches Services through the proxy; down cleans up after a crash."""
    root = sandbox.directory.parent / ("deep" * 20)  # too long for the path of a Unix socket
    second = Sandbox("second", without=SIMULATED, root=root)
    with second, api.connect(second.kubeconfig) as beside:
        namespace(beside, "only-here")
        with pytest.raises(ApiException, match="404"):
            CoreV1Api(client).read_namespace("only-here")
        namespace(beside, "cert-manager")
        AppsV1Api(beside).create_namespaced_deployment("cert-manager", deployment("cert-manager", "cert-manager"))
        state = second.state()
        assert state is not None
        utils.create_from_directory(beside, str(Path(state.components) / "cert-manager" / "crds"))
        eventually(lambda: [line for line in processes_of(second) if "certmanager controller" in line])
        agent = second.processes["agent"].pid()
        assert agent is not None
        os.kill(agent, signal.SIGKILL)
        eventually(lambda: not second.agent_answers(state))
        webhook_is_reached_at_its_local_port(beside, state.egress_socket)
    assert processes_of(second) == []
    assert not Path(state.egress_socket).parent.exists()
    assert processes_of(sandbox), "the first one must still be there"
    assert (second.directory / "logs" / "kube-apiserver.log").exists()


def webhook_is_reached_at_its_local_port(client: ApiClient, egress_socket: str) -> None:
    """Plays the agent: what the API server sends to the Service must arrive here, as TLS."""
    service: Any = {"metadata": {"name": "hook"}, "spec": {"ports": [{"port": 443}]}}
    created: Any = CoreV1Api(client).create_namespaced_service("only-here", service)
    assert created.spec.cluster_ip.startswith("10.43.")
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as hook:
        hook.settimeout(20)
        services = ServiceTable()
        services.register("only-here", "hook", 443, hook.getsockname()[1])
        proxy = EgressProxy(egress_socket, services, lambda address: find_service(client, address), seen.append)
        proxy.serve_in_background()
        AdmissionregistrationV1Api(client).create_validating_webhook_configuration(
            webhook("hook", {"namespace": "only-here", "name": "hook"})
        )
        refusals: list[str] = []
        caller = threading.Thread(target=create_until_refused, args=(client, refusals))
        caller.start()
        connection, _address = hook.accept()
        with connection:
            assert connection.recv(1) == b"\x16", "the first byte of a TLS handshake"
        caller.join()
        assert "hook.sandbox.test" in refusals[0]
        proxy.shutdown()
        proxy.server_close()


def create_until_refused(client: ApiClient, refusals: list[str]) -> None:
    """The API server takes a moment to learn of a webhook; once asked, this one fails."""
    for number in range(100):
        body: Any = {"metadata": {"name": f"asked-{number}"}}
        try:
            CoreV1Api(client).create_namespaced_config_map("only-here", body)
        except ApiException as error:
            refusals.append(str(error.body))
            return
        time.sleep(0.1)


def webhook(name: str, service: dict[str, str]) -> Any:
    return {
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.sandbox.test",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "timeoutSeconds": 5,
                "failurePolicy": "Fail",
                "clientConfig": {"service": service},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "only-here"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE"]}],
            }
        ],
    }


def playing(sandbox: Sandbox) -> str:
    return (sandbox.directory / "playing.json").read_text(encoding="utf-8")


def create_custom(client: ApiClient, document: dict[str, Any]) -> Any:
    group, version = document["apiVersion"].split("/")
    plural = f"{document['kind'].lower()}s"
    custom = CustomObjectsApi(client)
    if "namespace" in document["metadata"]:
        return custom.create_namespaced_custom_object(group, version, document["metadata"]["namespace"], plural, document)
    return custom.create_cluster_custom_object(group, version, plural, document)


CHAIN = """
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: self-signed}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: anchor, namespace: cert-manager}
spec:
  isCA: true
  commonName: root.linkerd.cluster.local
  secretName: anchor
  privateKey: {algorithm: ECDSA}
  issuerRef: {name: self-signed, kind: ClusterIssuer}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: anchor}
spec: {ca: {secretName: anchor}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: issuer, namespace: cert-manager}
spec:
  isCA: true
  commonName: identity.linkerd.cluster.local
  secretName: issuer
  privateKey: {algorithm: ECDSA}
  issuerRef: {name: anchor, kind: ClusterIssuer}
---
apiVersion: trust.cert-manager.io/v1alpha1
kind: Bundle
metadata: {name: roots}
spec:
  sources: [{secret: {name: anchor, key: tls.crt}}]
  target: {configMap: {key: ca.crt}}
"""
