# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of Pis in which nothing is wrong, and what is going to be installed; tests change one thing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import DEFAULT_CHART_VERSION, release_for
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.hosts import MODULES
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.judge import judge
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.view import PodUse, View, Wanted
from ansible_collections.pimesh.linkerd.plugins.module_utils.quantities import quantity

Object = dict[str, t.Any]
NOW = dt.datetime(2026, 11, 21, 12, 0, 0, tzinfo=dt.UTC)
BUNDLE = "gateway.networking.k8s.io/bundle-version"


def stamp(seconds: float) -> str:
    """That many seconds from now, as the API writes it."""
    return (NOW + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def node(name: str = "pi-1", **info: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "spec": {"podCIDR": "10.42.0.0/24"},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi"},
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": stamp(-120)}],
            "nodeInfo": {
                "architecture": "arm64",
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "kernelVersion": "6.12.47+rpt-rpi-2712",
                **info,
            },
        },
    }


def lease(name: str, ahead: float) -> Object:
    meta = {"name": name, "namespace": "kube-node-lease"}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": {"renewTime": stamp(ahead)}}


def namespace(name: str, labels: Object | None = None, annotations: Object | None = None, **more: t.Any) -> Object:
    meta = {"name": name, "uid": f"uid-of-{name}", "labels": labels or {}, "annotations": annotations or {}, **more}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def crd(**annotations: str) -> Object:
    meta = {"name": "httproutes.gateway.networking.k8s.io", "annotations": annotations}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta}


def pod(name: str = "web", *, on: str = "pi-1", memory: str = "64Mi", **changes: t.Any) -> PodUse:
    use = PodUse("app", name, on, "10.42.0.7", quantity("100m"), quantity(memory), gets_proxy=True, has_init=False)
    return use._replace(**changes)


def wanted(chart_version: str = DEFAULT_CHART_VERSION, **changes: t.Any) -> Wanted:
    release = release_for(chart_version)
    assert release
    return Wanted(chart_version, release, **{"proxy_cpu": "10m", "proxy_memory": "20Mi", **changes})


def view(**changes: t.Any) -> View:
    names = ("pi-1", "pi-2", "pi-3", "pi-4")
    whole = View(
        wanted=wanted(),
        version="v1.35.4+k3s1",
        now=NOW,
        groups=frozenset({"gateway.networking.k8s.io/v1", "apps/v1"}),
        nodes=tuple(node(name) for name in names),
        leases=tuple(lease(name, -5) for name in names),
        namespaces=(namespace("kube-system"), namespace("app")),
        pods=(pod(),),
        gateway_crd=crd(**{BUNDLE: "v1.4.0", "meta.helm.sh/release-name": "traefik-crd", "meta.helm.sh/release-namespace": "kube-system"}),
    )
    return dataclasses.replace(whole, **changes)


def found(seen: View) -> list[tuple[str, str]]:
    """(code, name of the object) of every finding."""
    return [(entry["code"], entry["object"]["name"]) for entry in judge(seen)["findings"]]


def reason(seen: View, code: str) -> str:
    (entry,) = [entry for entry in judge(seen)["findings"] if entry["code"] == code]
    return str(entry["reason"])


PI = {
    "machine": "aarch64",
    "kernel": "6.12.47+rpt-rpi-v8",
    "bits": "64",
    "page_size": "4096",
    "synchronised": "yes",
    "cgroups": "v2",
    "controllers": "cpuset cpu io memory pids",
    "iptables": "iptables v1.8.11 (nf_tables)",
    "watchers": "8192",
    "modules_known": "yes",
}
MODULE_LINES = [f"module={name}" for name in sorted({*MODULES["nft"], *MODULES["legacy"]})]


def answering(modules: t.Sequence[str] = MODULE_LINES, **changes: str) -> str:
    """What a sound Pi answers over SSH, but for the changes."""
    return "\n".join([*(f"{name}={value}" for name, value in {**PI, **changes}.items()), *modules])
