# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines and files of the control plane's real programs."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from sandbox.state import USERS, State

SERVICE_CIDR = "10.43.0.0/16"
POD_CIDR = "10.42.0.0/16"
SERVER_ADDRESS = "192.0.2.11"
"""Address of pi-1 (from a documentation range, nobody dials it): the API server wants to
advertise one that is not loopback, and finds none in a network namespace of its own."""

AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "None", "users": ["kwok"]},
        {
            "level": "None",
            "resources": [
                {"group": "", "resources": ["events"]},
                {"group": "events.k8s.io"},
                {"group": "coordination.k8s.io"},
                {"group": "authentication.k8s.io"},
                {"group": "authorization.k8s.io"},
            ],
        },
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
    ],
}


class ControlPlane:
    """Where the programs' files are, and how each program is called."""

    def __init__(self, directory: Path, state: State) -> None:
        self.directory = directory
        self.state = state
        self.certificates = directory / "certs"
        self.bin = Path(state.components) / "bin"

    @property
    def certificate(self) -> Path:
        """The serving certificate and its CA, which the API server writes when it starts first."""
        return self.certificates / "apiserver.crt"

    def kubeconfig(self, user: str) -> Path:
        return self.directory / USERS[user]

    def write_configuration(self) -> None:
        self.certificates.mkdir(parents=True, exist_ok=True)
        rows = [f'{token},{user},{user},"system:masters"' for user, token in self.state.tokens.items()]
        _write_secret(self.directory / "tokens.csv", "\n".join(rows) + "\n")
        _write_secret(self.directory / "audit-policy.json", json.dumps(AUDIT_POLICY))
        selector = {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [
                {
                    "name": "cluster",
                    "connection": {
                        "proxyProtocol": "HTTPConnect",
                        "transport": {"uds": {"udsName": self.state.egress_socket}},
                    },
                }
            ],
        }
        _write_secret(self.directory / "egress.json", json.dumps(selector))

    def write_kubeconfigs(self) -> None:
        authority = base64.b64encode(self.certificate.read_bytes()).decode()
        for user, token in self.state.tokens.items():
            config = {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "sandbox", "cluster": {"server": self.state.server, "certificate-authority-data": authority}}],
                "users": [{"name": user, "user": {"token": token}}],
                "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": user}}],
                "current-context": "sandbox",
            }
            _write_secret(self.kubeconfig(user), json.dumps(config, indent=1))

    def etcd(self) -> list[str]:
        client = f"http://127.0.0.1:{self.state.etcd_port}"
        return [
            *self._program("etcd"),
            "--data-dir",
            str(self.directory / "etcd"),
            "--listen-client-urls",
            client,
            "--advertise-client-urls",
            client,
            "--listen-peer-urls",
            "http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--log-level",
            "warn",
        ]

    def apiserver(self) -> list[str]:
        # The key of the self-signed pair also signs the service accounts' tokens:
        # it exists before the program reads it, and no other tool has to make one.
        key = str(self.certificates / "apiserver.key")
        return [
            *self._program("kube-apiserver"),
            "--etcd-servers",
            f"http://127.0.0.1:{self.state.etcd_port}",
            "--bind-address",
            "127.0.0.1",
            "--secure-port",
            str(self.state.api_port),
            "--advertise-address",
            SERVER_ADDRESS,
            "--cert-dir",
            str(self.certificates),
            "--token-auth-file",
            str(self.directory / "tokens.csv"),
            "--authorization-mode",
            "RBAC",
            "--service-account-issuer",
            "https://kubernetes.default.svc.cluster.local",
            "--service-account-key-file",
            key,
            "--service-account-signing-key-file",
            key,
            "--service-cluster-ip-range",
            SERVICE_CIDR,
            "--allow-privileged",
            "--audit-policy-file",
            str(self.directory / "audit-policy.json"),
            "--audit-log-path",
            str(self.directory / "audit.log"),
            "--egress-selector-config-file",
            str(self.directory / "egress.json"),
        ]

    def controller_manager(self) -> list[str]:
        return [
            *self._program("kube-controller-manager"),
            "--kubeconfig",
            str(self.kubeconfig("system:kube-controller-manager")),
            "--controllers",
            "*,-nodeipam",
            "--kube-api-qps",
            "500",
            "--kube-api-burst",
            "1000",  # its own limit doubles the time to start
            "--use-service-account-credentials",
            "--service-account-private-key-file",
            str(self.certificates / "apiserver.key"),
            "--root-ca-file",
            str(self.certificate),
            "--leader-elect=false",
            "--secure-port",
            "0",
        ]

    def scheduler(self) -> list[str]:
        return [
            *self._program("kube-scheduler"),
            "--kubeconfig",
            str(self.kubeconfig("system:kube-scheduler")),
            "--leader-elect=false",
            "--secure-port",
            "0",
        ]

    def kwok(self) -> list[str]:
        """With kwok's own stages; without the one for leases, nodes turn NotReady after 40 s."""
        stages = sorted((Path(self.state.components) / "kwok").glob("*.yaml"))
        return [
            str(self.bin / "kwok"),
            "--kubeconfig",
            str(self.kubeconfig("kwok")),
            *(f"--config={stage}" for stage in stages),
            "--manage-all-nodes",
            "--node-lease-duration-seconds",
            "40",
            "--cidr",
            POD_CIDR,
        ]

    def _program(self, name: str) -> list[str]:
        """A user's own etcd or API server (KUBEBUILDER_ASSETS) goes before the built one."""
        assets = os.environ.get("KUBEBUILDER_ASSETS")
        if assets and name in ("etcd", "kube-apiserver") and (Path(assets) / name).is_file():
            return [str(Path(assets) / name)]
        return [str(self.bin / "kube"), name]


def _write_secret(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
