# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What k3s' bundled Traefik looks like from outside. Pure.

Facts, from k3s' deploy and helm controllers: the file C(traefik.yaml) holds two HelmCharts, C(traefik) and C(traefik-crd).
A server with C(--disable traefik) deletes both at its start; their finalizer waits for a Job that runs C(helm uninstall).
A HelmChart with the annotation C(unmanaged) is neither installed, upgraded nor uninstalled, also while it is being deleted;
the Job that installed it goes, and its pod, if it still runs, a while later.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import json
import re
import typing as t

from ..managers import release_of
from ..model import Object, Ref

API_VERSION = "helm.cattle.io/v1"
HOME = "kube-system"
TRAEFIK, CRDS = "traefik", "traefik-crd"
UNMANAGED = "helmcharts.helm.cattle.io/unmanaged"
OBJECTSET = "objectset.rio.cattle.io/"
"""k3s marks with these what it applied from a file."""
JOB_PODS = f"helmcharts.helm.cattle.io/chart in ({TRAEFIK},{CRDS})"
NODE_ARGUMENTS = "k3s.io/node-args"
SERVER_LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
PROTECTED = {CRDS: ("CustomResourceDefinition",), TRAEFIK: ("IngressClass", "GatewayClass", "PersistentVolumeClaim")}
"""Release -> kinds that must outlive it: others' objects hang on the first, the new release takes over the rest."""

_BUNDLED_CHART = re.compile(r"/static/charts/traefik-(?P<version>[^/]+)\.tgz$")


def chart_ref(name: str, namespace: str = HOME) -> Ref:
    return Ref(API_VERSION, "HelmChart", name, namespace)


def config_ref(name: str, namespace: str = HOME) -> Ref:
    return Ref(API_VERSION, "HelmChartConfig", name, namespace)


def is_bundled(chart: Object) -> bool:
    """Whether k3s brought it, and not somebody who gave a chart of their own that name."""
    return bool(_BUNDLED_CHART.search(str((chart.get("spec") or {}).get("chart") or "")))


def upstream_version(chart: Object) -> str:
    """The published chart's version: k3s packages 40.3.0 as 40.3.0+up40.3.0 or 40.3.001+up40.3.0."""
    found = _BUNDLED_CHART.search(str((chart.get("spec") or {}).get("chart") or ""))
    version = found["version"] if found else ""
    return version.partition("+up")[2] or version


def is_frozen(chart: Object) -> bool:
    return UNMANAGED in (chart["metadata"].get("annotations") or {})


def is_going(chart: Object) -> bool:
    """Whether k3s, or somebody, has deleted it."""
    return bool(chart["metadata"].get("deletionTimestamp"))


def from_release(obj: Object, name: str, namespace: str) -> bool:
    return release_of(obj) == (name, namespace)


def is_server(node: Object) -> bool:
    labels = node["metadata"].get("labels") or {}
    return any(label in labels for label in SERVER_LABELS)


def runs_without_traefik(node: Object) -> bool:
    """Whether k3s on that node was last started with Traefik disabled: it writes its own arguments down there."""
    try:
        arguments = json.loads((node["metadata"].get("annotations") or {}).get(NODE_ARGUMENTS) or "[]")
    except ValueError:
        return False
    if not isinstance(arguments, list):
        return False
    values = [str(value) for option, value in itertools.pairwise(arguments) if option in ("--disable", "--no-deploy")]
    return TRAEFIK in [part.strip() for value in values for part in value.split(",")]


def runs(pod: Object) -> bool:
    """Whether a pod of helm-controller's may still change a release."""
    return (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def settled(job: Object | None) -> bool:
    """Whether helm-controller's Job for a chart has nothing running."""
    if job is None:
        return True
    status: t.Mapping[str, t.Any] = job.get("status") or {}
    conditions = {entry.get("type") for entry in status.get("conditions") or [] if entry.get("status") == "True"}
    return not status.get("active") and (bool(conditions & {"Complete", "Failed", "Suspended"}) or bool(status.get("succeeded")))
