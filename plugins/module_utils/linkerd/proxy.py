# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy of one pod as it is: version, trusted certificates, settings. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..model import Object
from .annotations import PROXY_CONTAINER
from .injection import proxy_container, proxy_mode

INIT_CONTAINER = "linkerd-init"
VERSION_ANNOTATION = "linkerd.io/proxy-version"
VERSION_OVERRIDE = "config.linkerd.io/proxy-version"
ANCHORS_ENV = "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"
RESIZED_BY = "vpaObservedContainers"
"""The vertical pod autoscaler notes here which containers it sizes, pod by pod."""
PARTS = ("args", "command", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe", "securityContext", "startupProbe")

Anchors: t.TypeAlias = "frozenset[str]"


@dataclass(frozen=True, slots=True)
class Proxy:
    """C(anchors) is None where the container reads them from the ConfigMap when it starts."""

    mode: str
    version: str
    anchors: Anchors | None
    started: str
    native: bool
    resized: bool
    container: Object
    init: Object


def anchors_of(text: str) -> Anchors:
    """The certificates of a bundle; order, spaces and comments mean nothing."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return frozenset("".join(block.split()) for block in blocks)


def proxy_of(pod: Object) -> Proxy | None:
    """What the pod (or a pod that the API made up) has; None without a proxy."""
    spec, annotations = pod.get("spec") or {}, (pod.get("metadata") or {}).get("annotations") or {}
    first, container = spec.get("initContainers") or [], proxy_container(pod)
    if not container:
        return None
    env = {item.get("name"): item for item in container.get("env") or []}
    given = env.get(ANCHORS_ENV) or {}
    return Proxy(
        mode=proxy_mode(pod),
        version=annotations.get(VERSION_ANNOTATION) or _tag(container),
        anchors=None if given.get("valueFrom") else anchors_of(str(given.get("value") or "")),
        started=_started(pod),
        native=any(one is container for one in first),
        resized=RESIZED_BY in annotations,
        container=container,
        init=_named(first, INIT_CONTAINER),
    )


def differences(now: Proxy, wanted: Proxy) -> list[str]:
    """Settings that differ, by name: a value may be a secret. Version and trusted certificates are no settings."""
    found = []
    if now.mode != wanted.mode:
        found.append(f"mode {now.mode} instead of {wanted.mode}")
    if now.native != wanted.native:
        found.append(f"{'' if now.native else 'no '}native sidecar")
    before, after = _environment(now.container), _environment(wanted.container)
    found += [f"env {name}" for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    found += [f"{part} of {PROXY_CONTAINER}" for part in PARTS if now.container.get(part) != wanted.container.get(part)]
    found += [f"{part} of {INIT_CONTAINER}" for part in PARTS if now.init.get(part) != wanted.init.get(part)]
    if _name(now.container) != _name(wanted.container):
        found.append("image")
    if not (now.resized or wanted.resized) and now.container.get("resources") != wanted.container.get("resources"):
        found.append("resources")
    return found


def _environment(container: Object) -> Object:
    return {item.get("name"): item for item in container.get("env") or [] if item.get("name") != ANCHORS_ENV}


def _named(containers: t.Iterable[Object], name: str) -> Object:
    return next((container for container in containers if container.get("name") == name), {})


def _name(container: Object) -> str:
    return str(container.get("image") or "").removesuffix(f":{_tag(container)}")


def _tag(container: Object) -> str:
    name, colon, tag = str(container.get("image") or "").partition("@")[0].rpartition(":")
    return tag if colon and name and "/" not in tag else ""


def _started(pod: Object) -> str:
    """When the proxy's process began: a container that starts again reads its environment again."""
    status = pod.get("status") or {}
    states = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    running = (_named(states, PROXY_CONTAINER).get("state") or {}).get("running") or {}
    return str(running.get("startedAt") or status.get("startTime") or (pod.get("metadata") or {}).get("creationTimestamp") or "")
