# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Gateway API as Traefik reads it.

Facts: its Gateway provider's source at the tags of 3.0 to 3.7 (pkg/provider/kubernetes/gateway). A listener stands for
the entry point that has its port; filters become middlewares in their order, after the entry point's; a rule with a
filter it does not know is answered with 500; filters of a backend are applied since 3.7, and of an HTTPRoute only.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..gateway.attachment import Gateways, Listener
from ..gateway.grants import Grants
from ..linkerd.selectors import matches
from ..model import Object
from ..planning.snapshot import Snapshot
from ..routes.base import Link, Route, mapping, text
from ..routes.gateway_route import MODIFIER, Implementation, Reader
from ..routes.grpc_route import GRPC_ROUTE
from ..routes.http_route import HTTP_ROUTE
from ..routes.ingress_route import Expand, middleware_name
from .releases import Release
from .served import Provider, separator
from .static_config import StaticConfig

PROVIDER = "providers.kubernetesgateway"
CONTROLLER_NAME = "traefik.io/gateway-controller"
NATIVE_LB = "traefik.io/service.nativelb"
KINDS = {kind.name: kind for kind in (HTTP_ROUTE, GRPC_ROUTE)}
GROUP = "traefik.io"


def reader(snapshot: Snapshot, config: StaticConfig, release: Release, expand: Expand) -> Reader:
    provider = Provider.of(config, PROVIDER, release)
    on = provider.on and (release.gateway_always or config.flag("experimental.kubernetesgateway"))

    def enter(listeners: t.Sequence[Listener]) -> tuple[str, ...]:
        names = (name for listener in listeners for name in config.entered_by(listener.port, plain=listener.protocol == "HTTP"))
        return tuple(dict.fromkeys(names))

    def selected(obj: Object) -> bool:
        """The provider's label selector is about classes only."""
        return not provider.selector or matches(provider.selector, mapping(mapping(obj.get("metadata")).get("labels")))

    classes = [obj for obj in snapshot.of("GatewayClass") if on and selected(obj)]
    gateways = Gateways(classes, snapshot.of("Gateway"), CONTROLLER_NAME)
    grants = Grants(snapshot.of("ReferenceGrant") if release.gateway_grants else ())
    return Reader(_implementation(release, separator(config, release)), gateways, grants, snapshot.services, enter, expand)


def read_routes(snapshot: Snapshot, config: StaticConfig, known: Reader) -> t.Iterator[Route]:
    watched = config.listed(f"{PROVIDER}.namespaces")
    for name in known.implementation.filters:
        for obj in snapshot.of(name):
            route = known.read(KINDS[name], obj)
            if route is not None and (not watched or route.ref.namespace in watched):
                yield route


def _implementation(release: Release, separator: str) -> Implementation:
    def extension(reference: Object, namespace: str) -> Link | None:
        """A Middleware of the route's own namespace."""
        if reference.get("group") != GROUP or reference.get("kind") != "Middleware":
            return None
        return middleware_name(namespace, text(reference.get("name")), separator)

    filters = {HTTP_ROUTE.name: release.gateway_filters} if release.gateway_filters else {}
    if release.gateway_native_lb_default:
        filters[GRPC_ROUTE.name] = frozenset({MODIFIER, "ExtensionRef"})
    return Implementation(
        filters=filters,
        backend_filters=frozenset({HTTP_ROUTE.name}) if release.service_middlewares else frozenset(),
        backend_kinds={HTTP_ROUTE.name: frozenset({(GROUP, "TraefikService")})},
        service_native_lb=NATIVE_LB if release.gateway_native_lb_default else "",
        extension=extension,
    )
