# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox with Linkerd and Traefik on it, for tests of the ingress modules.

Linkerd comes from the stand-in charts with Helm alone: the roles' way is tested elsewhere and takes longer.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import typing as t
from pathlib import Path

import yaml
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Query
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import DEFAULT_CHART_VERSION
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.transport import Transport
from sandbox import charts
from sandbox.cluster import Sandbox
from sandbox.process import wait_until
from tests.integration import module_runs

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from sandbox.audit import WriteEvent

__all__ = ["MESH", "OWNER", "POLICY", "Cluster", "Lab", "Object", "Query", "Ref", "connect"]

OWNER = "homelab-owner"
MESH, POLICY = "l5d_ingress_mesh", "l5d_header_policy"


class Options(t.NamedTuple):
    """As much of an AnsibleModule as connecting needs."""

    params: Object


def connect(kubeconfig: Path | str, **params: t.Any) -> Cluster:
    module = Options({**dict.fromkeys(AUTH_ARG_SPEC), "kubeconfig": str(kubeconfig), **params})
    return Cluster(Transport.connect(t.cast("AnsibleModule", module)))


class Lab:
    """One sandbox, seen by its owner."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.kubeconfig = sandbox.kubeconfig
        self.admin = connect(sandbox.kubeconfig)
        state = sandbox.state()
        assert state is not None
        self.components = Path(state.components)
        self.charts = charts.assemble(self.components)

    def run(self, module: str = MESH, **args: t.Any) -> module_runs.Result:
        """A module in this process, as the owner unless another kubeconfig is given."""
        return module_runs.run(module, **{"kubeconfig": str(self.kubeconfig), **args})

    def done(self, module: str = MESH, **args: t.Any) -> module_runs.Result:
        """A run that has to succeed."""
        result = self.run(module, **args)
        assert not result.get("failed"), result["msg"]
        return result

    def helm(self, *arguments: str, values: Object | None = None) -> None:
        command = [str(self.components / "bin" / "helm"), *arguments, *(("--values", "-") if values is not None else ())]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run(
            command, env=environment, input=yaml.safe_dump(values or {}), capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr

    def install_linkerd(
        self, version: str = DEFAULT_CHART_VERSION, names: tuple[str, str] = ("linkerd-crds", "linkerd-control-plane")
    ) -> None:
        anchor, key = authority()
        values = {
            "identityTrustAnchorsPEM": anchor,
            "identity": {"issuer": {"tls": {"crtPEM": anchor, "keyPEM": key}}},
            "disableHeartBeat": True,
        }
        install = ("upgrade", "--install", "--namespace", "linkerd", "--create-namespace")
        self.helm(*install, names[0], str(self.charts / f"linkerd-crds-{version}"), values={"installGatewayAPI": False})
        self.helm(*install, names[1], str(self.charts / f"linkerd-control-plane-{version}"), "--wait", values=values)
        self.until(self._injects, "the injector answers")

    def install_traefik(self, values: Object | None = None) -> None:
        """From Traefik's own chart, without k3s; nobody gives its Service an address, so Helm must not wait for one."""
        chart = str(self.charts / "traefik")
        self.helm("upgrade", "--install", "--namespace", "kube-system", "traefik", chart, values=values)

    def uninstall_linkerd(self) -> None:
        self.helm("uninstall", "--namespace", "linkerd", "--wait", "linkerd-control-plane")

    def _injects(self) -> bool:
        """Whether a pod that asks for a proxy would get one now."""
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "probe", "namespace": "default", "annotations": {"linkerd.io/inject": "enabled"}},
            "spec": {"containers": [{"name": "probe", "image": "probe"}]},
        }
        answer = self.admin.create(pod, dry_run=True)
        return any(c["name"] == "linkerd-proxy" for c in answer["spec"].get("initContainers", []))

    @staticmethod
    def until(condition: t.Callable[[], bool], what: str, seconds: float = 60) -> None:
        assert wait_until(condition, seconds, interval=0.1), f"not within {seconds} s: {what}"

    def all(self, api_version: str, kind: str, namespace: str = "", labels: str = "") -> list[Object]:
        return self.admin.list(Query(api_version, kind, namespace, labels, optional=True))

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Object:
        found = self.admin.get(Ref(api_version, kind, name, namespace))
        assert found is not None, f"{kind} {namespace}/{name}"
        return found

    def change(self, ref: Ref, patch: Object) -> Object:
        """Somebody edits an object."""
        live = self.admin.get(ref)
        assert live is not None, ref
        return self.admin.patch(ref, patch, resource_version=live["metadata"]["resourceVersion"])

    def writes(self, since: int = 0, user: str = OWNER) -> list[WriteEvent]:
        """What that user really changed."""
        return [e for e in self.sandbox.audit()[since:] if e.user == user and e.succeeded and not e.dry_run]


def authority() -> tuple[str, str]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root.linkerd.cluster.local")])
    now = dt.datetime.now(tz=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    return certificate.public_bytes(pem).decode(), private.decode()


def plain(value: t.Any) -> t.Any:
    """A deep copy that compares by value."""
    return json.loads(json.dumps(value))
