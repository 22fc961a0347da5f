# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster contains as far as the ingress modules touch it, to compare before with after."""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import strip_server_fields
from tests.integration.ingress_lab import Lab, Object, Ref

KINDS = (
    ("networking.k8s.io/v1", "Ingress"),
    ("traefik.io/v1alpha1", "IngressRoute"),
    ("traefik.io/v1alpha1", "IngressRouteTCP"),
    ("traefik.io/v1alpha1", "TraefikService"),
    ("traefik.io/v1alpha1", "Middleware"),
    ("v1", "Service"),
    ("helm.cattle.io/v1", "HelmChart"),
    ("helm.cattle.io/v1", "HelmChartConfig"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
)
CONFIG = Ref("helm.cattle.io/v1", "HelmChartConfig", "traefik", "kube-system")
WORKLOAD = Ref("apps/v1", "Deployment", "traefik", "kube-system")
SERVICE_CHAIN = "traefik.ingress.kubernetes.io/service.middlewares"
ROUTER_CHAIN = "traefik.ingress.kubernetes.io/router.middlewares"
NATIVE_LB = "traefik.ingress.kubernetes.io/service.nativelb"

Contents = dict[Ref, t.Any]


def of(lab: Lab) -> Contents:
    """Everything by its meaning: text that holds YAML is parsed, what the server keeps for itself is left out."""
    found = {Ref.of(obj): meaning(obj) for kind in KINDS for obj in lab.all(*kind) if not _is_linkerds(obj)}
    found[WORKLOAD] = lab.get("apps/v1", "Deployment", "kube-system", "traefik")["spec"]["template"]
    return found


def _is_linkerds(obj: Object) -> bool:
    return "linkerd.io/control-plane-ns" in obj["metadata"].get("labels", {})


def meaning(obj: Object) -> Object:
    plain = strip_server_fields(obj)
    values = (plain.get("spec") or {}).get("valuesContent")
    return {**plain, "spec": {**plain["spec"], "valuesContent": yaml.safe_load(values)}} if isinstance(values, str) else plain


def differing(one: Contents, other: Contents) -> list[str]:
    return [str(ref) for ref in sorted(one.keys() | other.keys()) if one.get(ref) != other.get(ref)]


def proxy_env(lab: Lab) -> list[dict[str, str]]:
    """The proxy's environment in each of Traefik's pods; an empty one where there is no proxy."""
    return [_proxy_env(pod) for pod in lab.all("v1", "Pod", "kube-system", "app.kubernetes.io/name=traefik")]


def _proxy_env(pod: Object) -> dict[str, str]:
    containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    found: Object = next((c for c in containers if c["name"] == "linkerd-proxy"), {"env": []})
    return {item["name"]: item.get("value", "") for item in found["env"]}


def within(wanted: t.Any, live: t.Any) -> bool:
    """Everything of O(wanted) is in O(live); of a list, all its items in their order."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(key in live and within(value, live[key]) for key, value in wanted.items())
    if isinstance(wanted, list):
        rest = iter(live if isinstance(live, list) else [])
        return all(any(within(item, other) for other in rest) for item in wanted)
    return bool(wanted == live)
