# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tracing is judged by: a trace collector as somebody names it, and the cluster around it. Plain data, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass, field

from ..errors import InputError
from ..linkerd.releases import Release
from ..model import Object

OTLP_PORT = 4317
"""Where collectors take OpenTelemetry's protocol by gRPC."""
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


class Tracing(t.NamedTuple):
    """What an ingress controller is to do: start traces for so many of its requests and send them there; an empty endpoint for none."""

    endpoint: str
    sample_rate: float = 0.1


class Endpoint(t.NamedTuple):
    """A Service and one of its ports, as proxies in any namespace can reach it."""

    service: str
    namespace: str
    port: int


@dataclass(frozen=True, slots=True)
class Collector:
    """What proxies are told about a collector. An empty ServiceAccount or namespace is the one of its pods."""

    endpoint: Endpoint
    service_account: str = ""
    namespace: str = ""

    def to_dict(self) -> dict[str, str]:
        address = f"{self.endpoint.service}.{self.endpoint.namespace}:{self.endpoint.port}"
        return {"endpoint": address, "service_account": self.service_account, "namespace": self.namespace}


@dataclass(frozen=True, slots=True)
class Mesh:
    """The Linkerd that is there, or that an earlier step of the play brings. C(release) is None where nobody said which."""

    namespace: str
    release: Release | None
    installed: bool
    cluster_domain: str = "cluster.local"
    trust_domain: str = "cluster.local"
    skip_inbound: str = ""
    exports_to: str = ""
    """The collector that the control plane names to its proxies."""
    exports_as: str = ""
    """Its ServiceAccount and namespace, joined by a dot."""

    @property
    def tells(self) -> Collector | None:
        """The same as a collector; None where it names none, or none that can be looked at."""
        account, _dot, namespace = self.exports_as.partition(".")
        try:
            return Collector(read_endpoint(self.exports_to), account, namespace)
        except InputError:
            return None

    @property
    def has_extension(self) -> bool:
        return bool(self.release and self.release.has_jaeger_extension)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the judgements need."""

    mesh: Mesh
    services: tuple[Object, ...] = ()
    pods: tuple[Object, ...] = ()
    namespaces: t.Mapping[str, Object] = field(default_factory=dict)
    webhooks: tuple[Object, ...] = ()
    workloads: tuple[Object, ...] = ()

    def service(self, endpoint: Endpoint) -> Object | None:
        wanted = (endpoint.namespace, endpoint.service)
        return next((s for s in self.services if (s["metadata"]["namespace"], s["metadata"]["name"]) == wanted), None)

    def pods_of(self, service: Object) -> list[Object]:
        """Those that its selector selects; none without one, and none that ended."""
        selector = (service.get("spec") or {}).get("selector") or {}
        namespace = service["metadata"]["namespace"]
        return [pod for pod in self.pods if selector and pod["metadata"]["namespace"] == namespace and _is_selected(pod, selector)]


def read_collector(given: t.Mapping[str, t.Any]) -> Collector | None:
    """As options name it; None where they name none."""
    values = {key: str(value) for key, value in given.items() if value not in (None, "")}
    if not values:
        return None
    if "endpoint" not in values:
        raise InputError("collector", "has no endpoint", "Give its Service and port, such as tempo.tracing:4317.")
    endpoint = read_endpoint(values["endpoint"])
    return Collector(endpoint, values.get("service_account", ""), values.get("namespace", endpoint.namespace))


def read_endpoint(text: str) -> Endpoint:
    """C(tempo.tracing:4317), also with C(.svc) and the cluster's domain after the namespace."""
    host, colon, port = text.rpartition(":")
    remedy = "Give a Service of the cluster with its namespace and port, such as tempo.tracing:4317."
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError("collector.endpoint", f"{text!r} names no port", remedy)
    if "/" in host or _is_address(host):
        raise InputError("collector.endpoint", f"{text!r} is no Service: proxies export to a collector in the mesh only", remedy)
    labels = host.rstrip(".").split(".")
    if len(labels) < 2 or (len(labels) > 2 and labels[2] != "svc"):
        raise InputError("collector.endpoint", f"{text!r} names no namespace, so proxies elsewhere do not find it", remedy)
    if not all(map(_LABEL.fullmatch, labels[:2])):
        raise InputError("collector.endpoint", f"{text!r} is not the name of a Service", remedy)
    return Endpoint(labels[0], labels[1], int(port))


def is_endpoint(text: str, endpoint: Endpoint) -> bool:
    """Whether the text, written by whomever, means that Service and port."""
    try:
        return read_endpoint(text) == endpoint
    except InputError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_selected(pod: Object, selector: t.Mapping[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return not ended and not pod["metadata"].get("deletionTimestamp") and selector.items() <= labels.items()
