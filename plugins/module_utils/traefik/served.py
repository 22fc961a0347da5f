# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects a Traefik serves, by its classes, options and release.

Facts: shouldProcessIngress and the informers of Traefik's Kubernetes providers. An Ingress that names a class in its
spec is served for an IngressClass of Traefik's own; one without is served for the annotation, where neither an
annotation nor the option ingressClass matches too. A default IngressClass is written into an Ingress when it is
created, so it needs no rule of its own.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..linkerd.selectors import matches
from ..model import Object
from ..planning.snapshot import Snapshot
from ..routes import ingress, ingress_route, traefik_service
from ..routes.base import mapping, text
from .label_selector import parse_selector
from .releases import Release
from .static_config import StaticConfig

INGRESS_CONTROLLER = "traefik.io/ingress-controller"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "traefik"
INGRESS, CRD = "providers.kubernetesingress", "providers.kubernetescrd"


@dataclass(frozen=True, slots=True)
class Provider:
    """What one of Traefik's Kubernetes providers looks at. C(namespaces): empty for all."""

    on: bool
    ingress_class: str
    namespaces: frozenset[str]
    selector: Object
    may_refer: frozenset[str] | None
    """Namespaces whose objects may name what another provider defines; None for all."""

    @classmethod
    def of(cls, config: StaticConfig, section: str, release: Release) -> Provider:
        guarded = release.cross_provider_namespaces and f"{section}.crossprovidernamespaces" in config.options
        return cls(
            config.has(section),
            config.value(f"{section}.ingressclass"),
            frozenset(config.listed(f"{section}.namespaces")),
            parse_selector(config.value(f"{section}.labelselector")),
            frozenset(config.listed(f"{section}.crossprovidernamespaces")) if guarded else None,
        )

    def watches(self, obj: Object) -> bool:
        meta = mapping(obj.get("metadata"))
        if self.namespaces and text(meta.get("namespace")) not in self.namespaces:
            return False
        return not self.selector or matches(self.selector, mapping(meta.get("labels")))

    def refuses(self, namespace: str) -> bool:
        """Whether it drops what names another provider's middlewares from there. To an Ingress, all of them are another's."""
        return self.may_refer is not None and namespace not in self.may_refer

    def wants(self, name: str) -> bool:
        """Whether an object of that class, or of none, is for this Traefik."""
        return name == self.ingress_class or (not self.ingress_class and name == DEFAULT_CLASS)


def dialect(release: Release) -> ingress.Dialect:
    """The annotations that this release reads. service.middlewares is an error to those before 3.7 (seen on 3.0.4)."""
    prefix = "traefik.ingress.kubernetes.io"
    if not release.ingress_annotations:
        return ingress.Dialect()
    return ingress.Dialect(
        chain=f"{prefix}/router.middlewares",
        entry_points=f"{prefix}/router.entrypoints",
        service_chain=f"{prefix}/service.middlewares" if release.service_middlewares else "",
        service_native_lb=f"{prefix}/service.nativelb" if release.native_lb else "",
        service_sticky=f"{prefix}/service.sticky.cookie",
        service_refused=() if release.service_middlewares else (f"{prefix}/service.middlewares",),
    )


def separator(config: StaticConfig, release: Release) -> str:
    """Between namespace and name where a Middleware is named across providers."""
    return ingress_route.SAFE_SEPARATOR if release.safe_naming and config.flag(f"{CRD}.safenaming") else ingress_route.SEPARATOR


def ingresses(snapshot: Snapshot, config: StaticConfig, release: Release) -> t.Iterator[Object]:
    provider = Provider.of(config, INGRESS, release)
    if provider.on:
        classes = _classes(snapshot, config, provider)
        for obj in snapshot.of(ingress.KIND):
            if provider.watches(obj) and _serves_ingress(obj, classes, provider, release):
                yield obj


def own_kinds(snapshot: Snapshot, config: StaticConfig, release: Release, *kinds: str) -> t.Iterator[Object]:
    """Objects of Traefik's own kinds for this Traefik; only routes have a class."""
    provider = Provider.of(config, CRD, release)
    if provider.on:
        for kind in kinds:
            for obj in in_groups(snapshot, kind, release):
                if provider.watches(obj) and (kind == traefik_service.KIND or provider.wants(_class_of(obj))):
                    yield obj


def in_groups(snapshot: Snapshot, kind: str, release: Release) -> t.Iterator[Object]:
    """Objects of Traefik's own kinds, in the API groups where this release looks for them."""
    return (obj for obj in snapshot.of(kind) if obj.get("apiVersion") in release.crd_groups)


def home_group(snapshot: Snapshot, kind: str, release: Release) -> str:
    """The API group where objects of ours go: the newest that both Traefik and the API know."""
    served = [group for group in release.crd_groups if (group, kind) not in snapshot.unserved]
    return (served or release.crd_groups)[0]


def _classes(snapshot: Snapshot, config: StaticConfig, provider: Provider) -> set[str]:
    """Without them, an Ingress that names a class in its spec is not served at all."""
    if config.flag(f"{INGRESS}.disableingressclasslookup") or config.flag(f"{INGRESS}.disableclusterscoperesources"):
        return set()
    names = {
        text(mapping(c.get("metadata")).get("name"))
        for c in snapshot.of("IngressClass")
        if mapping(c.get("spec")).get("controller") == INGRESS_CONTROLLER
    }
    return {name for name in names if provider.ingress_class in ("", name)}


def _serves_ingress(obj: Object, classes: set[str], provider: Provider, release: Release) -> bool:
    named = mapping(obj.get("spec")).get("ingressClassName")
    if named is not None and release.ingress_classes:
        return text(named) in classes
    return provider.wants(_annotated(obj))


def _class_of(obj: Object) -> str:
    return text(mapping(obj.get("spec")).get("ingressClassName")) or _annotated(obj)


def _annotated(obj: Object) -> str:
    return text(mapping(mapping(obj.get("metadata")).get("annotations")).get(CLASS_ANNOTATION))
