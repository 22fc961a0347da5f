# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Will spans reach this collector: does it exist, is it meshed, and is it who the proxies expect?

Sources: linkerd2's chart (the proxy template takes address, ServiceAccount and namespace, and builds the TLS name from
them), linkerd2#13427 (a collector outside the mesh gets nothing), linkerd2#15404 (which domain the name ends in).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..findings import finding
from ..linkerd import injection, ports
from ..linkerd.annotations import SKIP_INBOUND
from ..linkerd.installation import CONFIG_NAME
from ..managers import controller_of
from ..model import Finding, Object, Ref
from .collector import Collector, Scene, is_endpoint


def judge(scene: Scene, collector: Collector) -> list[Finding]:
    """What keeps spans of the mesh from this collector."""
    endpoint = collector.endpoint
    ref = Ref("v1", "Service", endpoint.service, endpoint.namespace)
    service = scene.service(endpoint)
    if service is None:
        return [finding("L5D185", ref)]
    port = _port(service, endpoint.port)
    if port is None:
        return [finding("L5D186", ref, f"port {endpoint.port}; it has {_known_ports(service)}")]
    pods = scene.pods_of(service)
    if not pods:
        return [*_identity(collector, ref, []), finding("L5D194", ref)]
    found = [*_identity(collector, ref, pods), *_proxies(scene, pods), *_skipped(scene, port, pods)]
    return list(dict.fromkeys(found))


def domains(scene: Scene) -> list[Finding]:
    """Releases that build the collector's name from the wrong domain find no collector where the two differ."""
    mesh = scene.mesh
    if mesh.release is None or mesh.has_extension or mesh.release.traces_to_trust_domain or mesh.trust_domain == mesh.cluster_domain:
        return []
    return [finding("L5D190", Ref("v1", "Namespace", mesh.namespace), f"{mesh.cluster_domain}, not {mesh.trust_domain}")]


def settings(scene: Scene, collector: Collector) -> list[Finding]:
    """Whether the control plane that is there tells its proxies about this collector; not asked where the extension does."""
    mesh, named = scene.mesh, collector.to_dict()
    account = f"{named['service_account']}.{named['namespace']}"
    same = is_endpoint(mesh.exports_to, collector.endpoint) and (not collector.service_account or mesh.exports_as == account)
    if not mesh.installed or mesh.has_extension or same:
        return []
    there = f"{mesh.exports_to} as {mesh.exports_as}" if mesh.exports_to else "none"
    return [finding("L5D195", Ref("v1", "ConfigMap", CONFIG_NAME, mesh.namespace), f"{there}, not {named['endpoint']} as {account}")]


def is_meshed(scene: Scene, service: Object) -> bool:
    """Whether all of its pods carry a proxy, and there is one."""
    pods = scene.pods_of(service)
    return bool(pods) and all(injection.proxy_mode(pod) for pod in pods)


def _identity(collector: Collector, ref: Ref, pods: t.Sequence[Object]) -> t.Iterator[Finding]:
    if collector.namespace and collector.namespace != collector.endpoint.namespace:
        yield finding("L5D188", ref, f"its pods are in namespace {collector.endpoint.namespace}, not {collector.namespace}")
    for account in sorted({account_of(pod) for pod in pods}):
        if collector.service_account and account != collector.service_account:
            yield finding("L5D188", ref, f"its pods have the ServiceAccount {account}, not {collector.service_account}")


def _proxies(scene: Scene, pods: t.Sequence[Object]) -> t.Iterator[Finding]:
    for pod in pods:
        if injection.proxy_mode(pod):
            continue
        come = predict(scene, pod)
        yield finding("L5D193", owner_of(pod)) if come.mode else finding("L5D187", owner_of(pod), come.reason)


def predict(scene: Scene, pod: Object) -> injection.Injection:
    """What would become of this pod if it was made anew."""
    namespace = scene.namespaces.get(pod["metadata"]["namespace"]) or {"metadata": {"name": pod["metadata"]["namespace"]}}
    hooks = injection.injector_webhooks(scene.webhooks, scene.mesh.namespace) if scene.mesh.installed else []
    return injection.predict(pod, namespace, hooks or [injection.PUBLISHED_WEBHOOK])


def _skipped(scene: Scene, port: Object, pods: t.Sequence[Object]) -> t.Iterator[Finding]:
    for pod in pods:
        namespace = scene.namespaces.get(pod["metadata"]["namespace"]) or {}
        written = injection.effective_annotations(pod, namespace).get(SKIP_INBOUND, scene.mesh.skip_inbound)
        number = _container_port(port, pod)
        if number and ports.contains(ports.lenient(written), number):
            yield finding("L5D189", owner_of(pod), f"port {number} is in {SKIP_INBOUND} ({written})")


def owner_of(pod: Object) -> Ref:
    """The workload as far as the pod's owner names it; its ReplicaSet's Deployment by Linkerd's own label where there is one."""
    meta, owner = pod["metadata"], controller_of(pod)
    if owner is None:
        return Ref("v1", "Pod", meta["name"], meta["namespace"])
    hash_label = (meta.get("labels") or {}).get("pod-template-hash")
    if owner.kind == "ReplicaSet" and hash_label and owner.name.endswith(f"-{hash_label}"):
        return Ref("apps/v1", "Deployment", owner.name.removesuffix(f"-{hash_label}"), owner.namespace)
    return owner


def account_of(pod: Object) -> str:
    return str((pod.get("spec") or {}).get("serviceAccountName") or "default")


def _port(service: Object, number: int) -> Object | None:
    return next((port for port in (service.get("spec") or {}).get("ports") or [] if port.get("port") == number), None)


def _known_ports(service: Object) -> str:
    return ", ".join(str(port.get("port")) for port in (service.get("spec") or {}).get("ports") or []) or "none"


def _container_port(port: Object, pod: Object) -> int:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    declared = [p for container in (pod.get("spec") or {}).get("containers") or [] for p in container.get("ports") or []]
    return next((int(p["containerPort"]) for p in declared if p.get("name") == target), 0)
