# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the bundled Traefik's pods use in their namespace, made available in the new one. Pure.

A volume cannot be mounted from two namespaces through one PersistentVolume, but a directory can have two: so a second
PersistentVolume names the same place, and nothing is copied while Traefik writes its certificates there.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..findings import finding
from ..model import Finding, Object, Ref
from . import bundled

_SHAREABLE = ("hostPath", "local", "nfs")
"""Kinds of volume that are nothing but a place."""
_AUTOMATIC = ("kube-root-ca.crt",)


@dataclass(slots=True)
class Needs:
    """Names of what a pod template refers to in its own namespace."""

    claims: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    config_maps: list[str] = field(default_factory=list)

    def refs(self, namespace: str) -> list[Ref]:
        kinds = (("PersistentVolumeClaim", self.claims), ("Secret", self.secrets), ("ConfigMap", self.config_maps))
        return [Ref("v1", kind, name, namespace) for kind, names in kinds for name in dict.fromkeys(names) if name not in _AUTOMATIC]


def needs(template: Object) -> Needs:
    """Everything that keeps a pod of this template from starting where it is missing."""
    spec = template.get("spec") or {}
    found = Needs(secrets=[str(entry["name"]) for entry in spec.get("imagePullSecrets") or [] if entry.get("name")])
    for volume in spec.get("volumes") or []:
        _add_volume(found, volume)
        for source in (volume.get("projected") or {}).get("sources") or []:
            found.secrets += _names(source.get("secret"), "name")
            found.config_maps += _names(source.get("configMap"), "name")
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        for source in [*(container.get("envFrom") or []), *(entry.get("valueFrom") or {} for entry in container.get("env") or [])]:
            for key in ("secretRef", "secretKeyRef"):
                found.secrets += _names(source.get(key), "name")
            for key in ("configMapRef", "configMapKeyRef"):
                found.config_maps += _names(source.get(key), "name")
    return found


def _add_volume(found: Needs, volume: Object) -> None:
    found.claims += _names(volume.get("persistentVolumeClaim"), "claimName")
    found.secrets += _names(volume.get("secret"), "secretName")
    found.config_maps += _names(volume.get("configMap"), "name")


def _names(source: t.Any, key: str) -> list[str]:
    return [str(source[key])] if isinstance(source, dict) and source.get(key) else []


def copies(objects: t.Iterable[Object], namespace: str) -> list[Object]:
    """The Secrets and ConfigMaps among them for the new namespace; what the release makes itself is left to it."""
    return [
        {
            "apiVersion": "v1",
            "kind": obj["kind"],
            "metadata": {"name": obj["metadata"]["name"], "namespace": namespace},
            **{part: obj[part] for part in ("type", "data", "binaryData", "immutable") if part in obj},
        }
        for obj in objects
        if obj["kind"] in ("Secret", "ConfigMap") and not bundled.from_release(obj, bundled.TRAEFIK, bundled.HOME)
    ]


def storage_problem(claim: Object, volume: Object | None) -> Finding | None:
    """Why this claim's data cannot be had in the new namespace, if so."""
    if volume is None:
        return finding("L5D507", Ref.of(claim), "it is not bound to a volume")
    if not any(key in volume["spec"] for key in _SHAREABLE):
        source = next((key for key in volume["spec"] if isinstance(volume["spec"][key], dict) and key not in _NO_SOURCE), "unknown")
        return finding("L5D507", Ref.of(claim), f"its volume {volume['metadata']['name']} ({source}) cannot be given a second name")
    return None


_NO_SOURCE = ("capacity", "claimRef", "nodeAffinity")


def twins(claim: Object, volume: Object, namespace: str) -> list[Object]:
    """A second volume for the same place, and the claim on it. Neither deletes anything when it goes."""
    spec, claimed = volume["spec"], claim["metadata"]["name"]
    name = f"{volume['metadata']['name']}-{namespace}"[:253]
    place = {
        key: spec[key] for key in (*_SHAREABLE, "capacity", "accessModes", "volumeMode", "nodeAffinity", "mountOptions") if key in spec
    }
    storage_class = spec.get("storageClassName") or ""
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                **place,
                "storageClassName": storage_class,
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claimed, "namespace": namespace},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claimed, "namespace": namespace},
            "spec": {
                "accessModes": spec["accessModes"],
                "resources": {"requests": {"storage": spec["capacity"]["storage"]}},
                "storageClassName": storage_class,
                "volumeName": name,
            },
        },
    ]
