# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which workloads lag, which of them are restarted in which order, and why others are not. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..errors import InputError
from ..findings import finding
from ..model import Finding, Object, Ref
from ..objects.readiness import ready
from .lag import AGE, NO_PROXY, REASONS, SETTINGS, TRUST_BUNDLE, UNWANTED, VERSION, Answer, hands_out_another_bundle, lags_of, too_old
from .world import INJECTOR, RESTARTABLE, Unit, World, units

CODES = {NO_PROXY: "L5D330", VERSION: "L5D331", TRUST_BUNDLE: "L5D332", SETTINGS: "L5D333", UNWANTED: "L5D334", AGE: "L5D428"}
CONTROL_PLANE_ORDER = ("identity", "destination", INJECTOR)

Answers = t.Mapping[Ref, Answer]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a user asked for."""

    namespaces: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    workloads: tuple[tuple[str, str, str], ...] = ()
    reasons: tuple[str, ...] = REASONS
    control_plane: bool = False
    older_than: str = ""

    def covers(self, unit: Unit) -> bool:
        ref = unit.ref
        if ref.namespace in self.exclude or (self.namespaces and ref.namespace not in self.namespaces):
            return False
        return not self.workloads or (ref.kind, ref.namespace, ref.name) in self.workloads


@dataclass(frozen=True, slots=True)
class Lagging:
    """A workload whose pods are not what they would be today; C(skipped) says why it is not restarted."""

    unit: Unit
    lags: dict[str, str]
    skipped: str = ""

    def to_dict(self) -> Object:
        return {
            "object": self.unit.ref.to_dict(),
            "pods": sorted(pod["metadata"]["name"] for pod in self.unit.pods),
            "reasons": list(self.lags),
            "detail": "; ".join(self.lags.values()),
        }

    def findings(self) -> list[Finding]:
        return [finding(CODES[reason], self.unit.ref, detail) for reason, detail in self.lags.items()]


@dataclass(slots=True)
class RolloutPlan:
    """C(control_plane) goes before C(restart); C(under_way) is only waited for."""

    lagging: list[Lagging] = field(default_factory=list)
    control_plane: list[Unit] = field(default_factory=list)
    restart: list[Unit] = field(default_factory=list)
    under_way: list[Unit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    silent: bool = False
    """The injector adds no proxy to any pod that it should: a restart would take proxies away."""

    @property
    def skipped(self) -> list[tuple[Ref, str]]:
        return [(entry.unit.ref, entry.skipped) for entry in self.lagging if entry.skipped] + [
            (unit.ref, "a rollout is under way, which replaces the pods that lag") for unit in self.under_way
        ]


def in_scope(world: World, scope: Scope) -> list[Unit]:
    """The workloads to judge. One that was named and does not exist is an error, not an empty result."""
    for kind, namespace, name in scope.workloads:
        if (kind, namespace, name) not in world.workloads:
            raise InputError(f"workloads: {kind} {namespace}/{name}", "does not exist", "Correct the name, the namespace or the kind.")
    for namespace in scope.namespaces:
        if namespace not in world.namespaces:
            raise InputError(f"namespaces: {namespace}", "does not exist", "Correct the name.")
    found = [unit for unit in units(world) if scope.covers(unit)]
    return [unit for unit in found if not unit.component or scope.control_plane]


def questions(world: World, scope: Scope, chosen: t.Collection[Ref] | None = None) -> list[Unit]:
    """Whose pod template the API is asked about: all that the injector would mesh, or those C(chosen) to be restarted."""
    found = [unit for unit in in_scope(world, scope) if unit.live is not None and unit.injection.mode]
    return found if chosen is None else [unit for unit in found if unit.ref in chosen]


def plan(world: World, scope: Scope, answers: Answers) -> RolloutPlan:
    result = RolloutPlan()
    stale = _stale_injector(world, scope)
    for unit in in_scope(world, scope):
        answer = answers.get(unit.ref)
        lags = _lags(unit, unit.newest, world, scope, answer)
        all_lags = _lags(unit, unit.pods, world, scope, answer)
        if all_lags and (not lags or unit.is_unbegun):
            result.under_way.append(unit)
        elif lags:
            skipped = hindrance(unit, answer) or ("" if stale else _late_injector(world, answer))
            result.lagging.append(Lagging(unit, lags, skipped))
    if stale and stale.unit.ref not in (entry.unit.ref for entry in result.lagging):
        result.lagging.append(stale)
    result.silent = _is_silent(world, scope, answers)
    restart = [entry.unit for entry in result.lagging if not entry.skipped]
    result.restart = sorted((unit for unit in restart if not unit.component), key=_order)
    result.control_plane = sorted((unit for unit in restart if unit.component), key=_control_plane_order)
    result.findings = _findings(result, answers)
    return result


def _lags(unit: Unit, pods: t.Sequence[Object], world: World, scope: Scope, answer: Answer | None) -> dict[str, str]:
    found = {reason: detail for reason, detail in lags_of(unit, pods, world, answer).items() if reason in scope.reasons}
    return found | (too_old(pods, scope.older_than) if scope.older_than else {})


def _stale_injector(world: World, scope: Scope) -> Lagging | None:
    """Where it may still hand out what is no longer in force, it goes first, or restarted pods would lag again."""
    if not set(scope.reasons) & {VERSION, TRUST_BUNDLE, SETTINGS} or not questions(world, scope):
        return None
    for unit in units(world):
        if unit.component == INJECTOR and unit.live is not None:
            lags = lags_of(unit, unit.newest, world, None)
            return Lagging(unit, {SETTINGS: lags[SETTINGS]}) if SETTINGS in lags else None
    return None


def _late_injector(world: World, answer: Answer | None) -> str:
    if not hands_out_another_bundle(answer, world.mesh):
        return ""
    return (
        "the injector hands out another trust bundle than the one in force; "
        f"`kubectl -n {world.mesh.namespace} rollout restart deployment linkerd-{INJECTOR}`, then run this again"
    )


def _order(unit: Unit) -> tuple[bool, str, Ref]:
    """What was not ready before may never be; it must not keep the others waiting."""
    return unit.live is not None and not ready(unit.live).done, unit.ref.namespace, unit.ref


def _control_plane_order(unit: Unit) -> tuple[int, Ref]:
    order = CONTROL_PLANE_ORDER
    return (order.index(unit.component) if unit.component in order else len(order)), unit.ref


def hindrance(unit: Unit, answer: Answer | None) -> str:
    """Why a restart is not for us to do, or would not help; empty where it is and does."""
    ref, where = unit.ref, f"kubectl -n {unit.ref.namespace}"
    if unit.live is None or ref.kind not in RESTARTABLE:
        return _without_controller(ref, where)
    if unit.waits_for_somebody:
        return _waiting_for_somebody(unit, where)
    if unit.by_hand and not unit.component:
        return "its template carries the proxy; inject it anew (linkerd inject --manual), or annotate it and take the proxy out"
    if answer and answer.refused and answer.error:
        return f"the API would refuse its new pods: {answer.error.reason}"
    if answer and answer.pod is not None and answer.proxy is None:
        return "the injector adds no proxy to its pods although it should; a restart would take away what they have"
    return ""


def _waiting_for_somebody(unit: Unit, where: str) -> str:
    if unit.live is not None and unit.live["spec"].get("paused"):
        return f"it is paused; see `{where} rollout resume deployment {unit.ref.name}`"
    return (
        "its updateStrategy (OnDelete, or a partition) leaves it to somebody to replace pods; "
        f"do so with `{where} delete pod <name>`, one after the other"
    )


def _without_controller(ref: Ref, where: str) -> str:
    if ref.kind == "Pod":
        return "a bare pod, which nothing would make again; delete and create it yourself"
    if ref.kind == "Job":
        return "a Job's pods are not restarted; the next run gets what is in force then"
    if ref.kind == "ReplicaSet":
        return f"a ReplicaSet without a Deployment; `{where} delete pod <name>`, one after the other, and it makes new ones"
    return f"pods of {ref.kind} {ref.name}, which is not restarted here; use what it is managed with"


def _is_silent(world: World, scope: Scope, answers: Answers) -> bool:
    asked = [answer for unit in questions(world, scope) if (answer := answers.get(unit.ref)) and answer.pod is not None]
    return bool(asked) and all(answer.proxy is None for answer in asked)


def _findings(result: RolloutPlan, answers: Answers) -> list[Finding]:
    found = [one for entry in result.lagging for one in entry.findings()]
    for entry in result.lagging:
        if entry.skipped:
            answer = answers.get(entry.unit.ref)
            found.append(finding("L5D336" if answer and answer.refused else "L5D335", entry.unit.ref, entry.skipped))
    unasked = [(ref, answer.error) for ref, answer in answers.items() if answer.error is not None and not answer.refused]
    if unasked:
        ref, error = unasked[0]
        more = f", and {len(unasked) - 1} more" if len(unasked) > 1 else ""
        found.append(finding("L5D337", ref, f"{error.reason}{more}"))
    if result.silent:
        found.append(finding("L5D338", next(iter(answers))))
    return found
