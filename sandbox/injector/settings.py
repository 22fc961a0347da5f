# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of one proxy: Helm values, overridden by annotations of the namespace, then of the pod.

Which annotations a pod inherits from its namespace, and that a value nobody can
use is passed over in favour of the Helm value (default-inbound-policy, resource
quantities) or handed on unchecked (skip ports), follows the recorded answers in
tests/sandbox/facts/injector-truth.json and linkerd2's pkg/inject.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.injector.decide import INJECT

if TYPE_CHECKING:
    from sandbox.rest import Object

CONFIG = "config.linkerd.io/"
OPAQUE_PORTS = CONFIG + "opaque-ports"
NATIVE_SIDECAR = "proxy-enable-native-sidecar"
POLICIES = (
    "all-unauthenticated",
    "all-authenticated",
    "cluster-unauthenticated",
    "cluster-authenticated",
    "deny",
    "audit",
)
QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")
WORKLOAD_ONLY = {
    CONFIG + "proxy-cpu-ratio-limit",
    CONFIG + "enable-gateway",
    CONFIG + "close-wait-timeout",
    CONFIG + "debug-image",
    CONFIG + "debug-image-version",
    CONFIG + "debug-image-pull-policy",
}
ALPHA = ("config.alpha.linkerd.io/proxy-enable-native-sidecar", "config.alpha.linkerd.io/proxy-wait-before-exit-seconds")

Parser = Callable[[str], Any]


def inherited(namespace: Object) -> dict[str, str]:
    """The annotations that a pod takes over from its namespace."""
    annotations = (namespace.get("metadata") or {}).get("annotations") or {}
    return {key: value for key, value in annotations.items() if _inheritable(key)}


def effective(values: Object, annotations: dict[str, str]) -> Object:
    """The Helm values with the annotations' overrides worked in."""
    result = copy.deepcopy(values)
    for name, path, parse in OVERRIDES:
        if (text := annotations.get(CONFIG + name)) is not None and (value := parse(text)) is not None:
            put(result, path, value)
    native = _native(annotations)
    if native is not None:
        put(result, "proxy.nativeSidecar", native)
    if (cores := _cores(annotations)) is not None:
        put(result, "proxy.runtime.workers.minimum", cores)
    return result


def dig(values: Object, path: str, default: Any = None) -> Any:
    """The value at a dotted path; the default also where the value is null or empty text."""
    found: Any = values
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return default if found is None or found == "" else found


def put(values: Object, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for part in parents:
        values = values.setdefault(part, {})
    values[last] = value


def pod_ports(spec: Object) -> Iterator[tuple[str, int]]:
    """(name, containerPort) of every TCP port of a pod."""
    for container in spec.get("containers") or []:
        for port in container.get("ports") or []:
            if port.get("protocol", "TCP") == "TCP":
                yield str(port.get("name", "")), int(port["containerPort"])


def resolve_ports(text: str, spec: Object) -> str:
    """Port names become the numbers of the pod's container ports."""
    names = dict(pod_ports(spec))
    return ",".join(str(names.get(item.strip(), item.strip())) for item in text.split(",") if item.strip())


def exposed(defaults: str, spec: Object) -> str:
    """Those of the default opaque ports that the pod declares."""
    numbers = {str(number) for _name, number in pod_ports(spec)}
    return ",".join(port for port in defaults.split(",") if port in numbers)


def _inheritable(key: str) -> bool:
    return (key.startswith(CONFIG) and key not in WORKLOAD_ONLY) or key in ALPHA or key == INJECT


def _native(annotations: dict[str, str]) -> bool | None:
    for prefix in ("config.linkerd.io/", "config.beta.linkerd.io/", "config.alpha.linkerd.io/"):
        value = _boolean(annotations.get(prefix + NATIVE_SIDECAR, ""))
        if value is not None:
            return value
    return None


def _cores(annotations: dict[str, str]) -> int | None:
    for name in ("proxy-cpu-limit", "proxy-cpu-request"):
        quantity = _quantity(annotations.get(CONFIG + name, ""))
        if quantity is not None:
            number = Decimal(quantity[:-1]) / 1000 if quantity.endswith("m") else Decimal(quantity)
            return max(1, math.ceil(number))
    return None


def _text(value: str) -> str:
    return value


def _boolean(value: str) -> bool | None:
    return {"true": True, "false": False}.get(value.lower())


def _switch(value: str) -> bool | None:
    return {"enabled": True, "disabled": False, "true": True, "false": False}.get(value)


def _number(value: str) -> int | None:
    return int(value) if value.isdigit() else None


def _quantity(value: str) -> str | None:
    return value if QUANTITY.match(value) else None


def _policy(value: str) -> str | None:
    return value if value in POLICIES else None


OVERRIDES: tuple[tuple[str, str, Parser], ...] = (
    ("skip-inbound-ports", "proxyInit.ignoreInboundPorts", _text),
    ("skip-outbound-ports", "proxyInit.ignoreOutboundPorts", _text),
    ("skip-subnets", "proxyInit.skipSubnets", _text),
    ("default-inbound-policy", "proxy.defaultInboundPolicy", _policy),
    ("proxy-cpu-request", "proxy.resources.cpu.request", _quantity),
    ("proxy-cpu-limit", "proxy.resources.cpu.limit", _quantity),
    ("proxy-memory-request", "proxy.resources.memory.request", _quantity),
    ("proxy-memory-limit", "proxy.resources.memory.limit", _quantity),
    ("proxy-image", "proxy.image.name", _text),
    ("proxy-version", "proxy.image.version", _text),
    ("image-pull-policy", "proxy.image.pullPolicy", _text),
    ("proxy-log-level", "proxy.logLevel", _text),
    ("proxy-log-format", "proxy.logFormat", _text),
    ("proxy-await", "proxy.await", _switch),
    ("proxy-admin-shutdown", "proxy.enableShutdownEndpoint", _switch),
    ("proxy-uid", "proxy.uid", _number),
    ("proxy-gid", "proxy.gid", _number),
    ("admin-port", "proxy.ports.admin", _number),
    ("control-port", "proxy.ports.control", _number),
    ("inbound-port", "proxy.ports.inbound", _number),
    ("outbound-port", "proxy.ports.outbound", _number),
    ("shutdown-grace-period", "proxy.shutdownGracePeriod", _text),
)
