# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What planning knows of the cluster: plain objects, read once.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..linkerd.installation import Installation
from ..model import Object, Ref, Step
from ..routes.base import Services
from .around import Around


@dataclass(frozen=True, slots=True)
class Snapshot:
    """C(objects) holds lists by kind, API groups joined: routes, Services, Middlewares, classes."""

    linkerd_namespace: str
    linkerd: Installation | None
    workload: Object
    namespace: Object
    pods: tuple[Object, ...] = ()
    webhooks: tuple[Object, ...] = ()
    charts: tuple[Object, ...] = ()
    configs: tuple[Object, ...] = ()
    objects: t.Mapping[str, tuple[Object, ...]] = field(default_factory=dict)
    unserved: frozenset[tuple[str, str]] = frozenset()
    """Kinds of our own objects, as (apiVersion, kind), that this API does not serve."""
    around: Around = field(default_factory=Around)

    def of(self, kind: str) -> tuple[Object, ...]:
        return self.objects.get(kind, ())

    @property
    def services(self) -> Services:
        return {(s["metadata"].get("namespace", ""), s["metadata"]["name"]): s for s in self.of("Service")}

    def after(self, steps: t.Iterable[Step]) -> Snapshot:
        """The same cluster once O(steps) are done; what controllers make of them is not in it."""
        result = self
        for kind, changes in _by_kind(steps).items():
            result = result._with(kind, changes)
        return result

    def _with(self, kind: str, changes: dict[Ref, Object | None]) -> Snapshot:
        if kind == Ref.of(self.workload).kind:
            return replace(self, workload=changes.get(Ref.of(self.workload)) or self.workload)
        if kind == "MutatingWebhookConfiguration":
            return replace(self, webhooks=_changed(self.webhooks, changes))
        if kind == "HelmChartConfig":
            return replace(self, configs=_changed(self.configs, changes))
        return replace(self, objects={**self.objects, kind: _changed(self.of(kind), changes)})


def _by_kind(steps: t.Iterable[Step]) -> dict[str, dict[Ref, Object | None]]:
    changes: dict[str, dict[Ref, Object | None]] = {}
    for step in steps:
        changes.setdefault(step.object.kind, {})[step.object] = step.after
    return changes


def _changed(objects: tuple[Object, ...], changes: dict[Ref, Object | None]) -> tuple[Object, ...]:
    kept = [changes.pop(Ref.of(obj), obj) for obj in objects] if changes else list(objects)
    return tuple(obj for obj in [*kept, *changes.values()] if obj is not None)
