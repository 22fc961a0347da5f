# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes every proxy away while the control plane still serves them, so that it can go afterwards.

First the injector's webhooks: from then on new pods come up without a proxy, whatever they are annotated with. Then
every workload whose pods have one is restarted. What nothing would restart is an error before anything is changed.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..apply_plan import IncompleteError, execute
from ..cluster import Seen
from ..errors import InputError, L5dError, PlanningError, RolloutError
from ..findings import finding
from ..linkerd.annotations import INJECT
from ..managers import manager_of
from ..model import Finding, Object, Phase, Ref, Step
from .gather import ask, gather
from .lag import UNWANTED
from .plan import RolloutPlan, Scope, plan, questions
from .restart import restart, restarting, result_of
from .waiting import wait_all

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from .world import World

ASKING = ("enabled", "ingress")
NAMED = 5
FORGET_SECONDS = 30.0
"""An API server knows within a second or two that a webhook went."""


def uninject(cluster: Cluster, scope: Scope, params: t.Mapping[str, t.Any], *, check_mode: bool) -> Object:
    """The state absent of the module."""
    if scope.namespaces or scope.workloads:
        raise InputError("state: absent", "is for the whole cluster", "Leave out namespaces and workloads; exclude_namespaces works.")
    scope, strip = Scope(exclude=scope.exclude, reasons=(UNWANTED,)), bool(params["strip_annotations"])
    world = gather(cluster)
    found = _plan(world, scope)
    held = [entry for entry in found.lagging if entry.skipped]
    if held and not params["force"]:
        raise _held(found)
    first = [_removal(one) for one in world.configurations]
    first += [_without_annotation(one) for one in _annotated_namespaces(world, scope)] if strip else []
    restarts = _restarts(world, scope, found, strip=strip)
    if not strip:
        found.findings += _inert(world, scope)
    if check_mode:
        return result_of(found, execute(cluster, [*first, *restarts], check_mode=True))
    done: list[Step] = []
    try:
        done += execute(cluster, first, check_mode=False)
        _until_forgotten(cluster, world, scope, params["wait_timeout"])
        for start in range(0, len(restarts), params["batch"]):
            done += restart(cluster, restarts[start : start + params["batch"]], params["wait_timeout"])
        wait_all(cluster, {unit.ref: "" for unit in found.under_way}, params["wait_timeout"])
        _refuse_leftovers(_plan(gather(cluster), scope))
    except IncompleteError as error:
        raise IncompleteError(error, [*done, *error.done]) from error
    except L5dError as error:
        raise IncompleteError(error, done) from error
    return result_of(found, done)


def _plan(world: World, scope: Scope) -> RolloutPlan:
    """As it will be without the injector."""
    return plan(replace(world, mesh=replace(world.mesh, webhooks=())), scope, {})


def _held(found: RolloutPlan) -> PlanningError:
    held = [entry for entry in found.lagging if entry.skipped]
    named = "; ".join(f"{entry.unit.ref}: {entry.skipped}" for entry in held[:NAMED])
    more = f"; and {len(held) - NAMED} more" if len(held) > NAMED else ""
    return PlanningError(
        f"{len(held)} workload(s) with a proxy",
        f"cannot be restarted here, and would be cut off once Linkerd is gone. {named}{more}",
        "Nothing was changed. Do what each reason says, or go on without them by force: true.",
        code="held",
    )


def _restarts(world: World, scope: Scope, found: RolloutPlan, *, strip: bool) -> list[Step]:
    """What has a proxy; and, where annotations go too, whatever is annotated."""
    steps = [restarting(unit.live, strip=strip and _is_free(unit.live)) for unit in found.restart if unit.live]
    known = {step.object for step in steps} | {unit.ref for unit in found.under_way}
    if strip:
        steps += [restarting(live, strip=True) for live in _annotated_workloads(world, scope) if Ref.of(live) not in known]
    return steps


def _removal(configuration: Object) -> Step:
    why = "Linkerd's injector adds no more proxies"
    return Step(Phase.ADMISSION, Ref.of(configuration), lambda _live: None, why, own=True, before=configuration, after=None)


def _without_annotation(namespace: Object) -> Step:
    def desire(live: Object | None) -> Object | None:
        if live is None:
            return None
        meta = live["metadata"]
        kept = {key: value for key, value in (meta.get("annotations") or {}).items() if key != INJECT}
        return {**live, "metadata": {**meta, "annotations": kept}}

    return Step(
        Phase.ADMISSION, Ref.of(namespace), desire, f"{INJECT} asks for nothing any more", before=namespace, after=desire(namespace)
    )


def _annotated_namespaces(world: World, scope: Scope) -> list[Object]:
    return [space for name, space in sorted(world.namespaces.items()) if name not in scope.exclude and _asks(space) and _is_free(space)]


def _annotated_workloads(world: World, scope: Scope) -> list[Object]:
    return [
        live
        for (_kind, namespace, _name), live in sorted(world.workloads.items())
        if namespace not in scope.exclude and _asks(live["spec"]["template"]) and _is_free(live)
    ]


def _asks(obj: Object) -> bool:
    return ((obj.get("metadata") or {}).get("annotations") or {}).get(INJECT) in ASKING


def _is_free(obj: Object) -> bool:
    """Whether nobody would put the annotation back."""
    manager = manager_of(obj)
    return manager is None or not manager.fights_back


def _inert(world: World, scope: Scope) -> list[Finding]:
    annotated = [*_annotated_namespaces(world, scope), *_annotated_workloads(world, scope)]
    return [finding("L5D340", Ref.of(obj)) for obj in annotated]


def _until_forgotten(cluster: Cluster, world: World, scope: Scope, timeout: float) -> None:
    """A pod that is made while the API server still knows the webhook would get a proxy again."""
    asked = questions(world, scope)[:1]
    if not asked:
        return

    def look() -> Seen:
        (answer,) = ask(cluster, asked).values()
        return Seen(done=answer.proxy is None, words="the API server still sends pods to the injector")

    remedy = "Somebody may put the webhook back: kubectl get mutatingwebhookconfigurations -o yaml."
    cluster.wait("Linkerd's injector", look, timeout=min(timeout, FORGET_SECONDS), remedy=remedy)


def _refuse_leftovers(found: RolloutPlan) -> None:
    left = [entry for entry in found.lagging if not entry.skipped]
    if left:
        raise RolloutError(
            str(left[0].unit.ref),
            "was restarted and has a proxy all the same",
            "Somebody may have put the injector's webhook back: kubectl get mutatingwebhookconfigurations.",
            code="still_lagging",
        )
