# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traefik from 2.0 on, bundled by k3s, from its own chart or from plain manifests.

Facts: runs of Traefik 3.7.15 against a real API (routers without a middleware pass a client's header on; entry point
middlewares run first, the router's next, the Service's last and only since 3.7; a router that names a Middleware that
does not exist answers 404), and its providers' source for classes, default backends and native load balancing.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..errors import InputError, PlanningError
from ..findings import finding
from ..gateway.attachment import GROUP as GATEWAY_GROUP
from ..linkerd.releases import Version
from ..model import Object, Ref
from ..ownership import AddItem, Edit, SetLeaf
from ..persistence.base import Setting
from ..planning.snapshot import Snapshot
from ..routes import ingress, ingress_route, ingress_route_tcp, traefik_service
from ..routes.base import Route
from ..tracing.collector import Tracing
from ..traefik import (
    chart_values,
    gateway_part,
    gateway_routes,
    header_part,
    middlewares,
    native_part,
    recipes,
    served,
    static_config,
    tracing,
)
from ..traefik.chart_values import strip_setting
from ..traefik.reading import TraefikReading
from ..traefik.releases import GROUP, OLD_GROUP, RELEASES, Release, release_for
from ..traefik.static_config import StaticConfig
from ..traefik.workload import TraefikWorkload
from .base import ChartTarget, Kind, Part, Reading, Recipes


def _in_both_groups(*kinds: str) -> tuple[Kind, ...]:
    return tuple(Kind(group, kind, optional=True) for kind in kinds for group in (GROUP, OLD_GROUP))


def _gateway_api(*kinds: str) -> tuple[Kind, ...]:
    return tuple(Kind(f"{GATEWAY_GROUP}/v1", kind, optional=True) for kind in kinds)


class Traefik(TraefikWorkload):
    name = "traefik"
    supported = "Traefik 2.0 and newer"
    private_ports = ("traefik", "metrics", "admin")
    route_kinds = (Kind(ingress.API_VERSION, ingress.KIND), *_in_both_groups(ingress_route.KIND), *_gateway_api(*gateway_routes.KINDS))
    other_kinds = (
        Kind("v1", "Service"),
        Kind("networking.k8s.io/v1", "IngressClass"),
        *_in_both_groups(*ingress_route_tcp.KINDS, traefik_service.KIND),
        *_gateway_api("GatewayClass", "Gateway"),
        Kind(f"{GATEWAY_GROUP}/v1beta1", "ReferenceGrant", optional=True),
    )
    owned_kinds = _in_both_groups(middlewares.KIND)

    def detects(self, workload: Object) -> bool:
        return self.runs_traefik(workload) and self.version(workload)[:1] != (1,)

    def strategies(self, version: Version) -> tuple[str, ...]:
        release = release_for(version)
        if release is None:
            return ()
        return ("cluster_ip", "header") if release.native_lb else ("header",)

    def read(self, snapshot: Snapshot) -> TraefikReading:
        return TraefikReading(snapshot, self.config(snapshot), _release(self.version(snapshot.workload)))

    def config(self, snapshot: Snapshot) -> StaticConfig:
        template = snapshot.workload["spec"]["template"]
        return static_config.parse(static_config.arguments_of(self.find_container(template["spec"])))

    def part(self, strategy: str, reading: Reading, snapshot: Snapshot, version: Version) -> Part:
        if not isinstance(reading, TraefikReading):
            raise TypeError("the reading is another controller's")
        workload, release = Ref.of(snapshot.workload), _release(version)
        _refuse_unreadable(workload, reading.config)
        if strategy == "cluster_ip":
            return self._native_part(reading).joined(gateway_part.native(reading.gateway_routes, release))
        _refuse_blind(workload, reading)
        request = header_part.Request(
            routes=reading.own_routes,
            catalogue=reading.catalogue,
            dialect=reading.dialect,
            cluster_domain=reading.cluster_domain,
            home=workload.namespace,
            release=release,
            api_version=served.home_group(snapshot, middlewares.KIND, release),
            separator=reading.separator,
            may_refer=reading.may_refer,
            entered_through=reading.entered_through,
        )
        part = header_part.part(request).joined(gateway_part.header(reading, request.has_error_pages))
        if not release.entry_point_middlewares:
            part.remedy = (
                "This release cannot remove the header at an entry point, so every backend needs its own: upgrade to 2.2 or newer."
            )
            return part
        _refuse_command(workload, self.find_container(snapshot.workload["spec"]["template"]["spec"]))
        part.settings += self._strip_settings(
            snapshot, _named_entry_points(reading.routes), reading.separator, reading.stripped_by_others()
        )
        return part

    def _native_part(self, reading: TraefikReading) -> Part:
        by_default = reading.release.native_lb_default
        request = native_part.Request(
            routes=reading.own_routes,
            dialect=reading.dialect,
            settings=self._native_settings(reading.config, reading.release) if by_default else [],
            by_default=by_default,
            services=reading.services,
            reached=reading.expansion.reached,
        )
        return native_part.part(request)

    def made(self, obj: Object) -> bool:
        return middlewares.is_ours(obj)

    def recipes(self, reading: Reading) -> Recipes:
        if not isinstance(reading, TraefikReading):
            return Recipes()
        return recipes.recipes(reading.own_routes, reading.catalogue, reading.dialect, reading.separator)

    def all_settings(self, snapshot: Snapshot) -> list[Setting]:
        strips = (self._strip_settings(snapshot, {static_config.INTERNAL_ENTRY_POINT}, separator) for separator in "-_")
        traces = tracing.running(self.config(snapshot))
        return [*self._native_settings(None, RELEASES[-1]), *traces, *(setting for settings in strips for setting in settings)]

    def traced(self, wanted: Tracing | None, snapshot: Snapshot, owns: t.Callable[[Setting], bool]) -> Part:
        config, workload = self.config(snapshot), Ref.of(snapshot.workload)
        ours = [setting for setting in tracing.running(config) if owns(setting)]
        if wanted is None:
            return Part(settings=ours)
        if not wanted.endpoint:
            return Part()
        if self.version(snapshot.workload)[:1] == (2,):
            raise InputError("tracing", "Traefik 2 does not speak OpenTelemetry", "Upgrade Traefik to 3.0 or newer, or leave it out.")
        if config.has("tracing") and not ours:
            return Part(findings=[finding("L5D197", workload)])
        return Part(settings=tracing.settings(wanted.endpoint, wanted.sample_rate))

    def chart_edits(self, strategy: str, target: ChartTarget) -> list[Edit]:
        chart_values.refuse_old(strategy, target)
        if strategy == "cluster_ip":
            by_default = _release(target.version).native_lb_default  # before that, routes and Services say it themselves
            # The chart's Gateway provider is off unless it is told otherwise.
            return [setting.values for setting in self._native_settings(None, RELEASES[0])] if by_default else []
        item = ingress_route.middleware_name(target.namespace, middlewares.STRIP_NAME)
        settings = [strip_setting(name, item, chart_values.key_of(target.chart_version)) for name in target.entry_points]
        return [setting.mergeable or setting.values for setting in settings]

    @staticmethod
    def _native_settings(config: StaticConfig | None, release: Release) -> list[Setting]:
        """Of the providers that are on: an option of one that is off would switch it on."""
        gateway = ("kubernetesGateway",) if release.gateway_native_lb_default else ()
        return [
            Setting(
                SetLeaf(("providers", provider, "nativeLBByDefault"), True),
                AddItem((), f"--providers.{provider.lower()}.nativeLBByDefault=true"),
            )
            for provider in ("kubernetesCRD", "kubernetesIngress", *gateway)
            if config is None or config.has(f"providers.{provider.lower()}")
        ]

    def _strip_settings(self, snapshot: Snapshot, named: set[str], separator: str, done: t.Collection[str] = ()) -> list[Setting]:
        """On every HTTP entry point; on Traefik's own only where a route uses it, because its ping must not depend on a Middleware."""
        item = ingress_route.middleware_name(Ref.of(snapshot.workload).namespace, middlewares.STRIP_NAME, separator)
        points = [p for p in self.config(snapshot).entry_points.values() if not p.udp]
        wanted = [p.name for p in points if p.name.lower() != static_config.INTERNAL_ENTRY_POINT or p.name.lower() in named]
        chains = {p.name: [name for chain in p.chains for name in chain if name != item] for p in points}
        keyed = self.ports(snapshot.workload)  # an entry point that is no port of the chart has no key there
        key = chart_values.middlewares_key(snapshot.workload)
        return [strip_setting(name, item, key if name in keyed else (), chains[name]) for name in sorted(wanted) if name not in done]


def _release(number: Version) -> Release:
    """A tag that is no version is most often the newest; it can be looked at, but no strategy is taken for it."""
    return release_for(number) or RELEASES[-1]


def _named_entry_points(routes: t.Iterable[Route]) -> set[str]:
    return {name.lower() for route in routes for rule in route.rules if rule.http for name in rule.entry_points}


def _refuse_unreadable(workload: Ref, config: StaticConfig) -> None:
    """One argument of ours, and Traefik would no longer look at a file or at its environment."""
    if not config.reads_kubernetes:
        raise PlanningError(
            str(workload),
            "the arguments of its container name no Kubernetes provider: its static configuration is somewhere else",
            "Give Traefik its static configuration as arguments; a file or environment variables are not read here.",
        )


def _refuse_command(workload: Ref, container: Object) -> None:
    given = [str(word) for word in container.get("command") or [] if static_config.is_chain(str(word))]
    if given:
        raise PlanningError(
            str(workload),
            f"the command of its container has {given[0]}; beside ours in the arguments, Traefik takes now both, now only the last",
            "Move that option from the command to the arguments, then run again.",
        )


def _refuse_blind(workload: Ref, reading: TraefikReading) -> None:
    """An entry point or a router that names a Middleware which Traefik does not see answers 404."""
    config, provider = reading.config, "providers.kubernetescrd"
    remedy = "Use strategy: cluster_ip, which needs no Middleware, or change that option."
    if not config.has(provider):
        raise PlanningError(str(workload), "Traefik's kubernetescrd provider is off, so it reads no Middlewares", remedy)
    if config.value(f"{provider}.labelselector"):
        raise PlanningError(str(workload), f"its option {provider}.labelselector would hide our Middlewares from it", remedy)
    watched = config.listed(f"{provider}.namespaces")
    needed = {workload.namespace, *(backend.namespace for route in reading.own_routes for _rule, backend in route.backends())}
    unseen = sorted(needed - set(watched))
    if watched and unseen:
        raise PlanningError(str(workload), f"its option {provider}.namespaces leaves out {', '.join(unseen)}", remedy)


TRAEFIK = Traefik()
