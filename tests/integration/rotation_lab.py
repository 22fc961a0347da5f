# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A meshed sandbox whose anchor is cert-manager's own, and somebody who looks all the time whether every proxy verifies everything.

The simulated pods run no proxies. So what one would hold is written down when its pod is first seen: the bundle it was
injected with (in the control plane: the ConfigMap at that moment), and the issuer that signed its certificate.
"""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
import typing as t
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from tests.integration.identity_lab import IdentityLab
from tests.integration.ingress_lab import Query, Ref, connect

if t.TYPE_CHECKING:
    from tests.integration.ingress_lab import Object
    from tests.integration.module_runs import Result

CERTIFICATES = "cert-manager.io/v1"
ENV = "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"
MODULE = "l5d_trust_anchor"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
VERSION = "2026.6.3"
WEBHOOKS = {"proxyInjector": "proxy-injector", "profileValidator": "sp-validator", "policyValidator": "policy-validator"}
_PODS = Query("v1", "Pod", label_selector="linkerd.io/control-plane-ns=linkerd")


class RotationLab(IdentityLab):
    """With Linkerd and two meshed workloads."""

    account: t.Mapping[str, t.Any] = MappingProxyType({})
    """Options with which the module is somebody else than the owner of the cluster."""

    def install(self) -> None:
        self.install_managers()
        identity = self.role()
        assert identity.code == 0, identity.messages
        values: Object = {"identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}}, "disableHeartBeat": True}
        values |= {key: {"externalSecret": True, "injectCaFrom": f"linkerd/linkerd-{name}"} for key, name in WEBHOOKS.items()}
        install = ("upgrade", "--install", "--namespace", "linkerd")
        self.helm(*install, "linkerd-crds", str(self.charts / f"linkerd-crds-{VERSION}"), values={"installGatewayAPI": False})
        self.helm(*install, "linkerd-control-plane", str(self.charts / f"linkerd-control-plane-{VERSION}"), "--wait", values=values)
        self.until(self._injects, "the injector answers")
        meta = {"name": "shop", "annotations": {"linkerd.io/inject": "enabled"}}
        self.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
        for name, kind in (("web", "Deployment"), ("store", "StatefulSet")):
            self.admin.create(workload(kind, name))
        self.until(lambda: len(self.proxies()) == 3, "the workloads run")

    def proxies(self) -> list[Object]:
        return [pod for pod in self.all("v1", "Pod", "shop") if bundle_of(pod) is not None]

    def rotate(self, **options: t.Any) -> Result:
        """One call of the module."""
        return self.done(MODULE, **{"state": "rotated", "wait_timeout": 60, **self.account, **options})

    def restart(self, result: Result) -> None:
        """What l5d_rollout does, without its judgement."""
        for entry in result["restart"]:
            ref = Ref("apps/v1", entry["kind"], entry["name"], entry["namespace"])
            # Kubernetes counts in whole seconds, and so does the module: a pod of the same second counts as older.
            time.sleep(1.1)
            self.change(ref, {"spec": {"template": {"metadata": {"annotations": {RESTARTED: dt.datetime.now(dt.UTC).isoformat()}}}}})
        for entry in result["restart"]:
            ref = Ref("apps/v1", entry["kind"], entry["name"], entry["namespace"])
            self.until(partial(self._rolled_out, ref), f"{ref} is rolled out")

    def _rolled_out(self, ref: Ref) -> bool:
        live = self.get(ref.api_version, ref.kind, ref.namespace, ref.name)
        status, wanted = live["status"], live["spec"]["replicas"]
        if status.get("observedGeneration") != live["metadata"]["generation"]:
            return False
        return all(status.get(name) == wanted for name in ("updatedReplicas", "availableReplicas", "replicas"))

    def finish(self, first: Result) -> list[str]:
        """Go on to the end; the steps, restarts by their names."""
        steps, result = [], first
        for _call in range(30):
            steps += [result["step"]] if result["step"] else []
            if result["done"]:
                return steps
            if result["restart"]:
                steps.append(result["next"])
                self.restart(result)
            result = self.rotate()
        raise AssertionError(f"no end in sight: {steps}, {result}")

    def content(self, kind: str, namespace: str, name: str, key: str) -> bytes:
        value = self.get("v1", kind, namespace, name)["data"][key]
        return base64.b64decode(value) if kind == "Secret" else value.encode()


def workload(kind: str, name: str) -> Object:
    labels = {"app": name}
    spec: Object = {
        "replicas": 2 if kind == "Deployment" else 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}},
    }
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def bundle_of(pod: Object) -> str | None:
    """What a pod was injected with; empty where it reads a ConfigMap, None without a proxy."""
    for container in [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]:
        if container["name"] == "linkerd-proxy":
            return next((entry.get("value", "") for entry in container["env"] if entry["name"] == ENV), None)
    return None


@dataclass
class Held:
    """What one proxy has."""

    anchors: list[x509.Certificate]
    issuer: x509.Certificate


class Watcher:
    """Looks many times a second; C(problems) is what it saw."""

    def __init__(self, lab: RotationLab) -> None:
        self.problems: list[str] = []
        self.looks = 0
        self.issuers: dict[bytes, x509.Certificate] = {}
        self._cluster = connect(lab.kubeconfig)
        self._held: dict[str, Held] = {}
        self._verified: dict[tuple[bytes, tuple[bytes, ...]], bool] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.wait(0.02):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  a watcher that has died must not look like one that saw nothing
                self.problems.append(f"the watcher stumbled: {error!r}")
                return

    def _look(self) -> None:
        """The issuer first: a pod that is younger than it may trust more, never less."""
        refs = [
            Ref("v1", "Secret", "linkerd-identity-issuer", "linkerd"),
            Ref("v1", "ConfigMap", "linkerd-identity-trust-roots", "linkerd"),
        ]
        secret, roots = self._cluster.get_many(refs)
        assert secret is not None
        assert roots is not None
        issuer = x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"]))
        self.issuers[issuer.tbs_certificate_bytes] = issuer
        running = {}
        for pod in self._cluster.list(_PODS):
            bundle = bundle_of(pod)
            if bundle is not None:
                uid = pod["metadata"]["uid"]
                if uid not in self._held:
                    text = bundle or roots["data"]["ca-bundle.crt"]
                    self._held[uid] = Held(x509.load_pem_x509_certificates(text.encode()), issuer)
                running[uid] = (pod["metadata"]["name"], self._held[uid])
        shown = {held.issuer.tbs_certificate_bytes: held.issuer for _name, held in running.values()}
        shown[issuer.tbs_certificate_bytes] = issuer
        for name, held in running.values():
            for certificate in shown.values():
                if not self._verifies(certificate, held.anchors):
                    self.problems.append(f"{name} does not verify {certificate.serial_number:x}")
        self.looks += 1

    def _verifies(self, certificate: x509.Certificate, anchors: list[x509.Certificate]) -> bool:
        key = (certificate.tbs_certificate_bytes, tuple(anchor.tbs_certificate_bytes for anchor in anchors))
        if key not in self._verified:
            self._verified[key] = any(issued(certificate, anchor) for anchor in anchors)
        return self._verified[key]


def issued(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(anchor)
    except (ValueError, InvalidSignature):
        return False
    return True
