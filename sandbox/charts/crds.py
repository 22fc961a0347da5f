# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom resource definitions with the real names and versions, and schemas that accept everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One custom resource; the last version is the stored one."""

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    namespaced: bool = True
    short_names: tuple[str, ...] = ()


def definition(kind: Kind, labels: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    names = {"kind": kind.kind, "listKind": f"{kind.kind}List", "plural": kind.plural, "singular": kind.kind.lower()}
    short = {"shortNames": list(kind.short_names)} if kind.short_names else {}
    metadata: dict[str, Any] = {"name": f"{kind.plural}.{kind.group}"}
    metadata |= {key: value for key, value in (("labels", labels), ("annotations", annotations)) if value}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {
            "group": kind.group,
            "names": {**names, **short},
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [_version(name, stored=name == kind.versions[-1]) for name in kind.versions],
        },
    }


def _version(name: str, *, stored: bool) -> dict[str, Any]:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "name": name,
        "served": True,
        "storage": stored,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}},
    }


def _traefik(kind: str, plural: str) -> Kind:
    return Kind("traefik.io", kind, plural, ("v1alpha1",))


TRAEFIK = (
    _traefik("IngressRoute", "ingressroutes"),
    _traefik("IngressRouteTCP", "ingressroutetcps"),
    _traefik("IngressRouteUDP", "ingressrouteudps"),
    _traefik("Middleware", "middlewares"),
    _traefik("MiddlewareTCP", "middlewaretcps"),
    _traefik("ServersTransport", "serverstransports"),
    _traefik("ServersTransportTCP", "serverstransporttcps"),
    _traefik("TLSOption", "tlsoptions"),
    _traefik("TLSStore", "tlsstores"),
    _traefik("TraefikService", "traefikservices"),
)

GATEWAY = "gateway.networking.k8s.io"
GATEWAY_MARKS = {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/3328"}
"""Without it the API server takes no definition in a group of kubernetes' own."""
GATEWAY_ROUTES = (
    Kind(GATEWAY, "HTTPRoute", "httproutes", ("v1beta1", "v1")),
    Kind(GATEWAY, "GRPCRoute", "grpcroutes", ("v1",)),
)
GATEWAY_API = (
    Kind(GATEWAY, "GatewayClass", "gatewayclasses", ("v1beta1", "v1"), namespaced=False, short_names=("gc",)),
    Kind(GATEWAY, "Gateway", "gateways", ("v1beta1", "v1"), short_names=("gtw",)),
    *GATEWAY_ROUTES,
    Kind(GATEWAY, "ReferenceGrant", "referencegrants", ("v1beta1", "v1"), short_names=("refgrant",)),
)
GATEWAY_TLS = (Kind(GATEWAY, "TLSRoute", "tlsroutes", ("v1alpha2",)),)
GATEWAY_TCP = (Kind(GATEWAY, "TCPRoute", "tcproutes", ("v1alpha2",)),)

POLICY = "policy.linkerd.io"
LINKERD = (
    Kind(POLICY, "AuthorizationPolicy", "authorizationpolicies", ("v1alpha1",), short_names=("authzpolicy",)),
    Kind(POLICY, "EgressNetwork", "egressnetworks", ("v1alpha1",)),
    Kind(POLICY, "HTTPLocalRateLimitPolicy", "httplocalratelimitpolicies", ("v1alpha1",)),
    Kind(POLICY, "HTTPRoute", "httproutes", ("v1alpha1", "v1beta1", "v1beta2", "v1beta3")),
    Kind(POLICY, "MeshTLSAuthentication", "meshtlsauthentications", ("v1alpha1",), short_names=("meshtlsauthn",)),
    Kind(POLICY, "NetworkAuthentication", "networkauthentications", ("v1alpha1",), short_names=("netauthn",)),
    Kind(POLICY, "ServerAuthorization", "serverauthorizations", ("v1alpha1", "v1beta1"), short_names=("saz",)),
    Kind(POLICY, "Server", "servers", ("v1alpha1", "v1beta1", "v1beta2", "v1beta3"), short_names=("srv",)),
    Kind("linkerd.io", "ServiceProfile", "serviceprofiles", ("v1alpha1", "v1alpha2"), short_names=("sp",)),
    Kind("workload.linkerd.io", "ExternalWorkload", "externalworkloads", ("v1alpha1", "v1beta1")),
)
