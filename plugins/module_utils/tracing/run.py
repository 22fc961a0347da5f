# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What module l5d_tracing_info does: read, choose a collector, judge it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..cluster import Cluster, Query
from ..errors import InputError
from ..findings import refusal, worst_first
from ..helm_values import parse_values
from ..linkerd.annotations import EXTENSION_LABEL
from ..linkerd.installation import CONFIG_NAME, config_ref, read
from ..linkerd.releases import release_for
from ..model import Finding, Object
from . import detection, judging, leftover
from .collector import OTLP_PORT, Collector, Mesh, Scene, read_collector

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_COLLECTOR: dict[str, t.Any] = {key: {"type": "str"} for key in ("endpoint", "service_account", "namespace")}
OPTIONS: dict[str, t.Any] = {
    "collector": {"type": "dict", "options": _COLLECTOR, "default": {}},
    "detect": {"type": "bool", "default": False},
    "own": {"type": "dict", "options": _COLLECTOR, "default": {}},
    "keep_extension": {"type": "bool", "default": False},
    "verify": {"type": "bool", "default": True},
    "chart_version": {"type": "str", "default": ""},
    "cluster_domain": {"type": "str", "default": ""},
    "trust_domain": {"type": "str", "default": ""},
    "linkerd_namespace": {"type": "str", "default": "linkerd"},
    "fail_on": {"type": "str", "choices": ["never", "info", "warning", "error", "critical"], "default": "never"},
}


class _Choice(t.NamedTuple):
    """A collector, and where it is from: given, extension, detected, own, control_plane or none."""

    source: str
    collector: Collector | None
    findings: list[Finding]


def gather(module: AnsibleModule, cluster: Cluster) -> Object:
    params: Object = module.params
    given, own = read_collector(params["collector"] or {}), read_collector(params["own"] or {})
    scene = _with_pods(cluster, _scene(cluster, params), given)
    remains = leftover.extension(scene)
    found = detection.candidates(scene) if params["detect"] and given is None else []
    has_own = own is not None and detection.own(scene, own.endpoint)
    choice = _choose(params, scene, given, own, found, has_own=has_own)
    findings = [*judging.domains(scene), *choice.findings, *leftover.findings(scene, remains, choice.collector)]
    reached = judging.judge(scene, choice.collector) if choice.collector else []
    named = judging.settings(scene, choice.collector) if choice.collector else []
    arrive = scene.mesh.installed and choice.collector is not None and not [*findings, *reached, *named]
    if choice.source != "own" or params["verify"]:
        findings += reached
    if params["verify"]:
        findings += named
    told = _known(scene, choice.collector) if choice.collector else None
    result: Object = {
        "changed": False,
        "has_jaeger_extension": scene.mesh.has_extension,
        "source": choice.source,
        "collector": told,
        "tracing": {} if told is None or scene.mesh.has_extension else told,
        "candidates": [candidate.to_dict() for candidate in found],
        "own": has_own,
        "arrive": arrive,
        "extension": remains.to_dict(),
        "findings": [entry.to_dict() for entry in worst_first(findings)],
    }
    refused = refusal(findings, params["fail_on"])
    if refused:
        module.fail_json(msg=refused, **result)
    return result


def _choose(
    params: Object, scene: Scene, given: Collector | None, own: Collector | None, found: list[detection.Candidate], *, has_own: bool
) -> _Choice:
    """What somebody names counts most; a collector of ours that is there is not left for one that came later."""
    if given is not None:
        return _Choice("given", given, [])
    kept = leftover.extension(scene).collector if params["keep_extension"] and not scene.mesh.has_extension else None
    if kept is not None:
        return _Choice("extension", kept, [])
    detected, doubts = detection.choose(scene, found) if not has_own else (None, [])
    if detected is not None:
        return _Choice("detected", detected, [])
    if own is not None and not scene.mesh.has_extension:
        return _Choice("own", own, doubts)
    told = scene.mesh.tells if own is None and not params["detect"] else None
    return _Choice("control_plane", told, doubts) if told else _Choice("none", None, doubts)


def _known(scene: Scene, collector: Collector) -> dict[str, str]:
    """With the ServiceAccount and namespace of its pods where nobody named them."""
    service = scene.service(collector.endpoint)
    accounts = {judging.account_of(pod) for pod in scene.pods_of(service)} if service else set()
    account = collector.service_account or (accounts.pop() if len(accounts) == 1 else "")
    if not account:
        raise InputError("collector", "has no service_account, and its pods do not tell one", "Name the ServiceAccount of its pods.")
    return {**collector.to_dict(), "service_account": account, "namespace": collector.namespace or collector.endpoint.namespace}


def _scene(cluster: Cluster, params: Object) -> Scene:
    namespace = params["linkerd_namespace"]
    configs, services, namespaces, webhooks, *workloads = cluster.list_many(
        [
            Query("v1", "ConfigMap", namespace, field_selector=f"metadata.name={CONFIG_NAME}"),
            Query("v1", "Service", project=_collecting),
            Query("v1", "Namespace"),
            Query("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
            *(Query("apps/v1", kind, project=_misled) for kind in ("Deployment", "DaemonSet", "StatefulSet")),
        ]
    )
    return Scene(
        _mesh(configs[0] if configs else None, params),
        services=tuple(services),
        namespaces={obj["metadata"]["name"]: obj for obj in namespaces},
        webhooks=tuple(webhooks),
        workloads=tuple(obj for found in workloads for obj in found),
    )


def _collecting(service: Object) -> Object | None:
    """Services that take OpenTelemetry's protocol, and those of the extension; one that is given is read by itself."""
    numbers = [port.get("port") for port in (service.get("spec") or {}).get("ports") or []]
    labels = service["metadata"].get("labels") or {}
    return service if OTLP_PORT in numbers or EXTENSION_LABEL in labels else None


def _misled(workload: Object) -> Object | None:
    return workload if leftover.dead_annotations(workload) else None


def _with_pods(cluster: Cluster, scene: Scene, given: Collector | None) -> Scene:
    """The pods behind the collectors, namespace by namespace, and a given Service on whatever port."""
    homes = {service["metadata"]["namespace"] for service in scene.services}
    services = list(scene.services)
    if given is not None:
        homes.add(given.endpoint.namespace)
        if scene.service(given.endpoint) is None:
            query = Query("v1", "Service", given.endpoint.namespace, field_selector=f"metadata.name={given.endpoint.service}")
            services += cluster.list(query)
    pods = cluster.list_many([Query("v1", "Pod", namespace) for namespace in sorted(homes)])
    return Scene(
        scene.mesh, tuple(services), tuple(pod for found in pods for pod in found), scene.namespaces, scene.webhooks, scene.workloads
    )


def _mesh(config: Object | None, params: Object) -> Mesh:
    """What is there; what a play is about to install counts more where it says so."""
    namespace = params["linkerd_namespace"]
    values = parse_values((config.get("data") or {}).get("values"), str(config_ref(namespace))) if config else {}
    there = read(config, namespace)
    chart_version = params["chart_version"] or (there.chart_version if there else "")
    release = release_for(chart_version)
    if params["chart_version"] and release is None:
        raise InputError("chart_version", f"{chart_version!r} is no release of Linkerd that is known", "Versions look like 2026.6.3.")
    domain = params["cluster_domain"] or (there.cluster_domain if there else "") or "cluster.local"
    tracing = (values.get("proxy") or {}).get("tracing") or {}
    named = (tracing.get("collector") or {}) if tracing.get("enabled") else {}
    identity = named.get("meshIdentity") or {}
    return Mesh(
        namespace,
        release,
        installed=there is not None,
        cluster_domain=domain,
        trust_domain=params["trust_domain"] or str(values.get("identityTrustDomain") or "") or domain,
        skip_inbound=there.skip_inbound if there else "",
        exports_to=str(named.get("endpoint") or ""),
        exports_as=f"{identity.get('serviceAccountName', '')}.{identity.get('namespace', '')}",
    )
