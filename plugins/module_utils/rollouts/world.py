# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods by the workload that a person wrote, and what the mesh holds ready for them. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..linkerd.annotations import COMPONENT_LABEL
from ..linkerd.injection import SIDECARS, Injection, effective_annotations, predict, proxy_container
from ..linkerd.proxy import Anchors
from ..managers import controller_of
from ..model import Object, Ref
from ..objects.readiness import ready

RESTARTABLE = ("Deployment", "StatefulSet", "DaemonSet")
HASHES = ("pod-template-hash", "controller-revision-hash")
INJECTOR = "proxy-injector"

Key = tuple[str, str, str]
"""kind, namespace, name."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """What a pod would get today. Empty without Linkerd. The times are those of the last write to either ConfigMap."""

    namespace: str = ""
    version: str = ""
    anchors: Anchors = frozenset()
    webhooks: tuple[Object, ...] = ()
    config_written: str = ""
    bundle_written: str = ""
    bundle_is_first: bool = False
    """Whether the trust bundle is still what it was made with."""


@dataclass(slots=True)
class World:
    """The cluster as it was read. C(now) is this machine's time, in the API's spelling."""

    mesh: Mesh
    namespaces: dict[str, Object] = field(default_factory=dict)
    workloads: dict[Key, Object] = field(default_factory=dict)
    pods: list[Object] = field(default_factory=list)
    configurations: list[Object] = field(default_factory=list)
    """Of webhooks that end at a proxy injector."""
    now: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One workload and its pods; C(live) is None where nothing that can be restarted owns them."""

    ref: Ref
    template: Object
    injection: Injection
    pods: tuple[Object, ...]
    live: Object | None = None
    annotations: t.Mapping[str, str] = field(default_factory=dict)
    """Its template's, and beneath them its namespace's."""

    @property
    def component(self) -> str:
        """Which part of Linkerd's control plane it is, if any."""
        return str(((self.template.get("metadata") or {}).get("labels") or {}).get(COMPONENT_LABEL) or "")

    @property
    def by_hand(self) -> bool:
        """Whether its template carries the proxy: of the control plane's chart, or of C(linkerd inject --manual)."""
        return bool(proxy_container(self.template))

    @property
    def newest(self) -> tuple[Object, ...]:
        """The pods of the template that was made last: in the middle of a rollout, the others are on their way out."""
        last = max(self.pods, key=lambda pod: pod["metadata"].get("creationTimestamp") or "", default=None)
        if last is None or self.live is None or self.waits_for_somebody:
            return self.pods
        return tuple(pod for pod in self.pods if _hash(pod) == _hash(last))

    @property
    def is_unbegun(self) -> bool:
        """Whether a new template is written that no pod is made of yet."""
        status = (self.live or {}).get("status") or {}
        if self.live is None or self.waits_for_somebody or ready(self.live).done:
            return False
        seen = status.get("observedGeneration", 0) >= self.live["metadata"].get("generation", 0)
        return not seen or not (status.get("updatedReplicas") or status.get("updatedNumberScheduled"))

    @property
    def waits_for_somebody(self) -> bool:
        """Whether a new template does not bring new pods by itself."""
        spec = (self.live or {}).get("spec") or {}
        strategy = spec.get("updateStrategy") or {}
        partition = (strategy.get("rollingUpdate") or {}).get("partition")
        return bool(spec.get("paused") or strategy.get("type") == "OnDelete" or partition)


def units(world: World) -> list[Unit]:
    """Every workload that has pods, by namespace and name."""
    groups: dict[Ref, list[Object]] = {}
    for pod in world.pods:
        groups.setdefault(owner_of(pod, world.workloads), []).append(pod)
    return [_unit(world, ref, pods) for ref, pods in sorted(groups.items(), key=lambda item: (item[0].namespace, item[0]))]


def _unit(world: World, ref: Ref, pods: list[Object]) -> Unit:
    live = world.workloads.get((ref.kind, ref.namespace, ref.name))
    template = live["spec"]["template"] if live else _uninjected(pods[0])
    namespace = world.namespaces.get(ref.namespace) or {"metadata": {"name": ref.namespace}}
    injection = predict(template, namespace, world.mesh.webhooks)
    return Unit(ref, template, injection, tuple(pods), live, effective_annotations(template, namespace))


def owner_of(pod: Object, workloads: t.Mapping[Key, Object]) -> Ref:
    """The Deployment behind a ReplicaSet is known by the ReplicaSet's name, which is its own and the template's hash."""
    meta, owner = pod["metadata"], controller_of(pod)
    if owner is None:
        return Ref("v1", "Pod", meta["name"], meta["namespace"])
    made = (meta.get("labels") or {}).get(HASHES[0])
    name = owner.name.removesuffix(f"-{made}")
    if owner.kind == "ReplicaSet" and made and ("Deployment", owner.namespace, name) in workloads:
        return Ref("apps/v1", "Deployment", name, owner.namespace)
    return owner


def _uninjected(pod: Object) -> Object:
    spec = pod.get("spec") or {}
    kept = {part: [one for one in spec.get(part) or [] if one.get("name") not in SIDECARS] for part in ("initContainers", "containers")}
    return {"metadata": pod["metadata"], "spec": {**spec, **kept}}


def _hash(pod: Object) -> str:
    labels = pod["metadata"].get("labels") or {}
    return next((labels[key] for key in HASHES if key in labels), "")
