# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An object as a repository would keep it: what people write, without what servers and tools add. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..managers import controller_of
from ..merge import LAST_APPLIED, strip_server_fields
from ..model import Object

_METADATA = ("ownerReferences", "finalizers", "generateName", "deletionGracePeriodSeconds")
_ANNOTATIONS = (
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/instance",
    "helm.toolkit.fluxcd.io/",
    "kustomize.toolkit.fluxcd.io/",
    "objectset.rio.cattle.io/",
)
"""Written by the tool that brings the object to the cluster, anew each time; one that ends in a slash stands for all that begin so.

The ones of Helm's are left: without them a release would no longer know its object.
"""
_ALLOCATED = ("clusterIP", "clusterIPs", "healthCheckNodePort")


def kept(obj: Object) -> Object:
    """What belongs into a file. O(obj) is not changed."""
    stripped = strip_server_fields(obj)
    meta = {key: value for key, value in (stripped.get("metadata") or {}).items() if key not in _METADATA}
    for part in ("annotations", "labels"):
        if part in meta:
            meta[part] = {key: value for key, value in (meta[part] or {}).items() if not _is_bookkeeping(key)}
            if not meta[part]:
                del meta[part]
    result = {**stripped, "metadata": meta}
    return _without_addresses(result) if obj.get("kind") == "Service" else result


def maker_of(obj: Object) -> str:
    """The object whose controller makes this one anew; empty where somebody wrote it."""
    owner = controller_of(obj)
    return f"{owner.kind} {owner.name}" if owner else ""


def _is_bookkeeping(key: str) -> bool:
    return any(key == known or (known.endswith("/") and key.startswith(known)) for known in _ANNOTATIONS)


def _without_addresses(service: Object) -> Object:
    """The cluster gives out addresses, unless the Service says that it wants none."""
    spec: t.Any = service.get("spec")
    if not isinstance(spec, dict) or spec.get("clusterIP") == "None":
        return service
    return {**service, "spec": {key: value for key, value in spec.items() if key not in _ALLOCATED}}
