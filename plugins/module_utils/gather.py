# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the joint plan needs: two rounds of parallel lists, projected while reading.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .cluster import Cluster, Query
from .controllers.base import Controller, Kind
from .controllers.registry import CONTROLLERS, names
from .errors import InputError, PlanningError
from .gather_around import Reader
from .linkerd import installation, narrow_webhook
from .model import Object, Ref
from .persistence import helm_chart_config
from .planning.snapshot import Snapshot
from .workload_pods import pods_of

WORKLOAD_KINDS = ("Deployment", "DaemonSet")


class Target(t.NamedTuple):
    controller: Controller
    workload: Object


def slim(obj: Object) -> Object:
    """Without what planning never reads; it is most of the memory."""
    obj.pop("status", None)
    obj["metadata"].pop("managedFields", None)
    return obj


def slim_running(obj: Object) -> Object:
    obj["metadata"].pop("managedFields", None)
    return obj


def find_target(cluster: Cluster, wanted: str, where: str) -> Target:
    """The one workload that is the ingress controller. Raises InputError or PlanningError when there is none, or several."""
    controllers = [c for c in CONTROLLERS if wanted in ("auto", c.name)]
    if not controllers:
        raise InputError("controller", f"{wanted!r} is not known", f"Known are: auto, {', '.join(names())}.")
    queries = [Query("apps/v1", kind, project=slim_running) for kind in WORKLOAD_KINDS]
    workloads = [obj for found in cluster.list_many(queries) for obj in found]
    targets = [Target(c, w) for w in workloads for c in controllers if c.detects(w) and _is_at(w, where)]
    if len(targets) == 1:
        return targets[0]
    if not targets:
        raise PlanningError(
            f"controller {wanted}",
            f"no Deployment or DaemonSet {f'at {where} ' if where else ''}runs an image of {' or '.join(c.name for c in controllers)}",
            "Install the controller first, or name it with controller and controller_ref.",
        )
    raise PlanningError(
        f"controller {wanted}",
        f"{len(targets)} workloads fit: {', '.join(str(Ref.of(target.workload)) for target in targets)}",
        "Name the one that is meant with controller_ref: namespace/name.",
    )


def _is_at(workload: Object, where: str) -> bool:
    ref = Ref.of(workload)
    return not where or where in (ref.name, f"{ref.namespace}/{ref.name}")


def gather(
    cluster: Cluster, target: Target, linkerd_namespace: str, expected_linkerd: Object | None, *, every_pod: bool = False
) -> Snapshot:
    """C(every_pod) looks at all pods of the cluster for those in ingress mode."""
    workload = Ref.of(target.workload)
    around = Reader(cluster, every_pod=every_pod)
    kinds = [*target.controller.route_kinds, *target.controller.other_kinds, *target.controller.owned_kinds]
    lists = cluster.list_many(
        [
            *(Query(kind.api_version, kind.kind, project=slim, optional=kind.optional) for kind in kinds),
            pods_of(target.workload),
            Query(narrow_webhook.API_VERSION, narrow_webhook.KIND, project=slim),
            Query(helm_chart_config.API_VERSION, "HelmChart", project=slim_running, optional=True),
            Query(helm_chart_config.API_VERSION, "HelmChartConfig", project=slim, optional=True),
            *around.queries(),
        ]
    )
    singles = [workload, Ref("v1", "Namespace", workload.namespace), installation.config_ref(linkerd_namespace)]
    known = _get_with(cluster, target, singles)
    fresh, namespace, config = (known.pop(ref) for ref in singles)
    pods, webhooks, charts, configs, *others = lists[len(kinds) :]
    linkerd = installation.read(config, linkerd_namespace)
    if linkerd is None and expected_linkerd is not None:
        linkerd = installation.expected(linkerd_namespace, expected_linkerd)
    return Snapshot(
        linkerd_namespace=linkerd_namespace,
        linkerd=linkerd,
        workload=slim_running(fresh) if fresh else target.workload,
        namespace=namespace or {"metadata": {"name": workload.namespace}},
        pods=tuple(pods),
        webhooks=tuple(webhooks),
        charts=tuple(charts),
        configs=tuple(configs),
        objects={**_by_kind(kinds, lists), **_singles(known.values())},
        unserved=frozenset(
            (kind.api_version, kind.kind) for kind in target.controller.owned_kinds if not cluster.serves(kind.api_version, kind.kind)
        ),
        around=around.read(others, namespace or {}, linkerd),
    )


def _by_kind(kinds: t.Sequence[Kind], lists: t.Sequence[t.Sequence[Object]]) -> dict[str, tuple[Object, ...]]:
    """One list for each kind, whatever API groups it is in."""
    joined: dict[str, tuple[Object, ...]] = {}
    for kind, found in zip(kinds, lists, strict=False):
        joined[kind.kind] = (*joined.get(kind.kind, ()), *found)
    return joined


def _get_with(cluster: Cluster, target: Target, singles: list[Ref]) -> dict[Ref, Object | None]:
    """These objects, and those that the controller asks for; what one of them names is read in one more round."""
    known: dict[Ref, Object | None] = {}
    wanted = [*singles, *target.controller.refs(target.workload, known)]
    while wanted:
        known |= dict(zip(wanted, cluster.get_many(wanted), strict=True))
        wanted = [ref for ref in target.controller.refs(target.workload, known) if ref not in known]
    return known


def _singles(objects: t.Iterable[Object | None]) -> dict[str, tuple[Object, ...]]:
    found: dict[str, tuple[Object, ...]] = {}
    for obj in objects:
        if obj is not None:
            found[obj["kind"]] = (*found.get(obj["kind"], ()), slim(obj))
    return found
