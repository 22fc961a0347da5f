# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the cluster, as facts: Kubernetes, Linkerd, what issues its certificates, and how long those live.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import typing as t

from . import certificates
from .cluster import Query
from .helm_values import parse_values
from .linkerd.installation import CONFIG_NAME, Installation, read
from .linkerd.releases import release_for
from .model import Object, Ref
from .objects import helm
from .objects.readiness import ready

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from .cluster import Cluster

Facts = dict[str, t.Any]

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

COMPONENT_LABEL = "linkerd.io/control-plane-component"
NAME_LABEL = "app.kubernetes.io/name"
VERSION_LABEL = "app.kubernetes.io/version"
RELEASE_ANNOTATIONS = ("meta.helm.sh/release-name", "meta.helm.sh/release-namespace")
TRUST_ROOTS = "linkerd-identity-trust-roots"
TRUST_ROOTS_KEY = "ca-bundle.crt"
ISSUER = "linkerd-identity-issuer"
ISSUER_KEYS = ("tls.crt", "crt.pem")
"""Where the certificate is for the schemes kubernetes.io/tls and linkerd.io/tls; keys are never looked at."""


def gather(_module: AnsibleModule, cluster: Cluster) -> Facts:
    """Everything, in a few parallel reads."""
    version = cluster.version()["gitVersion"]
    nodes, configs, managers, bundlers = cluster.list_many(
        [
            Query("v1", "Node", project=_node),
            Query("v1", "ConfigMap", field_selector=f"metadata.name={CONFIG_NAME}"),
            Query("apps/v1", "Deployment", label_selector=f"{NAME_LABEL}=cert-manager"),
            Query("apps/v1", "Deployment", label_selector=f"{NAME_LABEL}=trust-manager"),
        ]
    )
    linkerd, issued = _linkerd(cluster, configs[0]) if configs else ({"installed": False}, {"trust_anchors": [], "issuer": None})
    return {
        "changed": False,
        "kubernetes": {"version": version, "distribution": distribution(version)},
        "nodes": nodes,
        "api_groups": _groups(cluster),
        "linkerd": linkerd,
        "certificates": issued,
        "cert_manager": _workload(managers),
        "trust_manager": _workload(bundlers),
    }


def distribution(version: str) -> str:
    """C(k3s) of C(v1.36.3+k3s1); plain Kubernetes says nothing there."""
    match = re.search(r"[+-](k3s|rke2|gke|eks|k0s)", version)
    return match.group(1) if match else "kubernetes"


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


def _workload(deployments: t.Sequence[Object]) -> Facts:
    """Where something runs that other people's charts install under well-known labels."""
    if not deployments:
        return {"installed": False}
    meta = deployments[0]["metadata"]
    seen = ready(deployments[0])
    return {
        "installed": True,
        "namespace": meta["namespace"],
        "version": (meta.get("labels") or {}).get(VERSION_LABEL, ""),
        "ready": seen.done,
        "status": seen.words,
    }


def _linkerd(cluster: Cluster, config: Object) -> tuple[Facts, Facts]:
    """(the control plane, its certificates)."""
    namespace = config["metadata"]["namespace"]
    values = parse_values((config.get("data") or {}).get("values"), str(Ref.of(config)))
    installation = t.cast(Installation, read(config, namespace))
    release, chart_version = _release(cluster, config)
    deployments = cluster.list(Query("apps/v1", "Deployment", namespace, label_selector=COMPONENT_LABEL))
    states = {obj["metadata"]["name"]: ready(obj) for obj in deployments}
    chart_version = chart_version or installation.chart_version
    row = release_for(chart_version)
    native = (values.get("proxy") or {}).get("nativeSidecar")
    facts = {
        "installed": True,
        "namespace": namespace,
        "version": str(values.get("linkerdVersion") or ""),
        "chart_version": chart_version,
        "release": release,
        "cluster_domain": installation.cluster_domain,
        "native_sidecar": bool(row and row.native_sidecar_default) if native is None else bool(native),
        "ready": bool(states) and all(state.done for state in states.values()),
        "components": [{"name": name, "ready": state.done, "status": state.words} for name, state in sorted(states.items())],
    }
    return facts, _certificates(cluster, namespace, values)


def _release(cluster: Cluster, config: Object) -> tuple[Facts | None, str]:
    """The Helm release that the control plane belongs to, if any, and the version of its chart."""
    annotations = config["metadata"].get("annotations") or {}
    name, namespace = (annotations.get(key, "") for key in RELEASE_ANNOTATIONS)
    if not name:
        return None, ""
    history = helm.history(cluster, helm.Release(name, namespace or config["metadata"]["namespace"]))
    version = helm.chart_of(cluster, history.current)["version"] if history.current else ""
    return {"name": name, "namespace": history.release.namespace, "status": history.status, "revision": history.number}, version


def _certificates(cluster: Cluster, namespace: str, values: Object) -> Facts:
    at = certificates.now()
    roots, issuer = cluster.get_many([Ref("v1", "ConfigMap", TRUST_ROOTS, namespace), Ref("v1", "Secret", ISSUER, namespace)])
    bundle = str(((roots or {}).get("data") or {}).get(TRUST_ROOTS_KEY) or values.get("identityTrustAnchorsPEM") or "")
    chain = next((value for value in map(((issuer or {}).get("data") or {}).get, ISSUER_KEYS) if value), "")
    found = _facts(base64.b64decode(chain), f"Secret {namespace}/{ISSUER}", at)
    return {"trust_anchors": _facts(bundle.encode(), f"ConfigMap {namespace}/{TRUST_ROOTS}", at), "issuer": found[0] if found else None}


def _facts(pem: bytes, subject: str, at: dt.datetime) -> list[Facts]:
    return [certificates.facts(certificate, at) for certificate in certificates.load(pem, subject)] if pem.strip() else []
