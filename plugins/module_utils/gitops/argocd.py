# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Argo CD Application for each step, in sync waves. Shapes: Application v1alpha1 of Argo CD 3.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from .parts import Step
from .place import Place

WAVE = "argocd.argoproj.io/sync-wave"
SERVER_SIDE = "ServerSideApply=true"
REFERENCE = "rendered"


def objects(steps: t.Sequence[Step], place: Place) -> list[Object]:
    return [_application(step, wave, place) for wave, step in enumerate(steps)]


def _application(step: Step, wave: int, place: Place) -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": place.named(step.name), "namespace": place.namespace, "annotations": {WAVE: str(wave)}},
        "spec": {
            "project": "default",
            "destination": {"server": place.server, **({"namespace": step.chart["namespace"]} if step.chart else {})},
            **(_chart(step, step.chart, place) if step.chart else _directory(step, place)),
            # Without pruning: a foreign object whose file goes must not be deleted.
            "syncPolicy": {"automated": {"prune": False}, "syncOptions": [SERVER_SIDE]},
        },
    }


def _directory(step: Step, place: Place) -> Object:
    return {"source": {"repoURL": place.repository, "path": place.of(step.part), "targetRevision": place.revision}}


def _chart(step: Step, chart: Object, place: Place) -> Object:
    values = f"${REFERENCE}/{place.of(step.part, str(chart['values']))}" if chart.get("values") else ""
    helm = {"releaseName": chart["release"], **({"valueFiles": [values]} if values else {})}
    source = {
        "chart": chart["chart"],
        "repoURL": str(chart["repository"]).removeprefix("oci://"),
        "targetRevision": str(chart.get("version") or "*"),
        "helm": helm,
    }
    return {"sources": [source, {"repoURL": place.repository, "targetRevision": place.revision, "ref": REFERENCE}]}
