# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real cert-manager, its CA injector and trust-manager, as players."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from sandbox.program import Program
from sandbox.state import free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.context import Context
    from sandbox.player import Player

NAMESPACE = "cert-manager"


def players() -> list[Player]:
    return [
        Program("cert-manager", (NAMESPACE, "cert-manager"), _controller, "certificates.cert-manager.io"),
        Program("cainjector", (NAMESPACE, "cert-manager-cainjector"), _cainjector, "certificates.cert-manager.io"),
        Program("trust-manager", (NAMESPACE, "trust-manager"), _trust_manager, "bundles.trust.cert-manager.io"),
    ]


def _controller(context: Context) -> list[str]:
    return [*_certmanager(context, "controller"), "--cluster-resource-namespace", NAMESPACE]


def _cainjector(context: Context) -> list[str]:
    return _certmanager(context, "cainjector")


def _certmanager(context: Context, program: str) -> list[str]:
    return [str(context.cache / "bin" / "certmanager"), program, "--kubeconfig", str(context.kubeconfig)]


def _trust_manager(context: Context) -> list[str]:
    webhook, metrics, probe = free_ports(3)
    return [
        str(context.cache / "bin" / "trust-manager"),
        "--kubeconfig",
        str(context.kubeconfig),
        "--leader-elect=false",
        "--trust-namespace",
        NAMESPACE,
        "--webhook-host",
        "127.0.0.1",
        "--webhook-port",
        str(webhook),
        "--webhook-certificate-dir",
        str(_webhook_pair(context)),
        "--metrics-port",
        str(metrics),
        "--readiness-probe-port",
        str(probe),
    ]


def _webhook_pair(context: Context) -> Path:
    """It does not start without a pair; as nothing calls its webhook, the API server's will do."""
    directory = context.state / "trust-manager"
    directory.mkdir(exist_ok=True)
    for source, target in (("apiserver.crt", "tls.crt"), ("apiserver.key", "tls.key")):
        shutil.copy(context.state / "certs" / source, directory / target)
    return directory
