# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cert-manager and the trust-manager that are there: whose they are, and whether they suit. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..findings import finding
from ..linkerd.releases import version
from ..managers import release_of
from ..model import Ref
from ..objects.readiness import ready

if t.TYPE_CHECKING:
    from ..model import Finding, Object

NAME_LABEL = "app.kubernetes.io/name"
VERSION_LABEL = "app.kubernetes.io/version"

OLDEST_CERT_MANAGER = "1.5.0"
"""The first with secretTemplate in Certificates."""
OLDEST_TRUST_MANAGER = "0.13.0"
"""The first that is content with a label that selects nothing yet, which is where previous anchors are looked for."""

# What the programs use when the argument is not given.
RESOURCE_NAMESPACE = ("--cluster-resource-namespace", "kube-system")
TRUST_NAMESPACE = ("--trust-namespace", "cert-manager")


def workload(deployments: t.Sequence[Object]) -> Object:
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


def cert_manager(deployments: t.Sequence[Object], injectors: t.Sequence[Object]) -> Object:
    found = workload(deployments)
    if found["installed"]:
        found["cluster_resource_namespace"] = _argument(deployments[0], *RESOURCE_NAMESPACE)
        found["cainjector"] = workload(injectors)
    return found


def trust_manager(deployments: t.Sequence[Object]) -> Object:
    found = workload(deployments)
    if found["installed"]:
        found["trust_namespace"] = _argument(deployments[0], *TRUST_NAMESPACE)
    return found


def brought_by(definition: Object | None) -> Object | None:
    """The Helm release that brought a CRD; empty strings when it came in another way, None when there is no such CRD."""
    if definition is None:
        return None
    name, namespace = release_of(definition)
    return {"name": name, "namespace": namespace}


def _argument(deployment: Object, name: str, default: str) -> str:
    """The value of an argument of the program, with its own namespace put in."""
    meta, spec = deployment["metadata"], deployment["spec"].get("template", {}).get("spec", {})
    given = [str(argument) for container in spec.get("containers") or [] for argument in container.get("args") or []]
    for index, argument in enumerate(given):
        head, equals, value = argument.partition("=")
        if head.replace("--", "-", 1) == name.replace("--", "-", 1):
            value = value if equals else next(iter(given[index + 1 : index + 2]), "")
            return value.replace("$(POD_NAMESPACE)", meta["namespace"])
    return default


def judge(issuing: Object, bundling: Object, trust_namespace: str, *, bundles: bool, signs: bool) -> list[Finding]:
    """Whether they suit as they are. What is not installed is not judged.

    C(bundles): trust-manager is needed; C(signs): a ClusterIssuer signs with the trust anchor.
    """
    findings: list[Finding] = []
    if issuing["installed"]:
        ref = Ref("apps/v1", "Deployment", "cert-manager", issuing["namespace"])
        findings += [finding("L5D418", ref, reason) for reason in _unfit_issuing(issuing, trust_namespace, signs=signs)]
    if bundles and bundling["installed"]:
        ref = Ref("apps/v1", "Deployment", "trust-manager", bundling["namespace"])
        findings += [finding("L5D419", ref, reason) for reason in _unfit_bundling(bundling, trust_namespace)]
    return findings


def _unfit_issuing(found: Object, trust_namespace: str, *, signs: bool) -> t.Iterator[str]:
    if _older(found["version"], OLDEST_CERT_MANAGER):
        yield f"it is {found['version']}, and {OLDEST_CERT_MANAGER} or newer is needed"
    if not found["cainjector"]["installed"]:
        yield "it runs without cainjector, so webhooks would not learn of their authority"
    place = found["cluster_resource_namespace"]
    if signs and place != trust_namespace:
        yield f"it reads the Secrets of ClusterIssuers in namespace {place}, and the trust anchor's is in {trust_namespace}"


def _unfit_bundling(found: Object, trust_namespace: str) -> t.Iterator[str]:
    if _older(found["version"], OLDEST_TRUST_MANAGER):
        yield f"it is {found['version']}, and {OLDEST_TRUST_MANAGER} or newer is needed"
    if found["trust_namespace"] != trust_namespace:
        yield f"it reads its sources in namespace {found['trust_namespace']}, and the trust anchor is in {trust_namespace}"


def _older(found: str, oldest: str) -> bool:
    return bool(version(found)) and version(found) < version(oldest)
