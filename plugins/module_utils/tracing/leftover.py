# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the linkerd-jaeger extension leaves behind once Linkerd has outgrown it (edge-25.10.1 has it no longer).

Its injector goes on writing settings into new pods, so the webhook goes first. Sources: the chart linkerd-jaeger 2025.9.4
(objects, labels; it has no C(webhook.enabled), whatever the migration guide says) and its injector's annotations.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..findings import finding
from ..linkerd.annotations import EXTENSION_LABEL
from ..managers import release_of
from ..model import OWNER_LABEL, OWNER_VALUE, Finding, Object, Ref
from .collector import OTLP_PORT, Collector, Endpoint, Scene

EXTENSION = "jaeger"
WEBHOOK = "linkerd-jaeger-injector-webhook-config"
COLLECTOR = "collector"
DEAD_ANNOTATIONS = (
    "config.linkerd.io/trace-collector",
    "config.linkerd.io/trace-collector-protocol",
    "config.linkerd.io/trace-collector-name",
    "config.alpha.linkerd.io/trace-collector-service-account",
)


@dataclass(frozen=True, slots=True)
class Leftover:
    """C(release) is the Helm release (name, namespace) where Helm brought it; C(ours), whether this collection did."""

    namespace: str = ""
    webhook: str = ""
    release: tuple[str, str] | None = None
    collector: Collector | None = None
    ours: bool = False

    @property
    def found(self) -> bool:
        return bool(self.namespace or self.webhook)

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "found": self.found,
            "namespace": self.namespace,
            "webhook": self.webhook,
            "release": {"name": self.release[0], "namespace": self.release[1]} if self.release else None,
            "collector": self.collector.to_dict() if self.collector else None,
            "ours": self.ours,
        }


def extension(scene: Scene) -> Leftover:
    """The extension as it is in the cluster, whichever Linkerd is there."""
    namespace = next((name for name, obj in sorted(scene.namespaces.items()) if _labels(obj).get(EXTENSION_LABEL) == EXTENSION), "")
    webhook = next((obj for obj in scene.webhooks if obj["metadata"]["name"] == WEBHOOK), None)
    service = next((obj for obj in scene.services if _is_collector(obj)), None)
    marks = [_release(obj) for obj in (webhook, service) if obj is not None]
    release = next((mark for mark in marks if mark is not None), None)
    return Leftover(
        namespace=namespace or (service["metadata"]["namespace"] if service else ""),
        webhook=WEBHOOK if webhook else "",
        release=release,
        collector=_collector(service) if service else None,
        ours=_labels(scene.namespaces.get(namespace) or {"metadata": {}}).get(OWNER_LABEL) == OWNER_VALUE,
    )


def findings(scene: Scene, leftover: Leftover, used: Collector | None) -> list[Finding]:
    """Nothing while the extension is Linkerd's way to trace; nor of a collector that somebody keeps on purpose, once its injector is gone."""
    if scene.mesh.release is None or scene.mesh.has_extension:
        return []
    found = []
    kept = used is not None and used == leftover.collector
    if leftover.webhook or (leftover.namespace and not kept):
        webhook = Ref("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", leftover.webhook)
        where = webhook if leftover.webhook else Ref("v1", "Namespace", leftover.namespace)
        found.append(finding("L5D191", where, "its injector still changes new pods" if leftover.webhook else ""))
    return [*found, *_annotated(scene)]


def dead_annotations(obj: Object) -> list[str]:
    """Those of the object and of its pod template that mean nothing to a Linkerd that has outgrown the extension."""
    template = ((obj.get("spec") or {}).get("template") or {}).get("metadata") or {}
    said = {**(obj["metadata"].get("annotations") or {}), **(template.get("annotations") or {})}
    return [key for key in DEAD_ANNOTATIONS if key in said]


def _annotated(scene: Scene) -> t.Iterator[Finding]:
    for obj in [*scene.namespaces.values(), *scene.workloads]:
        dead = dead_annotations(obj)
        if dead:
            yield finding("L5D192", Ref.of(obj), ", ".join(dead))


def _labels(obj: Object) -> dict[str, str]:
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    return labels


def _is_collector(service: Object) -> bool:
    return service["metadata"]["name"] == COLLECTOR and _labels(service).get(EXTENSION_LABEL) == EXTENSION


def _collector(service: Object) -> Collector:
    namespace = service["metadata"]["namespace"]
    return Collector(Endpoint(COLLECTOR, namespace, OTLP_PORT), COLLECTOR, namespace)


def _release(obj: Object) -> tuple[str, str] | None:
    found = release_of(obj)
    return found if all(found) else None
