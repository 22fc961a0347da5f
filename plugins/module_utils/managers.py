# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else keeps an object as it is, by the marks that they leave on it. Pure, no I/O.

k3s' deploy controller applies every file of its manifests directory anew when it starts, and k3s' Helm controller
what a HelmChart needs. Both mark their objects alike (C(objectset.rio.cattle.io)), and the owner's kind tells them apart:
an Addon stands for a file. A mark of Argo CD's that names another object was copied along with it and means nothing.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .model import Ref
from .routes.base import mapping, mappings

if t.TYPE_CHECKING:
    from .model import Object

ADDON_GVK = "k3s.cattle.io/"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
WORDS = {
    "argocd": "Argo CD application",
    "flux": "Flux",
    "k3s": "k3s add-on",
    "operator": "",
    "helm": "Helm release",
}


class Manager(t.NamedTuple):
    """C(kind) is argocd, flux, k3s, operator or helm."""

    kind: str
    name: str

    @property
    def fights_back(self) -> bool:
        """Whether it puts an object back by itself. Helm does not look before its next upgrade, and keeps what it does not render."""
        return self.kind != "helm"

    @property
    def place(self) -> str:
        """Where a person changes what it writes."""
        if self.kind == "k3s":
            return f"{self} (its file in /var/lib/rancher/k3s/server/manifests of the servers)"
        return f"the values of {self}" if self.kind == "helm" else str(self)

    def __str__(self) -> str:
        return f"{WORDS[self.kind]} {self.name}".strip()


def manager_of(obj: Object) -> Manager | None:
    """Whoever would put this object back, the one nearest to its author first."""
    meta = mapping(obj.get("metadata"))
    labels, annotations = mapping(meta.get("labels")), mapping(meta.get("annotations"))
    for found in (_argo(obj, labels, annotations), _flux(labels), _object_set(annotations), _controller(obj), _helm(obj)):
        if found is not None:
            return found
    return None


def _argo(obj: Object, labels: Object, annotations: Object) -> Manager | None:
    """C(<application>:<group>/<kind>:<namespace>/<name>), or a label where Argo CD is told to track by label."""
    application, colon, tracked = str(annotations.get("argocd.argoproj.io/tracking-id") or "").partition(":")
    if colon and application and _tracks(tracked, obj):
        return Manager("argocd", application)
    name = labels.get("argocd.argoproj.io/instance")
    return Manager("argocd", str(name)) if name else None


def _tracks(tracked: str, obj: Object) -> bool:
    kind, _colon, name = tracked.partition(":")
    return kind.rpartition("/")[2] == obj.get("kind") and name.rpartition("/")[2] == mapping(obj.get("metadata")).get("name")


def _flux(labels: Object) -> Manager | None:
    for group, kind in (("helm", "HelmRelease"), ("kustomize", "Kustomization")):
        name = labels.get(f"{group}.toolkit.fluxcd.io/name")
        if name:
            namespace = labels.get(f"{group}.toolkit.fluxcd.io/namespace")
            return Manager("flux", f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}")
    return None


def _object_set(annotations: Object) -> Manager | None:
    name = annotations.get("objectset.rio.cattle.io/owner-name")
    if not name:
        return None
    gvk = str(annotations.get("objectset.rio.cattle.io/owner-gvk") or ADDON_GVK)
    if gvk.startswith(ADDON_GVK):
        return Manager("k3s", str(name))
    namespace = annotations.get("objectset.rio.cattle.io/owner-namespace")
    return Manager("operator", f"{gvk.rpartition('Kind=')[2]} {f'{namespace}/' if namespace else ''}{name}")


def _controller(obj: Object) -> Manager | None:
    owner = controller_of(obj)
    return Manager("operator", f"{owner.kind} {owner.name}") if owner else None


def controller_of(obj: Object) -> Ref | None:
    """The object whose controller makes this one anew; None where somebody wrote it."""
    meta = mapping(obj.get("metadata"))
    owner = next((entry for entry in mappings(meta.get("ownerReferences")) if entry.get("controller")), None)
    if owner is None:
        return None
    version, kind, name = (str(owner.get(key) or "") for key in ("apiVersion", "kind", "name"))
    return Ref(version, kind, name, str(meta.get("namespace") or ""))


def release_of(obj: Object | None) -> tuple[str, str]:
    """Name and namespace of the Helm release that an object says it belongs to; empty where it says nothing."""
    annotations = mapping(mapping((obj or {}).get("metadata")).get("annotations"))
    name, namespace = (str(annotations.get(key) or "") for key in (RELEASE_NAME, RELEASE_NAMESPACE))
    return name, namespace


def _helm(obj: Object) -> Manager | None:
    name, namespace = release_of(obj)
    return Manager("helm", f"{namespace}/{name}" if namespace else name) if name else None
