# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What depends on the Traefik release: one table, asked by name.

Sources: Traefik's own code at the tags named here (pkg/provider/kubernetes/{crd,ingress}, pkg/config/static), the code
of its chart, and for C(safeNaming) Traefik's pull request 13689 and issue 13765.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..linkerd.releases import Version, version

OLD_GROUP = "traefik.containo.us/v1alpha1"
GROUP = "traefik.io/v1alpha1"


@dataclass(frozen=True, slots=True)
class Release:
    """Facts that hold from C(since) on, until the next row."""

    since: str
    crd_groups: tuple[str, ...] = (OLD_GROUP,)
    """Where it looks for its own kinds; ours are created in the first. Of one name in both, the last counts."""
    end_of_life: bool = True
    """Its makers mend it no longer."""
    ingress_annotations: bool = False
    """An Ingress can name middlewares and entry points (router.middlewares), since 2.2."""
    entry_point_middlewares: bool = False
    """Middlewares that run before every router of an entry point, since 2.2: the only place for a strip."""
    ingress_classes: bool = False
    """It looks at IngressClass objects, since 2.3."""
    ingress_v1: bool = False
    """It reads Ingresses as networking.k8s.io/v1, since 2.5; the APIs before are gone since Kubernetes 1.22."""
    native_lb: bool = False
    """A backend can be dialled by its Service's ClusterIP: nativeLB of an IngressRoute's service, an annotation of an Ingress's."""
    native_lb_default: bool = False
    """One option for all backends (nativeLBByDefault of the Ingress and CRD providers), since 3.0."""
    gateway_native_lb_default: bool = False
    """The same for the Gateway API provider, since 3.2, which serves GRPCRoutes from there on."""
    gateway_filters: frozenset[str] = frozenset()
    """Filters of an HTTPRoute it knows; none before 3.0, whose provider reads versions of that API which are gone."""
    gateway_always: bool = False
    """The Gateway API provider runs without experimental.kubernetesGateway, since 3.1."""
    gateway_grants: bool = False
    """A route may name a Service of another namespace where a ReferenceGrant lets it, since 3.1."""
    default_entry_points: bool = False
    """An entry point can be marked as default (asDefault), since 3.0."""
    cross_provider_namespaces: bool = False
    """References across providers can be forbidden by namespace, since 2.11.46, 3.6.17 and 3.7.1."""
    service_middlewares: bool = False
    """A Service (annotation), an IngressRoute's service and a TraefikService's child have middlewares of their own, since 3.7.

    So have the backends of an HTTPRoute: their filters."""
    safe_naming: bool = False
    """C(safeNaming) joins the namespace and name of a Middleware by an underscore, since 3.7.11."""


def _table() -> tuple[Release, ...]:
    first = Release("2.0")
    annotations = replace(first, since="2.2", ingress_annotations=True, entry_point_middlewares=True)
    classes = replace(annotations, since="2.3", ingress_classes=True)
    ingress_v1 = replace(classes, since="2.5", ingress_v1=True)
    both_groups = replace(ingress_v1, since="2.10", crd_groups=(GROUP, OLD_GROUP), native_lb=True)
    guarded_2 = replace(both_groups, since="2.11.46", cross_provider_namespaces=True)
    third = replace(both_groups, since="3.0", crd_groups=(GROUP,), end_of_life=False, native_lb_default=True, default_entry_points=True)
    third = replace(third, gateway_filters=frozenset({"RequestHeaderModifier", "ExtensionRef", "RequestRedirect"}))
    rewrites = replace(third, since="3.1", gateway_filters=third.gateway_filters | {"URLRewrite"}, gateway_grants=True, gateway_always=True)
    answers = rewrites.gateway_filters | {"ResponseHeaderModifier"}
    gateway = replace(rewrites, since="3.2", gateway_native_lb_default=True, gateway_filters=answers)
    guarded_3 = replace(gateway, since="3.6.17", cross_provider_namespaces=True)
    services = replace(gateway, since="3.7", service_middlewares=True)
    guarded_services = replace(services, since="3.7.1", cross_provider_namespaces=True)
    safe_naming = replace(guarded_services, since="3.7.11", safe_naming=True)
    return (
        first,
        annotations,
        classes,
        ingress_v1,
        both_groups,
        guarded_2,
        third,
        rewrites,
        gateway,
        guarded_3,
        services,
        guarded_services,
        safe_naming,
    )


RELEASES = _table()

CHART_ENTRY_POINT_KEYS: tuple[tuple[str, ...], ...] = (("http", "middlewares"), ("middlewares",))
"""Below C(ports.<entry point>) of Traefik's chart: since chart 39, and up to chart 38. Either ignores the other's silently."""


def release_for(number: Version) -> Release | None:
    """The row that describes this version; None when it is older than all of them or not known."""
    fitting = [row for row in RELEASES if version(row.since) <= number]
    return fitting[-1] if number and fitting else None
