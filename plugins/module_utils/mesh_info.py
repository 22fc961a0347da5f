# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the cluster, as facts: Kubernetes, Linkerd, what issues its certificates, and how long those live.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .certificates import now
from .cluster import Query
from .distribution import distribution
from .findings import worst_first
from .helm_values import parse_values
from .identity import info as identity
from .identity.gathering import gather as gather_identity
from .identity.judging import judge
from .linkerd.annotations import COMPONENT_LABEL
from .linkerd.installation import CONFIG_NAME, Installation, read
from .linkerd.release_facts import facts_of
from .linkerd.releases import release_for
from .managers import release_of
from .model import Object, Ref
from .objects import helm
from .objects.readiness import ready
from .rollouts.facts import workload_facts
from .rollouts.gather import gather as gather_world
from .viz import judging, looking

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .cluster import Cluster
    from .model import Finding

Facts = dict[str, t.Any]

PARTS = ("cluster", "linkerd", "certificates", "viz", "workloads")
API_GROUPS = (
    "cert-manager.io",
    "gateway.networking.k8s.io",
    "helm.cattle.io",
    "linkerd.io",
    "policy.linkerd.io",
    "traefik.containo.us",
    "traefik.io",
    "trust.cert-manager.io",
)
"""The groups that decide what a play can do; a cluster serves dozens of others."""


def gather(module: AnsibleModule, cluster: Cluster) -> Facts:
    """What was asked for, in a few parallel reads."""
    parts = module.params["parts"]
    facts: Facts = {"changed": False}
    told: list[Finding] = []
    if "cluster" in parts:
        facts |= _cluster(cluster)
    if {"linkerd", "certificates", "viz"} & set(parts):
        configs = cluster.list(Query("v1", "ConfigMap", field_selector=f"metadata.name={CONFIG_NAME}"))
        linkerd = _linkerd(cluster, configs[0]) if configs and {"linkerd", "viz"} & set(parts) else {"installed": False}
        if "linkerd" in parts:
            facts["linkerd"] = linkerd
        if "certificates" in parts:
            facts |= _certificates(cluster, configs[0]["metadata"]["namespace"] if configs else "linkerd", told)
        if "viz" in parts:
            extension = looking.look(cluster)
            facts["viz"] = judging.facts(extension)
            told += judging.judge(extension, str(linkerd.get("chart_version", "")))
    if {"certificates", "viz"} & set(parts):
        facts["findings"] = [entry.to_dict() for entry in worst_first(told)]
    if "workloads" in parts:
        facts |= workload_facts(gather_world(cluster))
    return facts


def _cluster(cluster: Cluster) -> Facts:
    version = cluster.version()["gitVersion"]
    return {
        "kubernetes": {"version": version, "distribution": distribution(version)},
        "nodes": cluster.list(Query("v1", "Node", project=_node)),
        "api_groups": _groups(cluster),
    }


def _certificates(cluster: Cluster, namespace: str, told: list[Finding]) -> Facts:
    found, at = gather_identity(cluster, namespace), now()
    told += judge(found.identity, at)
    return {
        "certificates": identity.facts(found, at),
        "cert_manager": found.cert_manager,
        "trust_manager": found.trust_manager,
    }


def _groups(cluster: Cluster) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group_version in sorted(cluster.group_versions()):
        group, _slash, version = group_version.rpartition("/")
        if group in API_GROUPS:
            found.setdefault(group, []).append(version)
    return found


def _node(node: Object) -> Object:
    info = node["status"].get("nodeInfo") or {}
    return {
        "name": node["metadata"]["name"],
        "architecture": info.get("architecture", ""),
        "os": info.get("operatingSystem", ""),
        "kubelet": info.get("kubeletVersion", ""),
        "ready": ready(node, "Ready").done,
    }


def _linkerd(cluster: Cluster, config: Object) -> Facts:
    namespace = config["metadata"]["namespace"]
    values = parse_values((config.get("data") or {}).get("values"), str(Ref.of(config)))
    installation = t.cast(Installation, read(config, namespace))
    release, chart_version = _release(cluster, config)
    deployments = cluster.list(Query("apps/v1", "Deployment", namespace, label_selector=COMPONENT_LABEL))
    states = {obj["metadata"]["name"]: ready(obj) for obj in deployments}
    chart_version = chart_version or installation.chart_version
    row = release_for(chart_version)
    return {
        "installed": True,
        "namespace": namespace,
        "version": str(values.get("linkerdVersion") or ""),
        "chart_version": chart_version,
        "release": release,
        "cluster_domain": installation.cluster_domain,
        "behaviours": facts_of(row) if row else {},
        "native_sidecar": installation.native_sidecar,
        "ready": bool(states) and all(state.done for state in states.values()),
        "components": [{"name": name, "ready": state.done, "status": state.words} for name, state in sorted(states.items())],
    }


def _release(cluster: Cluster, config: Object) -> tuple[Facts | None, str]:
    """The Helm release that the control plane belongs to, if any, and the version of its chart."""
    name, namespace = release_of(config)
    if not name:
        return None, ""
    history = helm.history(cluster, helm.Release(name, namespace or config["metadata"]["namespace"]))
    version = helm.chart_of(cluster, history.current)["version"] if history.current else ""
    return {"name": name, "namespace": history.release.namespace, "status": history.status, "revision": history.number}, version
