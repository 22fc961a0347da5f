# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers and volumes of one proxy, as the control plane whose values these are writes them into a pod."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.injector.settings import dig, pod_ports

if TYPE_CHECKING:
    from sandbox.rest import Object

ACCOUNT_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
END_ENTITY = "/var/run/linkerd/identity/end-entity"


@dataclass(frozen=True)
class Sidecar:
    """One proxy to be: its settings, and the pod that it is for."""

    settings: Object
    pod_spec: Object
    mode: str
    opaque: str
    anchors: str
    namespace: str
    """The control plane's, not the pod's."""

    @property
    def native(self) -> bool:
        return bool(dig(self.settings, "proxy.nativeSidecar", default=True))


def init_container(sidecar: Sidecar) -> Object:
    settings = sidecar.settings
    if settings.get("cniEnabled"):
        return network_validator(settings)
    lock = dig(settings, "proxyInit.xtMountPath.name", "linkerd-proxy-init-xtables-lock")
    path = dig(settings, "proxyInit.xtMountPath.mountPath", "/run")
    return {
        "name": "linkerd-init",
        **_init_image(settings),
        "args": init_args(settings),
        "resources": {},
        "securityContext": _init_security(settings),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"mountPath": path, "name": lock}, *_token_mount(sidecar.pod_spec)],
    }


def network_validator(settings: Object) -> Object:
    """With the CNI plugin pods need no rights on the network; they only look whether it is set up."""
    return {
        "name": "linkerd-network-validator",
        "image": image(settings),
        "imagePullPolicy": pull_policy(settings),
        "command": ["/usr/lib/linkerd/linkerd2-network-validator"],
        "resources": {},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsGroup": 65534,
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _init_image(settings: Object) -> Object:
    """Since edge-25.11.3 it is a program in the proxy's image; before that it had an image of its own."""
    own = dig(settings, "proxyInit.image")
    if own is None:
        image_of_proxy = {"image": image(settings), "imagePullPolicy": pull_policy(settings)}
        return {**image_of_proxy, "command": ["/usr/lib/linkerd/linkerd2-proxy-init"]}
    policy = own.get("pullPolicy") or settings.get("imagePullPolicy", "IfNotPresent")
    return {"image": f"{own['name']}:{own['version']}", "imagePullPolicy": policy}


def init_args(settings: Object) -> list[str]:
    mode = dig(settings, "proxyInit.iptablesMode", "nft")
    ports = dig(settings, "proxy.ports", {})
    admin, control = ports.get("admin", 4191), ports.get("control", 4190)
    inbound = ",".join(str(part) for part in (control, admin, dig(settings, "proxyInit.ignoreInboundPorts")) if part)
    args = ["--firewall-bin-path", f"iptables-{mode}", "--firewall-save-bin-path", f"iptables-{mode}-save"]
    args += [f"--ipv6={str(not settings.get('disableIPv6', True)).lower()}"]
    args += ["--incoming-proxy-port", str(ports.get("inbound", 4143))]
    args += ["--outgoing-proxy-port", str(ports.get("outbound", 4140))]
    args += ["--proxy-uid", str(dig(settings, "proxy.uid", 2102))]
    if int(dig(settings, "proxy.gid", -1)) >= 0:
        args += ["--proxy-gid", str(dig(settings, "proxy.gid"))]
    args += ["--inbound-ports-to-ignore", inbound]
    for flag, path in (("outbound-ports-to-ignore", "ignoreOutboundPorts"), ("subnets-to-ignore", "skipSubnets")):
        if text := dig(settings, f"proxyInit.{path}"):
            args += [f"--{flag}", str(text)]
    return args


def proxy_container(sidecar: Sidecar) -> Object:
    settings = sidecar.settings
    ports = dig(settings, "proxy.ports", {})
    admin = ports.get("admin", 4191)
    container = {
        "name": "linkerd-proxy",
        "image": image(settings),
        "imagePullPolicy": pull_policy(settings),
        "env": environment(sidecar),
        "ports": [
            {"containerPort": ports.get("inbound", 4143), "name": "linkerd-proxy"},
            {"containerPort": admin, "name": "linkerd-admin"},
        ],
        "livenessProbe": _probe("/live", admin, initialDelaySeconds=10),
        "readinessProbe": _probe("/ready", admin, initialDelaySeconds=2),
        "resources": resources(settings),
        "securityContext": _proxy_security(settings),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"mountPath": END_ENTITY, "name": "linkerd-identity-end-entity"},
            {"mountPath": "/var/run/secrets/tokens", "name": "linkerd-identity-token"},
            *_token_mount(sidecar.pod_spec),
        ],
    }
    return {**container, **_start(sidecar, admin)}


def volumes(settings: Object) -> list[Object]:
    lock = dig(settings, "proxyInit.xtMountPath.name", "linkerd-proxy-init-xtables-lock")
    token = {"path": "linkerd-identity-token", "expirationSeconds": 86400, "audience": "identity.l5d.io"}
    return [
        {"name": lock, "emptyDir": {}},
        {"name": "linkerd-identity-end-entity", "emptyDir": {"medium": "Memory"}},
        {"name": "linkerd-identity-token", "projected": {"sources": [{"serviceAccountToken": token}]}},
    ]


def environment(sidecar: Sidecar) -> list[Object]:
    settings, namespace = sidecar.settings, sidecar.namespace
    domain = dig(settings, "clusterDomain", "cluster.local")
    trust = dig(settings, "identityTrustDomain", domain)
    ports, networks = dig(settings, "proxy.ports", {}), dig(settings, "clusterNetworks", "")
    workers = str(dig(settings, "proxy.runtime.workers.minimum", 1))
    inbound = ",".join(str(number) for number in sorted({number for _name, number in pod_ports(sidecar.pod_spec)}))
    identity = f"serviceaccount.identity.{namespace}.{trust}"
    fields = {"_pod_name": "metadata.name", "_pod_ns": "metadata.namespace", "_pod_uid": "metadata.uid"}
    fields |= {"_pod_ip": "status.podIP", "_pod_nodeName": "spec.nodeName"}
    plain = {
        "_pod_containerName": "linkerd-proxy",
        "LINKERD2_PROXY_CORES": workers,
        "LINKERD2_PROXY_CORES_MIN": workers,
        "LINKERD2_PROXY_SHUTDOWN_ENDPOINT_ENABLED": str(dig(settings, "proxy.enableShutdownEndpoint", default=False)).lower(),
        "LINKERD2_PROXY_LOG": str(dig(settings, "proxy.logLevel", "")) + ",[{headers}]=off,[{request}]=off",
        "LINKERD2_PROXY_LOG_FORMAT": dig(settings, "proxy.logFormat", "plain"),
        "LINKERD2_PROXY_DESTINATION_SVC_ADDR": f"linkerd-dst-headless.{namespace}.svc.{domain}.:8086",
        "LINKERD2_PROXY_DESTINATION_PROFILE_NETWORKS": networks,
        "LINKERD2_PROXY_POLICY_SVC_ADDR": f"linkerd-policy.{namespace}.svc.{domain}.:8090",
        "LINKERD2_PROXY_POLICY_WORKLOAD": '{"ns":"$(_pod_ns)", "pod":"$(_pod_name)"}\n',
        "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY": dig(settings, "proxy.defaultInboundPolicy", "all-unauthenticated"),
        "LINKERD2_PROXY_POLICY_CLUSTER_NETWORKS": networks,
        "LINKERD2_PROXY_CONTROL_LISTEN_ADDR": f"0.0.0.0:{ports.get('control', 4190)}",
        "LINKERD2_PROXY_ADMIN_LISTEN_ADDR": f"0.0.0.0:{ports.get('admin', 4191)}",
        "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS": f"127.0.0.1:{ports.get('outbound', 4140)}",
        "LINKERD2_PROXY_INBOUND_LISTEN_ADDR": f"0.0.0.0:{ports.get('inbound', 4143)}",
        "LINKERD2_PROXY_INBOUND_PORTS": inbound,
        **({"LINKERD2_PROXY_INGRESS_MODE": "true"} if sidecar.mode == "ingress" else {}),
        **_tracing(settings, namespace, domain),
        "LINKERD2_PROXY_DESTINATION_PROFILE_SUFFIXES": f"svc.{domain}.",
        "LINKERD2_PROXY_INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION": sidecar.opaque,
        "LINKERD2_PROXY_DESTINATION_CONTEXT": '{"ns":"$(_pod_ns)", "nodeName":"$(_pod_nodeName)", "pod":"$(_pod_name)"}\n',
    }
    closing = {
        "_l5d_ns": namespace,
        "_l5d_trustdomain": trust,
        "LINKERD2_PROXY_IDENTITY_DIR": END_ENTITY,
        "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS": sidecar.anchors,
        "LINKERD2_PROXY_IDENTITY_TOKEN_FILE": "/var/run/secrets/tokens/linkerd-identity-token",
        "LINKERD2_PROXY_IDENTITY_SVC_ADDR": f"linkerd-identity-headless.{namespace}.svc.{domain}.:8080",
        "LINKERD2_PROXY_IDENTITY_LOCAL_NAME": f"$(_pod_sa).$(_pod_ns).{identity}",
        "LINKERD2_PROXY_IDENTITY_SVC_NAME": f"linkerd-identity.{namespace}.{identity}",
        "LINKERD2_PROXY_DESTINATION_SVC_NAME": f"linkerd-destination.{namespace}.{identity}",
        "LINKERD2_PROXY_POLICY_SVC_NAME": f"linkerd-destination.{namespace}.{identity}",
    }
    return [*_fields(fields), *_plain(plain), *_fields({"_pod_sa": "spec.serviceAccountName"}), *_plain(closing)]


def _tracing(settings: Object, namespace: str, domain: str) -> dict[str, str]:
    """Where spans go, and who is to be there; until edge-26.7.1 in the cluster's domain. The chart refused anything incomplete."""
    collector, identity = dig(settings, "proxy.tracing.collector", {}), dig(settings, "proxy.tracing.collector.meshIdentity", {})
    if not dig(settings, "proxy.tracing.enabled", default=False):
        return {}
    account = f"{identity['serviceAccountName']}.{identity['namespace']}"
    return {
        "LINKERD2_PROXY_TRACE_ATTRIBUTES_PATH": "/var/run/linkerd/podinfo/labels",
        "LINKERD2_PROXY_TRACE_ANNOTATIONS_PATH": "/var/run/linkerd/podinfo/annotations",
        "LINKERD2_PROXY_TRACE_PROTOCOL": "opentelemetry",
        "LINKERD2_PROXY_TRACE_SERVICE_NAME": dig(settings, "proxy.tracing.traceServiceName", "linkerd-proxy"),
        "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR": collector["endpoint"],
        "LINKERD2_PROXY_TRACE_COLLECTOR_SVC_NAME": f"{account}.serviceaccount.identity.{namespace}.{domain}",
    }


def image(settings: Object) -> str:
    version = dig(settings, "proxy.image.version", settings.get("linkerdVersion", ""))
    return f"{dig(settings, 'proxy.image.name', 'cr.l5d.io/linkerd/proxy')}:{version}"


def pull_policy(settings: Object) -> str:
    return str(dig(settings, "proxy.image.pullPolicy", settings.get("imagePullPolicy", "IfNotPresent")))


def resources(settings: Object) -> Object:
    found: Object = {}
    for kind in ("cpu", "memory", "ephemeral-storage"):
        for side, name in (("limit", "limits"), ("request", "requests")):
            if amount := dig(settings, f"proxy.resources.{kind}.{side}"):
                found.setdefault(name, {})[kind] = str(amount)
    return found


def _start(sidecar: Sidecar, admin: int) -> Object:
    """How a pod's own containers are held back until the proxy is ready."""
    awaited = bool(dig(sidecar.settings, "proxy.await", default=True))
    if not sidecar.native:
        hold = {"exec": {"command": ["/usr/lib/linkerd/linkerd-await", "--timeout=2m", f"--port={admin}"]}}
        return {"lifecycle": {"postStart": hold}} if awaited else {}
    probe = {"startupProbe": _probe("/ready", admin, periodSeconds=1, failureThreshold=120)}
    return {"restartPolicy": "Always", **(probe if awaited else {})}


def _probe(path: str, port: int, **more: int) -> Object:
    return {"httpGet": {"path": path, "port": port}, **more}


def _fields(names: dict[str, str]) -> list[Object]:
    return [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in names.items()]


def _plain(values: dict[str, str]) -> list[Object]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _token_mount(pod_spec: Object) -> list[Object]:
    """The service account's volume, where the pod mounts one: the init container and the proxy mount it too."""
    for container in pod_spec.get("containers") or []:
        for mount in container.get("volumeMounts") or []:
            if mount.get("mountPath") == ACCOUNT_MOUNT:
                return [mount]
    return []


def _proxy_security(settings: Object) -> Object:
    group, capabilities = int(dig(settings, "proxy.gid", -1)), dig(settings, "proxy.capabilities")
    return {
        "allowPrivilegeEscalation": False,
        **({"capabilities": capabilities} if capabilities else {}),
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": dig(settings, "proxy.uid", 2102),
        **({"runAsGroup": group} if group >= 0 else {}),
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _init_security(settings: Object) -> Object:
    root = bool(dig(settings, "proxyInit.runAsRoot", default=False))
    privileged = bool(dig(settings, "proxyInit.privileged", default=False))
    return {
        "allowPrivilegeEscalation": privileged,
        "capabilities": {"add": ["NET_ADMIN", "NET_RAW"]},
        "privileged": privileged,
        "readOnlyRootFilesystem": True,
        "runAsGroup": dig(settings, "proxyInit.runAsGroup", 65534),
        "runAsNonRoot": not root,
        "runAsUser": 0 if root else dig(settings, "proxyInit.runAsUser", 65534),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
