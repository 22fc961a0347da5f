# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Will this pod get a proxy, in which mode, and if not, why not.

Follows linkerd2 pkg/inject and 37 recorded answers of a real injector: which webhook sees the pod is the API
server's decision (selectors), the rest is the injector's.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model import Object
from . import selectors
from .annotations import CONFIG_PREFIX, INGRESS_MODE_ENV, INJECT, INJECT_VALUES, PROXY_CONTAINER, WEBHOOKS_DISABLED_LABEL

INJECTOR_SERVICE = "linkerd-proxy-injector"
SIDECARS = (PROXY_CONTAINER, "linkerd-init", "istio-proxy", "istio-init")
INJECTOR_WEBHOOK = "linkerd-proxy-injector-webhook-config"
PUBLISHED_WEBHOOK: Object = {
    "namespaceSelector": {
        "matchExpressions": [
            {"key": WEBHOOKS_DISABLED_LABEL, "operator": "NotIn", "values": ["disabled"]},
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "cert-manager"]},
        ]
    }
}
"""What the published chart's webhook selects, for a Linkerd that is yet to come."""


@dataclass(frozen=True, slots=True)
class Injection:
    """C(mode) is enabled, ingress, or empty for no proxy; then C(reason) says why."""

    mode: str
    reason: str = ""


def predict(template: Object, namespace: Object, webhooks: t.Sequence[Object]) -> Injection:
    """What happens to a pod made from O(template) (a pod template or a pod) in O(namespace)."""
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    if not any(sees(hook, namespace, meta.get("labels") or {}) for hook in webhooks):
        return Injection("", why_unseen(namespace))
    if spec.get("hostNetwork"):
        return Injection("", "the pod uses hostNetwork, which the proxy injector refuses")
    if any(c.get("name") in SIDECARS for part in ("initContainers", "containers") for c in spec.get(part) or []):
        return Injection("", "the pod template carries a proxy container of its own")
    return _by_annotation(
        (meta.get("annotations") or {}).get(INJECT), ((namespace.get("metadata") or {}).get("annotations") or {}).get(INJECT)
    )


def _by_annotation(pod: str | None, namespace: str | None) -> Injection:
    if namespace and namespace not in INJECT_VALUES:
        return Injection("", f"its namespace has {INJECT}: {namespace!r}, which is none of {', '.join(INJECT_VALUES)}")
    value = pod or namespace
    if not value:
        return Injection("", f"neither the pod nor its namespace is annotated with {INJECT}")
    if value not in INJECT_VALUES:
        return Injection("", f"{INJECT}: {value!r} is none of {', '.join(INJECT_VALUES)}; the injector ignores it silently")
    if value == "disabled":
        return Injection("", f"{INJECT}: disabled")
    return Injection(value)


def sees(webhook: Object, namespace: Object, pod_labels: t.Mapping[str, str]) -> bool:
    """Whether the API server sends such a pod to this webhook."""
    meta = namespace.get("metadata") or {}
    labels = {"kubernetes.io/metadata.name": str(meta.get("name", "")), **(meta.get("labels") or {})}
    return selectors.matches(webhook.get("namespaceSelector"), labels) and selectors.matches(webhook.get("objectSelector"), pod_labels)


def why_unseen(namespace: Object) -> str:
    meta = namespace.get("metadata") or {}
    name = meta.get("name", "")
    if (meta.get("labels") or {}).get(WEBHOOKS_DISABLED_LABEL) == "disabled":
        return f"namespace {name} is labelled {WEBHOOKS_DISABLED_LABEL}=disabled"
    if name in ("kube-system", "cert-manager"):
        return f"Linkerd's injector leaves namespace {name} out; an annotation there does nothing, silently"
    return f"no webhook of Linkerd's injector selects pods of namespace {name}"


def effective_annotations(template: Object, namespace: Object) -> dict[str, str]:
    """A pod's own, and beneath them the namespace's settings, which the injector copies onto pods that lack them."""
    of_namespace = (namespace.get("metadata") or {}).get("annotations") or {}
    inherited = {key: value for key, value in of_namespace.items() if key.startswith(CONFIG_PREFIX)}
    return {**inherited, **((template.get("metadata") or {}).get("annotations") or {})}


def injector_webhooks(configurations: t.Iterable[Object], linkerd_namespace: str) -> list[Object]:
    """Every webhook, of whatever configuration, that ends at Linkerd's proxy injector."""
    hooks = (hook for configuration in configurations for hook in configuration.get("webhooks") or [])
    return [hook for hook in hooks if is_injectors(hook) and hook["clientConfig"]["service"].get("namespace") == linkerd_namespace]


def is_injectors(hook: Object) -> bool:
    """Whether a webhook ends at a proxy injector, in whatever namespace: also what a half-removed Linkerd left behind."""
    service = (hook.get("clientConfig") or {}).get("service") or {}
    return bool(service.get("name") == INJECTOR_SERVICE)


def proxy_mode(pod: Object) -> str:
    """What a running pod really has: enabled, ingress, or empty."""
    container = proxy_container(pod)
    if not container:
        return ""
    env = {item.get("name"): item.get("value") for item in container.get("env") or []}
    return "ingress" if env.get(INGRESS_MODE_ENV) == "true" else "enabled"


def proxy_container(pod: Object) -> Object:
    """Of a pod or a template, an init container where it is a native sidecar; empty where there is none."""
    spec = pod.get("spec") or {}
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    return next((container for container in containers if container.get("name") == PROXY_CONTAINER), {})
