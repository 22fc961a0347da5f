# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services by their ClusterIP: one key of the controller's ConfigMap, and opt-outs for the Ingresses that must not.

Where there is no such key to set, each Ingress says it for itself.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import Part
from ..findings import finding
from ..managers import manager_of
from ..model import Finding, Object, Ref
from ..ownership import Edit, SetLeaf, rewrite
from ..places import Path
from ..routes.base import Backend
from .sites import SERVICE_UPSTREAM, Key, Site, deciders, key_of


def part(sites: t.Sequence[Site], config: Object | None) -> Part:
    """O(config) is the controller's ConfigMap where it has the key, else None."""
    config_map = Ref.of(config) if config else None
    opt_outs = _opt_outs(sites)
    said = {site.route.ref: _path(site) for site in sites if site.owners is None}
    switch: list[Edit] = [SetLeaf(("data", SERVICE_UPSTREAM), "true")]

    def edits(obj: Object) -> list[Edit]:
        ref = Ref.of(obj)
        if ref not in said:
            return list(switch) if ref == config_map else []
        if config_map is None:
            return [] if ref in opt_outs else [SetLeaf(said[ref], "true")]
        return [SetLeaf(said[ref], "false")] if ref in opt_outs else []

    values = {"controller": {"config": {SERVICE_UPSTREAM: "true"}}} if config_map else {}
    in_values = [config_map] if config_map else []
    return Part(edits=edits, findings=[*_undone(config), *dict.fromkeys(_findings(sites, opt_outs))], values=values, in_values=in_values)


def why_not(site: Site, backend: Backend) -> str:
    """The finding that says why this backend must be dialled pod by pod."""
    if backend.kind != "Service" or backend.problem or backend.external:
        return ""
    if backend.headless:
        return "L5D205"
    if site.names_target(backend):
        return "L5D234"
    return "L5D206" if site.sticky else ""


def _opt_outs(sites: t.Sequence[Site]) -> dict[Ref, Site]:
    """Ingresses with such a backend, and those that decide over it. A headless Service needs none: the controller falls back."""
    deciding: dict[Key, Site] = deciders(sites)
    found: dict[Ref, Site] = {}
    for site in sites:
        if site.owners is True:
            continue
        for _rule, backend in site.route.backends():
            if why_not(site, backend) in ("L5D206", "L5D234"):
                found.setdefault(site.route.ref, site)
                decider = deciding[key_of(backend)]
                if decider.owners is None:
                    found.setdefault(decider.route.ref, site)
    return found


def _findings(sites: t.Sequence[Site], opt_outs: t.Mapping[Ref, Site]) -> t.Iterator[Finding]:
    for site in sites:
        ref = site.route.ref
        if site.owners is False:
            yield finding("L5D233", ref)
        if ref in opt_outs and opt_outs[ref].route.ref != ref:
            yield finding("L5D206", ref, f"it decides for {opt_outs[ref].route.ref}, which shares a backend with it")
        for _rule, backend in site.route.backends():
            code = why_not(site, backend)
            if code == "L5D205" or (code == "L5D206" and site.owners is not True):
                yield finding(code, ref, f"{backend}, {site.sticky}" if code == "L5D206" else str(backend))


def _undone(config: Object | None) -> t.Iterator[Finding]:
    """Without values of its own the chart renders its data as null, and by that Helm 3 empties it at each upgrade (seen)."""
    manager = manager_of(config) if config else None
    if config and manager and manager.kind == "helm" and not rewrite(config, []).get("data"):
        yield finding("L5D248", Ref.of(config), f"{manager}, for as long as its controller.config is empty")


def _path(site: Site) -> Path:
    return ("metadata", "annotations", f"{site.prefix}/{SERVICE_UPSTREAM}")
