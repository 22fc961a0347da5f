# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Flux Kustomization for each step, each waiting for the one before it; a chart is a HelmRelease in a directory of its own.

A HelmRelease can wait only for others of its kind, and a Kustomization likewise, so that a mixed order is one of Kustomizations.
Shapes: kustomize.toolkit.fluxcd.io/v1, helm.toolkit.fluxcd.io/v2 and source.toolkit.fluxcd.io/v1, as of Flux 2.3 and newer.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from .parts import Step
from .place import Place, label

INTERVAL = "1h"
TIMEOUT = "15m"


def objects(steps: t.Sequence[Step], place: Place) -> list[Object]:
    """Those at the top: sources of charts, and the order."""
    repositories = {repository["metadata"]["name"]: repository for repository in (_repository(step, place) for step in steps) if repository}
    before = [None, *steps[:-1]] if steps else []
    return [*repositories.values(), *(_kustomization(step, last, place) for step, last in zip(steps, before, strict=True))]


def directories(steps: t.Sequence[Step], place: Place) -> dict[str, list[Object]]:
    """Directory name -> its objects, one for each chart."""
    return {step.name: [_release(step, step.chart, place)] for step in steps if step.chart}


def _kustomization(step: Step, last: Step | None, place: Place) -> Object:
    path = place.of(place.layout, step.name) if step.chart else place.of(step.part)
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": place.named(step.name), "namespace": place.namespace},
        "spec": {
            "interval": INTERVAL,
            "timeout": TIMEOUT,
            "path": f"./{path}",
            # Without pruning: a foreign object whose file goes must not be deleted.
            "prune": False,
            "wait": True,
            "sourceRef": {"kind": "GitRepository", "name": place.source},
            **({"dependsOn": [{"name": place.named(last.name)}]} if last else {}),
        },
    }


def _release(step: Step, chart: Object, place: Place) -> Object:
    version = {"version": str(chart["version"])} if chart.get("version") else {}
    source = {"kind": "HelmRepository", "name": _repository_name(chart, place)}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": place.named(step.name), "namespace": place.namespace},
        "spec": {
            "interval": INTERVAL,
            "timeout": TIMEOUT,
            "releaseName": chart["release"],
            "targetNamespace": chart["namespace"],
            "storageNamespace": chart["namespace"],
            "chart": {"spec": {"chart": chart["chart"], **version, "sourceRef": source}},
            **({"values": step.chart_values} if step.chart_values else {}),
        },
    }


def _repository(step: Step, place: Place) -> Object | None:
    if step.chart is None:
        return None
    url = str(step.chart["repository"])
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmRepository",
        "metadata": {"name": _repository_name(step.chart, place), "namespace": place.namespace},
        "spec": {"interval": INTERVAL, "url": url, **({"type": "oci"} if url.startswith("oci://") else {})},
    }


def _repository_name(chart: Object, place: Place) -> str:
    return place.named(label(str(chart["repository"]).partition("://")[2]))
