# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the preflight judges: one round of parallel lists, projected while reading. Nothing is written.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from decimal import Decimal

from ..cluster import Query
from ..controllers.registry import CONTROLLERS
from ..linkerd.annotations import COMPONENT_LABEL
from ..linkerd.injection import PUBLISHED_WEBHOOK, predict, proxy_mode
from ..linkerd.installation import CONFIG_NAME
from ..model import Object
from ..quantities import quantity
from .clocks import LEASE_NAMESPACE
from .gateway_api import CRD
from .view import PodUse, View, Wanted

if t.TYPE_CHECKING:
    from ..cluster import Cluster

PROFILES = "serviceprofiles.linkerd.io"
ADMISSION = "admissionregistration.k8s.io/v1"
ENDED = ("Succeeded", "Failed")


def gather(cluster: Cluster, wanted: Wanted, hosts: t.Mapping[str, str]) -> View:
    refused: list[str] = []
    lists = cluster.list_many(_queries(refused))
    at = dt.datetime.now(dt.UTC)
    nodes, leases, namespaces, pods, services, mutating, validating, api_services, roles, charts, *singles = lists
    gateway_crd, profile_crd, config = (found[0] if found else None for found in singles)
    by_name = {obj["metadata"]["name"]: obj for obj in namespaces}
    return View(
        wanted=wanted,
        version=cluster.version()["gitVersion"],
        now=at,
        groups=frozenset(cluster.group_versions()),
        nodes=tuple(nodes),
        leases=tuple(leases),
        namespaces=tuple(namespaces),
        services=tuple(services),
        webhooks=tuple(obj for obj in (*mutating, *validating) if calls_linkerd(obj, wanted.namespaces)),
        api_services=tuple(api_services),
        roles=tuple(roles),
        pods=tuple(use(pod, by_name.get(pod["metadata"]["namespace"]) or {}) for pod in pods),
        helm_charts=tuple(charts),
        gateway_crd=gateway_crd,
        profile_crd=profile_crd,
        linkerd_config=config,
        hosts=hosts,
        refused=tuple(sorted(set(refused))),
    )


def _queries(refused: list[str]) -> list[Query]:
    def lenient(api_version: str, kind: str, **parts: t.Any) -> Query:
        return Query(api_version, kind, optional=True, refused=lambda _error: refused.append(f"{kind}s"), **parts)

    return [
        lenient("v1", "Node", project=_without_fields),
        lenient("coordination.k8s.io/v1", "Lease", namespace=LEASE_NAMESPACE),
        Query("v1", "Namespace", project=_without_fields),
        lenient("v1", "Pod", project=_living),
        lenient("v1", "Service", project=_service),
        lenient(ADMISSION, "MutatingWebhookConfiguration", project=_without_fields),
        lenient(ADMISSION, "ValidatingWebhookConfiguration", project=_without_fields),
        lenient("apiregistration.k8s.io/v1", "APIService", project=_served_elsewhere),
        lenient("rbac.authorization.k8s.io/v1", "ClusterRole", label_selector=COMPONENT_LABEL, project=_without_fields),
        lenient("helm.cattle.io/v1", "HelmChart", project=_without_fields),
        # By a list of one, which may be refused like the others, and whose namespace need not be known.
        lenient(CRD.api_version, CRD.kind, field_selector=f"metadata.name={CRD.name}", project=_without_schema),
        lenient(CRD.api_version, CRD.kind, field_selector=f"metadata.name={PROFILES}", project=_without_schema),
        lenient("v1", "ConfigMap", field_selector=f"metadata.name={CONFIG_NAME}", project=_without_fields),
    ]


def calls_linkerd(configuration: Object, namespaces: t.Sequence[str]) -> bool:
    """Whether one of its webhooks ends at a Service of Linkerd's, there or not."""
    services = [(hook.get("clientConfig") or {}).get("service") or {} for hook in configuration.get("webhooks") or []]
    return any(service.get("namespace") in namespaces and "linkerd" in configuration["metadata"]["name"] for service in services)


def use(pod: Object, namespace: Object) -> PodUse:
    spec, meta = pod["spec"], pod["metadata"]
    workload: Object = {"metadata": meta, "spec": {"template": pod}}
    controller = any(known.detects(workload) for known in CONTROLLERS)
    inits = [container.get("name") for container in spec.get("initContainers") or []]
    return PodUse(
        namespace=meta["namespace"],
        name=meta["name"],
        node=spec.get("nodeName") or "",
        ip="" if spec.get("hostNetwork") else str((pod.get("status") or {}).get("podIP") or ""),
        cpu=requested(spec, "cpu"),
        memory=requested(spec, "memory"),
        gets_proxy=not proxy_mode(pod) and (controller or bool(predict(pod, namespace, [PUBLISHED_WEBHOOK]).mode)),
        has_init="linkerd-init" in inits,
    )


def requested(spec: Object, resource: str) -> Decimal:
    """As the scheduler counts: what runs together, or the hungriest of what runs before it."""
    together = sum((_request(container, resource) for container in spec.get("containers") or []), Decimal(0))
    before, hungriest = Decimal(0), Decimal(0)
    for container in spec.get("initContainers") or []:
        if container.get("restartPolicy") == "Always":
            before += _request(container, resource)
            hungriest = max(hungriest, before)
        else:
            hungriest = max(hungriest, before + _request(container, resource))
    return max(together + before, hungriest) + quantity((spec.get("overhead") or {}).get(resource))


def _request(container: Object, resource: str) -> Decimal:
    return quantity(((container.get("resources") or {}).get("requests") or {}).get(resource))


def _living(pod: Object) -> Object | None:
    return None if (pod.get("status") or {}).get("phase") in ENDED else _without_fields(pod)


def _service(obj: Object) -> Object:
    meta = obj["metadata"]
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "spec": {"clusterIP": (obj.get("spec") or {}).get("clusterIP")},
    }


def _served_elsewhere(obj: Object) -> Object | None:
    return _without_fields(obj) if (obj.get("spec") or {}).get("service") else None


def _without_schema(crd: Object) -> Object:
    crd.pop("spec", None)
    return _without_fields(crd)


def _without_fields(obj: Object) -> Object:
    obj["metadata"].pop("managedFields", None)
    return obj
