# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated injector behind a real API server: TLS, selectors, certificates that change."""

from __future__ import annotations

import base64
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox import Sandbox
from sandbox.charts import assemble
from sandbox.rest import ApiError, Object, Rest
from tests.sandbox.chart_facts import components

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
SECRET = "/api/v1/namespaces/linkerd/secrets/linkerd-proxy-injector-k8s-tls"
VALUES = {
    "identityTrustAnchorsPEM": "the anchors",
    "identity": {"issuer": {"tls": {"crtPEM": "c", "keyPEM": "k"}}},
    "disableHeartBeat": True,
    "webhookFailurePolicy": "Fail",
}


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.3)
    assert found
    return found


@pytest.fixture(scope="module", name="rest")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    with Sandbox("injector", without=["homelab"], root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        rest = Rest(sandbox.kubeconfig)
        labels = {"config.linkerd.io/admission-webhooks": "disabled"}
        rest.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "linkerd", "labels": labels}}, "owner")
        rest.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}, "owner")
        chart = assemble(components()) / "linkerd-control-plane"
        command = [str(components() / "bin" / "helm"), "--kubeconfig", str(sandbox.kubeconfig), "install", "linkerd-control-plane"]
        command += [str(chart), "-n", "linkerd", "--wait", "--timeout", "90s", "-f", "-"]
        subprocess.run(command, input=yaml.safe_dump(VALUES), text=True, check=True, timeout=120, capture_output=True)
        eventually(lambda: attempt(rest, pod("ready"), dry=True))
        yield rest


def pod(name: str, namespace: str = "app", mode: str = "enabled", **labels: str) -> Object:
    metadata = {"name": name, "namespace": namespace, "annotations": {"linkerd.io/inject": mode}, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "app", "image": "a"}]}}


def create(rest: Rest, obj: Object, *, dry: bool = False) -> Object:
    query = {"dryRun": "All"} if dry else None
    return rest.request("POST", f"/api/v1/namespaces/{obj['metadata']['namespace']}/pods", obj, query)


def attempt(rest: Rest, obj: Object, *, dry: bool = False) -> Object | None:
    try:
        return create(rest, obj, dry=dry)
    except ApiError:
        return None


def proxies(obj: Object) -> list[str]:
    return [container["name"] for container in obj["spec"].get("initContainers") or []]


def test_a_pod_gets_its_proxy(rest: Rest) -> None:
    made = create(rest, pod("meshed", mode="ingress"))
    assert proxies(made) == ["linkerd-init", "linkerd-proxy"]
    assert made["metadata"]["labels"]["linkerd.io/control-plane-ns"] == "linkerd"
    variables = {item["name"]: item.get("value") for item in made["spec"]["initContainers"][1]["env"]}
    assert variables["LINKERD2_PROXY_INGRESS_MODE"] == "true"
    assert variables["LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"].strip() == "the anchors"


def test_kube_system_is_left_out_silently(rest: Rest) -> None:
    assert proxies(create(rest, pod("left-out", "kube-system"), dry=True)) == []


def test_a_narrow_webhook_reaches_one_workload_of_kube_system(rest: Rest) -> None:
    hook = (rest.get(f"{HOOKS}/linkerd-proxy-injector-webhook-config") or {})["webhooks"][0]
    hook |= {
        "failurePolicy": "Ignore",
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "objectSelector": {"matchLabels": {"app.kubernetes.io/name": "traefik"}},
    }
    metadata = {"name": "narrow"}
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    rest.apply({**kind, "metadata": metadata, "webhooks": [hook]}, "owner")
    labels = {"app.kubernetes.io/name": "traefik"}
    eventually(lambda: "linkerd-proxy" in proxies(create(rest, pod("traefik", "kube-system", **labels), dry=True)))
    assert proxies(create(rest, pod("other", "kube-system"), dry=True)) == []


def test_the_owner_hears_about_it(rest: Rest) -> None:
    labels = {"app": "web"}
    for name, mode in (("web", "enabled"), ("odd", "yes")):
        template = {"metadata": {"labels": labels, "annotations": {"linkerd.io/inject": mode}}, "spec": pod("x")["spec"]}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        metadata = {"name": name, "namespace": "app"}
        rest.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}, "owner")
    told = eventually(lambda: events(rest) if {name for name, _reason in events(rest)} >= {"web", "odd"} else None)
    assert ("web", "Injected") in told
    assert ("odd", "InjectionSkipped") in told


def events(rest: Rest) -> set[tuple[str, str]]:
    found = rest.list("/api/v1/namespaces/app/events")
    mine = [event for event in found if event["involvedObject"]["kind"] == "Deployment"]
    return {(event["involvedObject"]["name"], event["reason"]) for event in mine if "nject" in event["reason"]}


def test_a_new_certificate_is_used_at_once(rest: Rest) -> None:
    certificate, key = own_certificate("linkerd-proxy-injector.linkerd.svc")
    rest.merge(SECRET, {"data": {"tls.crt": encoded(certificate), "tls.key": encoded(key)}})
    patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": encoded(certificate)}]
    path = f"{HOOKS}/linkerd-proxy-injector-webhook-config"
    rest.request("PATCH", path, patch, content_type="application/json-patch+json")
    made = eventually(lambda: attempt(rest, pod("new-certificate"), dry=True))
    assert proxies(made) == ["linkerd-init", "linkerd-proxy"]


def test_a_wrong_ca_bundle_is_noticed(rest: Rest) -> None:
    certificate, _key = own_certificate("linkerd-proxy-injector.linkerd.svc")
    patch = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": encoded(certificate)}]
    path = f"{HOOKS}/linkerd-proxy-injector-webhook-config"
    rest.request("PATCH", path, patch, content_type="application/json-patch+json")
    eventually(lambda: attempt(rest, pod("refused"), dry=True) is None)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def own_certificate(host: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return certificate.public_bytes(serialization.Encoding.PEM), private
