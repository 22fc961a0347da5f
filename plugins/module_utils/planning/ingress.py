# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The joint plan of an ingress controller: routes, settings and workload together.

l5d_ingress_mesh and l5d_header_policy are views of it. Planned together they need one write of the controller's
settings and one rollout, and no half of it can make a route worse than it was.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..controllers.base import Controller, Part
from ..errors import ManagedError, PlanningError
from ..findings import finding
from ..helm_values import merge_values
from ..linkerd import injection
from ..linkerd.annotations import INJECT, INJECT_VALUES
from ..model import Finding, Object, Phase, Plan, Ref, Step, Verdict
from ..persistence.base import HelmValues, Wanted
from ..places import show
from . import admission, adoption, ingress_mode, managed, pods, references, surroundings
from .context import Context, Intent, stored_step
from .managed import Handover
from .references import Timing
from .snapshot import Snapshot
from .verdicts import CODES, verdict_findings, verdicts

REFUSED = {"relayable": "relayable", "auth_bypassed": "open to everybody"}
"""Verdicts with which ingress mode is never begun, and how an error puts them."""


@dataclass(slots=True)
class Joint:
    """The plan, and what it was made from, for whoever applies or shows it."""

    plan: Plan
    strategy: str
    mode: str
    before: list[Verdict]
    expected_template: Object
    injected: injection.Injection
    remedy: str
    """What else helps where a route stays unsafe."""
    store_name: str
    """The object that the settings are written to; k3s names its chart alike."""
    own: list[Object]
    """Our own objects, all of them, whether they are there or not."""
    planned: Snapshot
    """The cluster after the plan, but for a restart."""
    helm: HelmValues | None
    in_values: frozenset[Ref]
    """Objects of the chart's that do what we want of them with these values; nobody needs to write them as well."""
    handovers: list[Handover] = field(default_factory=list)
    """Changes that are left to whoever owns the objects."""


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    strategy: str
    mode: str
    wanted: Wanted
    steps: list[Step]
    findings: list[Finding]
    own: list[Object] = field(default_factory=list)
    remedy: str = ""
    part: Part = field(default_factory=Part)
    settles: bool = True
    """Whether the settings are written now; False leaves them to l5d_ingress_mesh, and the pods as they are."""
    handovers: list[Handover] = field(default_factory=list)


def plan_present(snapshot: Snapshot, intent: Intent, controller: Controller) -> Joint:
    context = Context.of(snapshot, intent, controller)
    _refuse_impossible(context)
    strategy = _strategy(context)
    mode = intent.mode if intent.mode != "auto" else ("ingress" if strategy == "header" else "enabled")
    part = Part() if strategy == "none" else _part(context, strategy)
    wanted = Wanted(pods.wanted_annotations(context, mode) if intent.mesh else _annotations_of_ours(context), part.settings)
    webhooks = admission.steps(context) if intent.mesh else []
    routes = references.plan(context, part, Timing.of(context, wanted, snapshot.after(webhooks)))
    findings = [*part.findings, *routes.findings, *context.store.findings(wanted)]
    draft = _Draft(strategy, mode if intent.mesh else "", wanted, routes.steps, findings, handovers=routes.handovers)
    draft.own += part.objects
    draft.remedy = part.remedy
    draft.part = part
    draft.settles = intent.mesh or _meshed_mode(context) != ""
    if draft.settles:
        _settle(context, draft)
    if intent.mesh:
        draft.steps += webhooks
        draft.own += filter(None, [admission.wanted_webhook(context)])
    if intent.force and intent.writes:
        draft.findings += managed.forced(draft.steps)
    joint = _finish(context, draft)
    if intent.mesh:
        _refuse_uninjected(context, joint)
        _refuse_unadmitted(context, joint)
    if intent.mesh or _meshed_mode(context):
        joint.plan.findings += surroundings.findings(context, joint.expected_template, joint.mode, joint.plan.verdicts)
    _refuse_unsafe(
        context,
        joint,
        "Use strategy: header or cluster_ip; allow_relayable: true if you really want this."
        if intent.mesh
        else "Change the strategy with l5d_ingress_mesh, which changes the proxy's mode with it.",
    )
    _refuse_breaking(joint)
    if intent.mesh:
        _refuse_managed(context, joint)
    return joint


def _part(context: Context, strategy: str) -> Part:
    adopted = adoption.of(context)
    return adopted.part(context.controller.part(strategy, adopted.reading, adopted.snapshot, context.version))


def _settle(context: Context, draft: _Draft) -> None:
    """The settings, or where somebody else keeps them as they are, what that somebody would have to write.

    Without them nothing is taken away that the running pods may need.
    """
    steps = stored_step(context.store, lambda live: context.store.desire(draft.wanted, live))
    kept = managed.keeper(context.store.live, context.intent) is not None
    if steps and kept:
        draft.handovers.append(managed.of_settings(context, draft.wanted, steps[0]))
        if not context.intent.mesh:
            draft.findings.append(draft.handovers[-1].finding("L5D242"))
            draft.steps = [step for step in draft.steps if step.phase < Phase.WORKLOAD]
            draft.settles = False
            return
    draft.steps += steps


def plan_absent(snapshot: Snapshot, intent: Intent, controller: Controller) -> Joint:
    context = Context.of(snapshot, intent, controller)
    store = context.store
    wanted = Wanted({} if intent.mesh else _annotations_of_ours(context))
    lost = [finding("L5D503", store.ref, f"{show(leaf.path)} is now {leaf.now!r}, we had set {leaf.ours!r}") for leaf in store.lost()]
    webhooks = admission.removal(context) if intent.mesh else []
    routes = references.plan(context, Part(), Timing.of(context, wanted, snapshot.after(webhooks)))
    steps = [*routes.steps, *stored_step(store, lambda live: store.desire(wanted, live)), *webhooks]
    joint = _finish(context, _Draft("none", "", wanted, steps, [*lost, *references.lost(context)]))
    if not intent.mesh:
        _refuse_unsafe(context, joint, "Take the controller out of ingress mode first: l5d_ingress_mesh with state: absent.")
    return joint


def waits_first(steps: t.Iterable[Step]) -> bool:
    """Whether something goes that pods of an unfinished rollout may still need, with no rollout of its own before it."""
    phases = {step.phase for step in steps}
    return bool(phases & {Phase.UNREFERENCE, Phase.PRUNE}) and not phases & {Phase.WORKLOAD, Phase.RESTART}


def audit(snapshot: Snapshot, intent: Intent, controller: Controller) -> Plan:
    context = Context.of(snapshot, intent, controller)
    found = verdicts(context.reading, pods.running_now(context))
    around = surroundings.findings(context, context.template, _meshed_mode(context), found)
    others = ingress_mode.findings(ingress_mode.entries(snapshot, found))
    return Plan([], [*context.reading.findings(), *verdict_findings(found), *_workload_findings(context), *around, *others], found)


def _finish(context: Context, draft: _Draft) -> Joint:
    """Predict what will run, add the restart where pods would not follow, and judge every route as it will be."""
    template = pods.template_after(context, draft.wanted) if draft.settles else context.template
    planned = context.snapshot.after(draft.steps)
    hooks = injection.injector_webhooks(planned.webhooks, planned.linkerd_namespace)
    if planned.linkerd is not None and planned.linkerd.expected:
        hooks.append(injection.PUBLISHED_WEBHOOK)
    injected = injection.predict(template, planned.namespace, hooks)
    draft.steps += pods.restart_steps(context, template, injected, planned, draft.steps)
    now = pods.running_now(context)
    before = verdicts(context.reading, now)
    rolls = any(step.phase in (Phase.WORKLOAD, Phase.RESTART) for step in draft.steps)
    rolls = rolls or pods.lagging(context.snapshot, template, context.controller)  # a run was killed while they changed
    then = [pods.running_of(context, template, injected.mode)] if rolls else now
    after = verdicts(context.controller.read(planned), then) if draft.steps or rolls else before
    guarded = pods.guarded_ports(context, template, injected.mode)
    plan = Plan(draft.steps, [*draft.findings, *context.reading.findings(), *guarded, *verdict_findings(after)], after)
    helm = context.store.helm_values(draft.wanted) if draft.settles else None
    in_values: frozenset[Ref] = frozenset()
    if helm is not None and not helm.by_manifest:
        helm, in_values = replace(helm, values=merge_values(draft.part.values, helm.values)), frozenset(draft.part.in_values)
    return Joint(
        plan,
        draft.strategy,
        draft.mode or injected.mode,
        before,
        template,
        injected,
        draft.remedy,
        context.store.ref.name,
        draft.own,
        planned,
        helm,
        in_values,
        draft.handovers,
    )


def _annotations_of_ours(context: Context) -> dict[str, str]:
    """l5d_header_policy leaves the workload's annotations as they are, ours included."""
    live = (context.template.get("metadata") or {}).get("annotations") or {}
    return {key: live[key] for key in pods.KEYS if key in live and context.store.owns_annotation(key)}


def _strategy(context: Context) -> str:
    wanted, possible = context.intent.strategy, context.controller.strategies(context.version)
    if wanted == "none" or wanted in possible:
        return wanted
    if "header" in possible and _mode_to_come(context) == "ingress":
        return "header"
    if not possible:
        number = ".".join(str(part) for part in context.version) or "of an unknown version"
        raise PlanningError(
            str(context.workload),
            f"{context.controller.name} {number} is not supported",
            f"Supported is {context.controller.supported}, told by the tag of its image.",
        )
    if wanted != "auto":
        number = ".".join(str(part) for part in context.version) or "of an unknown version"
        why = context.controller.why_not(wanted)
        raise PlanningError(
            str(context.workload),
            f"{context.controller.name} {number} cannot do strategy {wanted}{f': {why}' if why else ''}",
            f"Use strategy: {possible[0]}." if why else f"Use strategy: {possible[0]}, or upgrade the controller.",
        )
    return possible[0]


def _mode_to_come(context: Context) -> str:
    """Without being asked for a mode, l5d_header_policy takes the one that the controller has."""
    intent = context.intent
    if intent.mesh:
        return "" if intent.mode == "auto" else intent.mode
    return _meshed_mode(context)


def _meshed_mode(context: Context) -> str:
    """Ingress as soon as one pod is in that mode; empty when none has a proxy."""
    modes = {variant.mode for variant in pods.running_now(context)}
    return "ingress" if "ingress" in modes else max(modes, default="")


def _refuse_impossible(context: Context) -> None:
    if context.snapshot.linkerd is None and context.intent.mesh:
        raise PlanningError(
            f"namespace {context.snapshot.linkerd_namespace}",
            "Linkerd is not installed there (it has no ConfigMap linkerd-config)",
            "Install it first, or give linkerd_namespace.",
        )
    if context.template["spec"].get("hostNetwork"):
        raise PlanningError(
            str(context.workload),
            "its pods use hostNetwork, which the proxy injector refuses",
            "Use a LoadBalancer Service or hostPorts instead.",
        )


def _refuse_uninjected(context: Context, joint: Joint) -> None:
    if joint.injected.mode == joint.mode:
        return
    excluded = context.workload.namespace in admission.EXCLUDED_NAMESPACES
    raise PlanningError(
        str(context.workload),
        f"its pods would not get a proxy: {joint.injected.reason}",
        "Set kube_system: narrow_webhook, or move the controller into a namespace of its own."
        if excluded
        else "Change the namespace's label, or the selectors of Linkerd's injector.",
    )


def _refuse_unadmitted(context: Context, joint: Joint) -> None:
    """A rollout whose pods the API server does not let in would not end."""
    reason = surroundings.refusal(context, joint.expected_template) if joint.plan.steps else ""
    if reason:
        raise PlanningError(str(context.workload), f"its pods would be refused: {reason}", finding("L5D314", context.workload).remedy)


def _refuse_unsafe(context: Context, joint: Joint, remedy: str) -> None:
    """No ingress mode with an open door, nor with a header that leads a route astray which it does not do today."""
    safe = {(verdict.object, verdict.rule, verdict.backend) for verdict in joint.before if verdict.safe}
    bad = [
        verdict
        for verdict in joint.plan.verdicts
        if not verdict.safe and (verdict.verdict in REFUSED or (verdict.object, verdict.rule, verdict.backend) in safe)
    ]
    if joint.injected.mode != "ingress" or not bad or context.intent.allow_relayable:
        return
    remedy = joint.remedy or remedy
    first, more = bad[0], f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    raise PlanningError(
        str(first.object),
        f"{first.rule} to {first.backend} would be {REFUSED.get(first.verdict, first.verdict)} in ingress mode: {first.reason}{more}",
        remedy if first.verdict == "relayable" else f"{finding(CODES[first.verdict], first.object).remedy} {remedy}",
    )


def _refuse_breaking(joint: Joint) -> None:
    """What is served today is served tomorrow; an opt-out that its owner does not let us write is the usual reason."""
    served = {(v.object, v.rule, v.backend) for v in joint.before if v.verdict != "broken"}
    broken = [v for v in joint.plan.verdicts if v.verdict == "broken" and (v.object, v.rule, v.backend) in served]
    if not broken:
        return
    first, more = broken[0], f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    owners = sorted({handover.manager.place for handover in joint.handovers if handover.manager})
    raise ManagedError(
        str(first.object),
        f"{first.rule} to {first.backend} is served today and would not be any more: {first.reason}{more}",
        f"Put what the handover of this failure says into {', '.join(owners)}, or set force: true."
        if owners
        else "Use another strategy, or mend what the reason names.",
        [handover.to_dict() for handover in joint.handovers],
    )


def _refuse_managed(context: Context, joint: Joint) -> None:
    """Settings that would be taken back behind our back are worth nothing. What else the change needs stands before them."""
    kept = [handover for handover in joint.handovers if handover.object == context.store.ref]
    if not kept:
        return
    manager = kept[0].manager
    first = [managed.of_step(step) for step in joint.plan.in_order() if step.phase < Phase.WORKLOAD]
    raise ManagedError(
        str(context.store.ref),
        f"{manager} keeps it as it is and would take back what is written there",
        f"Run l5d_header_policy with strategy: {joint.strategy}, which prepares the routes; then put what the handover of this failure "
        f"says into {manager.place if manager else ''}. Or set force: true.",
        [handover.to_dict() for handover in [*first, *joint.handovers]],
    )


def _workload_findings(context: Context) -> list[Finding]:
    value = str(((context.template.get("metadata") or {}).get("annotations") or {}).get(INJECT, ""))
    predicted = injection.predict(context.template, context.snapshot.namespace, pods.injectors(context))
    running = pods.running_now(context)
    found = admission.stale_ca(context)
    said = ((context.workload, context.template), (Ref("v1", "Namespace", context.workload.namespace), context.snapshot.namespace))
    if context.snapshot.linkerd is None:
        found.append(finding("L5D101", Ref("v1", "Namespace", context.snapshot.linkerd_namespace)))
    if context.template["spec"].get("hostNetwork"):
        found.append(finding("L5D303", context.workload))
    if value and value not in INJECT_VALUES:
        found.append(finding("L5D302", context.workload, repr(value)))
    found += [finding("L5D306", ref, detail) for ref, obj in said for detail in pods.bad_ports(obj)]
    found += pods.guarded_ports(context, context.template, predicted.mode)
    if value in ("enabled", "ingress") and not predicted.mode:
        found.append(finding("L5D111", context.workload, predicted.reason))
    if not any(variant.mode for variant in running):
        found.append(finding("L5D301", context.workload, predicted.reason))
    elif any(variant.mode != predicted.mode for variant in running):
        found.append(finding("L5D304", context.workload, f"the template asks for {predicted.mode or 'no proxy'}"))
    return found
