# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster of an experiment: a Linkerd, a Traefik, and the programs behind the routes."""

from __future__ import annotations

import subprocess
import time
import typing as t
from pathlib import Path

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import proxy_mode
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from sandbox import charts
from sandbox.charts import crds
from sandbox.cluster import Sandbox
from sandbox.rest import Object, Rest
from tests.live.scenarios import Scenario
from tests.live.scene import Scene

OWNER = "homelab-owner"
READY_SECONDS = 180
HELM_SECONDS = 180
PEM = "simulated"
"""Nothing here checks the mesh's certificates; only the webhook's TLS is real, and the chart makes that pair itself."""
PEMS = ("identityTrustAnchorsPEM", "identity.issuer.tls.crtPEM", "identity.issuer.tls.keyPEM")
NO_GATEWAY_API = dict.fromkeys(("enableHttpRoutes", "enableTlsRoutes", "enableTcpRoutes"), "false")
GATEWAY_API = (
    *crds.GATEWAY_API,
    crds.Kind(crds.GATEWAY, "TLSRoute", "tlsroutes", ("v1alpha2", "v1")),
    crds.Kind(crds.GATEWAY, "BackendTLSPolicy", "backendtlspolicies", ("v1alpha3", "v1")),
)
"""All that one of the releases watches."""
TRAEFIK_VALUES = Path(__file__).with_name("traefik-values.yml")
NAMED_PORTS = {"http": 8081}


class Cluster:
    """A sandbox, prepared for one scenario."""

    def __init__(self, sandbox: Sandbox, scenario: Scenario) -> None:
        state = sandbox.state()
        if state is None:
            raise RuntimeError("the sandbox is not up")
        self.kubeconfig = sandbox.kubeconfig
        self.rest = Rest(sandbox.kubeconfig)
        self.scenario = scenario
        self._components = Path(state.components)

    def prepare(self) -> None:
        scenario, scene = self.scenario, self.scenario.scene
        self._helm("linkerd-control-plane", "linkerd", {**dict.fromkeys(PEMS, PEM), **NO_GATEWAY_API})
        if scenario.own_chart:
            for kind in GATEWAY_API:
                self.rest.apply(crds.definition(kind, {}, crds.GATEWAY_MARKS), OWNER)
            wait("Gateway API", self._serves_gateways)
            self.run_release(scenario.releases[0])
        for manifest in scene.manifests:
            self.apply(manifest)
        self._apply_programs(scene)
        for namespace in ("linkerd", scenario.namespace, *scene.namespaces):
            wait(f"the Deployments of {namespace}", lambda where=namespace: self._available(where))  # type: ignore[misc]
        wait("the proxy injector's webhook", self._injects)

    def run_release(self, release: str) -> None:
        """As its owner would change it: by the chart, which takes back what others wrote into its arguments."""
        experimental = {"additionalArguments[0]": "--experimental.kubernetesgateway=true"} if version(release) < version("3.1") else {}
        self._helm("traefik", self.scenario.namespace, {"image.tag": f"v{release}", **experimental}, "--values", str(TRAEFIK_VALUES))
        wait(f"Traefik {release}", lambda: self._available(self.scenario.namespace))

    def apply(self, manifest: Path) -> None:
        for obj in _objects(manifest):
            self.rest.apply(obj, OWNER)

    def delete(self, manifest: Path) -> None:
        for obj in _objects(manifest):
            self.rest.delete(self.rest.path_of(obj))

    def traefik_pod(self) -> Object:
        """The one that runs; the module has waited until no other does."""
        pods = self.rest.list(f"/api/v1/namespaces/{self.scenario.namespace}/pods", labelSelector="app.kubernetes.io/name=traefik")
        running = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        if len(running) != 1:
            raise RuntimeError(f"{len(running)} pods of Traefik run in {self.scenario.namespace}")
        return running[0]

    def _apply_programs(self, scene: Scene) -> None:
        for obj in (obj for manifest in scene.manifests for obj in _objects(manifest)):
            if obj["kind"] == "Service":
                self.rest.apply(_deployment(obj, (scene.replicas or {}).get(obj["metadata"]["name"], 1)), OWNER)

    def _helm(self, chart: str, namespace: str, values: dict[str, str], *more: str) -> None:
        options = [*more] + [option for key, value in values.items() for option in ("--set", f"{key}={value}")]
        program, source = self._components / "bin" / "helm", charts.assemble(self._components) / chart
        command = [str(program), "upgrade", "--install", chart, str(source), "--namespace", namespace, "--create-namespace", *options]
        run = subprocess.run(
            [*command, "--kubeconfig", str(self.kubeconfig)], capture_output=True, text=True, timeout=HELM_SECONDS, check=False
        )
        if run.returncode:
            raise RuntimeError(f"helm upgrade {chart}: {run.stderr}")

    def _serves_gateways(self) -> bool:
        return all(self.rest.serves(f"{kind.group}/{kind.versions[-1]}", kind.kind) for kind in GATEWAY_API)

    def _available(self, namespace: str) -> bool:
        deployments = self.rest.list(f"/apis/apps/v1/namespaces/{namespace}/deployments")
        return bool(deployments) and all(_is_settled(deployment) for deployment in deployments)

    def _injects(self) -> bool:
        """Asked with a dry run, as the API server asks it for a real pod."""
        meta = {"name": "probe", "namespace": "default", "annotations": {"linkerd.io/inject": "enabled"}}
        spec = {"containers": [{"name": "probe", "image": "registry.test/probe:1"}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
        return bool(proxy_mode(self.rest.request("POST", "/api/v1/namespaces/default/pods", pod, {"dryRun": "All"})))


def _is_settled(deployment: Object) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    return seen and all(status.get(name) == wanted for name in ("availableReplicas", "updatedReplicas", "replicas"))


def wait(what: str, condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {READY_SECONDS} s")
        time.sleep(0.2)


def _objects(manifest: Path) -> list[Object]:
    return [item for item in yaml.safe_load_all(manifest.read_text(encoding="utf-8")) if item]


def _deployment(service: Object, replicas: int) -> Object:
    name, labels = service["metadata"]["name"], service["spec"]["selector"]
    ports = [{"name": port_name, "containerPort": port} for port_name, port in NAMED_PORTS.items()]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": service["metadata"]["namespace"]},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": f"registry.test/{name}:1", "ports": ports}]},
            },
        },
    }
