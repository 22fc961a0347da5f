# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a pod to the same pod with a proxy, or to the reason why there is none. Pure."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.injector import proxy
from sandbox.injector.decide import decide
from sandbox.injector.settings import OPAQUE_PORTS, dig, effective, exposed, inherited, resolve_ports

if TYPE_CHECKING:
    from sandbox.rest import Object


@dataclass(frozen=True)
class Config:
    """What the injector has read from its control plane."""

    values: Object
    """ConfigMap linkerd-config, key ``values``."""
    trust_anchors: str
    """ConfigMap linkerd-identity-trust-roots, key ``ca-bundle.crt``."""
    namespace: str = "linkerd"

    @property
    def version(self) -> str:
        return str(self.values.get("linkerdVersion", ""))


@dataclass(frozen=True)
class Owner:
    """The workload behind a pod: the Deployment behind its ReplicaSet, the CronJob behind its Job."""

    kind: str
    name: str


@dataclass(frozen=True)
class Outcome:
    """The injected pod, or None and why."""

    pod: Object | None
    reason: str = ""


def inject(pod: Object, namespace: Object, config: Config, owner: Owner | None = None) -> Outcome:
    decision = decide(pod, namespace, config.values)
    if not decision.mode:
        return Outcome(None, ", ".join(decision.reasons))
    result = copy.deepcopy(pod)
    meta, spec = result.setdefault("metadata", {}), result.setdefault("spec", {})
    annotations = {**inherited(namespace), **(meta.get("annotations") or {})}
    settings = effective(config.values, annotations)
    annotations = _noted(annotations, spec, settings)
    opaque = _opaque(annotations, spec, settings)
    meta["annotations"] = {**annotations, **_marks(config, settings)}
    meta["labels"] = {**(meta.get("labels") or {}), **_labels(namespace, config, owner)}
    _place(spec, proxy.Sidecar(settings, spec, decision.mode, opaque, config.trust_anchors, config.namespace))
    return Outcome(result)


def opaque_ports(obj: Object, namespace: Object, config: Config) -> Object | None:
    """A Service, or a pod without a proxy, still takes over opaque-ports from its namespace."""
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if OPAQUE_PORTS in annotations:
        return None
    text = inherited(namespace).get(OPAQUE_PORTS) or _defaults_of(obj, config)
    if not text:
        return None
    result = copy.deepcopy(obj)
    result.setdefault("metadata", {}).setdefault("annotations", {})[OPAQUE_PORTS] = text
    return result


def _defaults_of(obj: Object, config: Config) -> str:
    defaults, spec = str(dig(config.values, "proxy.opaquePorts", "")), obj.get("spec") or {}
    if obj.get("kind") != "Service":
        return exposed(defaults, spec)
    declared = {str(port.get("port")) for port in spec.get("ports") or []}
    return ",".join(port for port in defaults.split(",") if port in declared)


def _noted(annotations: dict[str, str], spec: Object, settings: Object) -> dict[str, str]:
    """Default opaque ports that the pod declares are noted on the pod, where nothing else is said about them."""
    declared = exposed(str(dig(settings, "proxy.opaquePorts", "")), spec)
    return {OPAQUE_PORTS: declared, **annotations} if declared else annotations


def _opaque(annotations: dict[str, str], spec: Object, settings: Object) -> str:
    said = annotations.get(OPAQUE_PORTS)
    return str(dig(settings, "proxy.opaquePorts", "")) if said is None else resolve_ports(said, spec)


def _marks(config: Config, settings: Object) -> dict[str, str]:
    return {
        "linkerd.io/created-by": f"linkerd/proxy-injector {config.version}",
        "linkerd.io/proxy-version": str(dig(settings, "proxy.image.version", config.version)),
        "linkerd.io/trust-root-sha256": hashlib.sha256(config.trust_anchors.encode()).hexdigest(),
    }


def _labels(namespace: Object, config: Config, owner: Owner | None) -> dict[str, str]:
    labels = {
        "linkerd.io/control-plane-ns": config.namespace,
        "linkerd.io/workload-ns": str((namespace.get("metadata") or {}).get("name", "")),
    }
    if owner:
        labels[f"linkerd.io/proxy-{owner.kind.lower()}"] = owner.name
    return labels


def _place(spec: Object, sidecar: proxy.Sidecar) -> None:
    first, container = proxy.init_container(sidecar), proxy.proxy_container(sidecar)
    own_init, own = spec.get("initContainers") or [], spec.get("containers") or []
    if sidecar.native:
        spec["initContainers"] = [first, container, *own_init]
    else:
        spec["initContainers"] = [first, *own_init]
        spec["containers"] = [container, *own]
    spec["volumes"] = [*(spec.get("volumes") or []), *proxy.volumes(sidecar.settings)]
