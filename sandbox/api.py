# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's own connection to its cluster."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config

if TYPE_CHECKING:
    from pathlib import Path


def connect(kubeconfig: Path) -> ApiClient:
    """A client of the official library that a proxy in the user's environment cannot redirect."""
    configuration = Configuration()
    load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    configuration.proxy = None
    return ApiClient(configuration)


def ready(server: str, certificate: Path, token: str) -> bool:
    """Whether the API server has finished everything it does at its start."""
    if not certificate.exists():
        return False
    request = urllib.request.Request(f"{server}/readyz", headers={"Authorization": f"Bearer {token}"})
    try:
        secured = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate)))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secured)
        with opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
