# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is of viz, and who can reach it: one read of what judging needs. Whatever may not be read is looked at as if it were not there.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cluster import Query
from ..linkerd.annotations import EXTENSION_LABEL
from ..model import Object

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..errors import ClusterError

MONITORING = "monitoring.coreos.com/v1"
TRAEFIK = "traefik.io/v1alpha1"
TAP = "v1alpha1.tap.linkerd.io"
HOST_ARGUMENT, PROMETHEUS_ARGUMENT = "-enforced-host=", "-prometheus-url="


@dataclass(frozen=True, slots=True)
class View:
    """Plain objects, as the API has them. C(routes) are the Ingresses and IngressRoutes in viz' namespaces."""

    extensions: tuple[Object, ...] = ()
    """Namespaces of extensions."""
    deployments: tuple[Object, ...] = ()
    routes: tuple[Object, ...] = ()
    middlewares: tuple[Object, ...] = ()
    prometheuses: tuple[Object, ...] = ()
    monitors: tuple[Object, ...] = ()
    namespaces: tuple[Object, ...] = ()
    tap: Object | None = None
    unread: tuple[str, ...] = field(default=())
    """Kinds that this user may not read."""


def look(cluster: Cluster) -> View:
    """Everything, in one go per namespace of viz. Where there is no viz, it ends after the first question."""
    unread: list[str] = []
    namespaces = cluster.list(Query("v1", "Namespace", refused=lambda _error: unread.append("Namespace")))
    extensions = tuple(item for item in namespaces if EXTENSION_LABEL in (item["metadata"].get("labels") or {}))
    homes = [item["metadata"]["name"] for item in extensions if item["metadata"]["labels"][EXTENSION_LABEL] == "viz"]
    if not homes:
        return View(extensions=extensions, unread=tuple(unread))

    def query(api_version: str, kind: str, namespace: str = "") -> Query:
        def refused(_error: ClusterError) -> None:
            unread.append(kind)

        return Query(api_version, kind, namespace, optional=True, refused=refused)

    kinds = (("apps/v1", "Deployment"), ("networking.k8s.io/v1", "Ingress"), (TRAEFIK, "IngressRoute"), (TRAEFIK, "Middleware"))
    inside = [query(api_version, kind, home) for home in homes for api_version, kind in kinds]
    around = [
        query(MONITORING, "Prometheus"),
        query(MONITORING, "PodMonitor"),
        query("apiregistration.k8s.io/v1", "APIService")._replace(field_selector=f"metadata.name={TAP}"),
    ]
    *found, prometheuses, monitors, services = cluster.list_many([*inside, *around])
    deployments, ingresses, routes, middlewares = (
        [obj for part in found[index :: len(kinds)] for obj in part] for index in range(len(kinds))
    )
    return View(
        extensions=extensions,
        deployments=tuple(deployments),
        routes=(*ingresses, *routes),
        middlewares=tuple(middlewares),
        prometheuses=tuple(prometheuses),
        monitors=tuple(monitors),
        namespaces=tuple(namespaces),
        tap=services[0] if services else None,
        unread=tuple(sorted(set(unread))),
    )


def argument(deployment: Object, prefix: str) -> str | None:
    """What a container is started with, behind this prefix."""
    for container in deployment["spec"]["template"]["spec"].get("containers") or []:
        for given in container.get("args") or []:
            if str(given).startswith(prefix):
                return str(given)[len(prefix) :]
    return None


def component(view: View, namespace: str, name: str) -> Object | None:
    """One of viz' Deployments."""
    wanted = (namespace, name)
    return next((obj for obj in view.deployments if (obj["metadata"]["namespace"], obj["metadata"]["name"]) == wanted), None)
