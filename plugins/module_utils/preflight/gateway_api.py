# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the Gateway API is there, in which version, and who brought it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd.annotations import CREATED_BY
from ..linkerd.releases import version
from ..managers import release_of
from ..model import Finding, Object, Ref
from .view import Facts, View

GROUP = "gateway.networking.k8s.io"
CRD = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"httproutes.{GROUP}")
BUNDLE = f"{GROUP}/bundle-version"
CHANNEL = f"{GROUP}/channel"
K3S_CHARTS = {"traefik-crd": "k3s' chart traefik-crd", "gateway-api-crd": "k3s' chart gateway-api-crd"}
"""k3s before and since 1.37."""


def findings(view: View) -> list[Finding]:
    found = facts(view)
    if "v1" not in found["versions"]:
        there = f"only {', '.join(found['versions'])} is served" if found["versions"] else ""
        return [finding("L5D127", CRD, there)] if view.wanted.gateway_api else []
    bundle = version(found["bundle"])
    oldest, newest = view.wanted.release.gateway_api
    if bundle and not version(oldest) <= bundle <= version(newest):
        reason = f"{found['bundle']}, from {found['owner']}; Linkerd {view.wanted.release.name} is documented for {oldest} to {newest}"
        return [finding("L5D128", CRD, reason)]
    return []


def facts(view: View) -> Facts:
    annotations = _annotations(view.gateway_crd)
    return {
        "versions": sorted(name.partition("/")[2] for name in view.groups if name.startswith(f"{GROUP}/")),
        "bundle": annotations.get(BUNDLE, ""),
        "channel": annotations.get(CHANNEL, ""),
        "owner": _owner(view.gateway_crd),
    }


def _owner(crd: Object | None) -> str:
    """Whose it is: nobody but that one should change or remove it."""
    if crd is None:
        return ""
    release, namespace = release_of(crd)
    if release in K3S_CHARTS and namespace == "kube-system":
        return K3S_CHARTS[release]
    if CREATED_BY in _annotations(crd):
        return "Linkerd's chart linkerd-crds"
    if release:
        return f"Helm release {namespace}/{release}"
    return "somebody who applied it by hand"


def _annotations(crd: Object | None) -> dict[str, str]:
    return ((crd or {}).get("metadata") or {}).get("annotations") or {}
