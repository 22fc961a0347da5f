# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four Raspberry Pis, as k3s registers them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.client.exceptions import ApiException

from sandbox.build import KUBERNETES_VERSION

COUNT = 4


def create(client: ApiClient) -> None:
    core = CoreV1Api(client)
    for number in range(1, COUNT + 1):
        try:
            core.create_node(_node(number))
        except ApiException as error:
            if error.status != 409:
                raise


def ready_count(client: ApiClient) -> int:
    nodes = CoreV1Api(client).list_node().items
    return sum(_is_ready(node) for node in nodes)


def _is_ready(node: Any) -> bool:
    conditions = node.status.conditions or []
    tainted = any(taint.key == "node.kubernetes.io/not-ready" for taint in node.spec.taints or [])
    return not tainted and any(c.type == "Ready" and c.status == "True" for c in conditions)


def _node(number: int) -> Any:
    name = f"pi-{number}"
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, name)  # of digits alone, kwok would take it for a number
    labels = {
        "beta.kubernetes.io/arch": "arm64",
        "beta.kubernetes.io/instance-type": "k3s",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "arm64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "k3s",
    }
    is_server = number == 1
    if is_server:
        labels["node-role.kubernetes.io/control-plane"] = "true"
    annotations = {"k3s.io/node-args": json.dumps(["server" if is_server else "agent"])}
    resources = {"cpu": "4", "memory": "8125824Ki", "ephemeral-storage": "120Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": {
            "podCIDR": f"10.42.{number - 1}.0/24",
            "podCIDRs": [f"10.42.{number - 1}.0/24"],
            "providerID": f"k3s://{name}",
        },
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": f"192.0.2.{10 + number}"},
                {"type": "Hostname", "address": name},
            ],
            "capacity": resources,
            "allocatable": resources,
            "nodeInfo": {
                "architecture": "arm64",
                "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "kernelVersion": "6.12.47+rpt-rpi-2712",
                "containerRuntimeVersion": "containerd://2.1.5-k3s1",
                "kubeletVersion": KUBERNETES_VERSION,
                "kubeProxyVersion": KUBERNETES_VERSION,
                "machineID": identity.hex,
                "systemUUID": identity.hex,
                "bootID": str(identity),
            },
        },
    }
