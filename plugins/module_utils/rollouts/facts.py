# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is in the mesh and who is not, as facts. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..linkerd.annotations import CREATED_BY, EXTENSION_LABEL
from ..linkerd.injection import is_injectors, proxy_mode
from ..model import Object, Ref
from ..objects.readiness import ready
from .plan import Scope, plan
from .world import Unit, World, units

CNI_LABEL = ("k8s-app", "linkerd-cni")
VERSION_LABEL = "app.kubernetes.io/version"
LIMIT = 500
"""How many workloads are listed; what is left out is counted."""


def workload_facts(world: World) -> Object:
    """Everything that the lists of a rollout tell, without asking the injector."""
    found = [unit for unit in units(world) if not unit.component]
    without = [entry for entry in map(_unmeshed, found) if entry["pods"]]
    pods = sum(len(unit.pods) for unit in found)
    unmeshed = sum(entry["pods"] for entry in without)
    return {
        "injector": _injector(world),
        "pods": {"total": pods, "meshed": pods - unmeshed, "unmeshed": unmeshed},
        "unmeshed": without[:LIMIT],
        "unmeshed_left_out": max(0, len(without) - LIMIT),
        "lagging": [entry.to_dict() for entry in plan(world, Scope(), {}).lagging],
        "extensions": _extensions(world),
    }


def _unmeshed(unit: Unit) -> Object:
    reason = (
        unit.injection.reason or "its pods were made before it was to be meshed, or while the injector was away; l5d_rollout restarts it"
    )
    return {"object": unit.ref.to_dict(), "pods": sum(not proxy_mode(pod) for pod in unit.pods), "reason": reason}


def _injector(world: World) -> list[Object]:
    return [
        {
            "configuration": configuration["metadata"]["name"],
            "failure_policy": hook.get("failurePolicy") or "Fail",
            "namespace_selector": hook.get("namespaceSelector") or {},
            "object_selector": hook.get("objectSelector") or {},
        }
        for configuration in world.configurations
        for hook in configuration.get("webhooks") or []
        if is_injectors(hook)
    ]


def _extensions(world: World) -> list[Object]:
    """By the label of their namespace; the CNI plugin by that of its DaemonSet."""
    found: dict[tuple[str, str], list[Object]] = {}
    for name, space in sorted(world.namespaces.items()):
        extension = (space["metadata"].get("labels") or {}).get(EXTENSION_LABEL)
        if extension:
            found[extension, name] = [live for (_kind, home, _name), live in sorted(world.workloads.items()) if home == name]
    for live in world.workloads.values():
        if (live["metadata"].get("labels") or {}).get(CNI_LABEL[0]) == CNI_LABEL[1]:
            found["cni", live["metadata"]["namespace"]] = [live]
    return [_extension(name, namespace, members) for (name, namespace), members in sorted(found.items(), key=lambda item: item[0])]


def _extension(name: str, namespace: str, members: t.Sequence[Object]) -> Object:
    states = [(Ref.of(live).name, ready(live)) for live in members]
    return {
        "name": name,
        "namespace": namespace,
        "version": next((version for version in map(_version, members) if version), ""),
        "ready": bool(states) and all(state.done for _name, state in states),
        "components": [{"name": part, "ready": state.done, "status": state.words} for part, state in states],
    }


def _version(live: Object) -> str:
    meta, template = live["metadata"], live["spec"]["template"].get("metadata") or {}
    told = (meta.get("annotations") or {}).get(CREATED_BY) or (template.get("annotations") or {}).get(CREATED_BY) or ""
    return str((meta.get("labels") or {}).get(VERSION_LABEL) or told.rpartition(" ")[2])
