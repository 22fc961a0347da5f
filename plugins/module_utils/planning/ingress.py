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
from ..errors import PlanningError
from ..findings import finding
from ..helm_values import merge_values
from ..linkerd import injection
from ..linkerd.annotations import INJECT, INJECT_VALUES
from ..model import Finding, Object, Phase, Plan, Ref, Step, Verdict
from ..persistence.base import HelmValues, Wanted
from ..places import show
from . import admission, adoption, ingress_mode, managed, pods, references, refusals, surroundings
from .context import Context, Intent, stored_step
from .managed import Handover
from .references import Timing
from .snapshot import Snapshot
from .verdicts import verdict_findings, verdicts


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
    refusals.impossible(context)
    strategy = _strategy(context)
    mode = intent.mode if intent.mode != "auto" else ("ingress" if strategy == "header" else "enabled")
    part = (Part() if strategy == "none" else _part(context, strategy)).joined(_traced(context))
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
        refusals.uninjected(context, joint)
        refusals.unadmitted(context, joint)
    if intent.mesh or _meshed_mode(context):
        joint.plan.findings += surroundings.findings(context, joint.expected_template, joint.mode, joint.plan.verdicts)
    refusals.unsafe(
        context,
        joint,
        "Use strategy: header or cluster_ip; allow_relayable: true if you really want this."
        if intent.mesh
        else "Change the strategy with l5d_ingress_mesh, which changes the proxy's mode with it.",
    )
    refusals.breaking(joint)
    if intent.mesh:
        refusals.managed(context, joint)
    return joint


def _part(context: Context, strategy: str) -> Part:
    adopted = adoption.of(context)
    return adopted.part(context.controller.part(strategy, adopted.reading, adopted.snapshot, context.version))


def _traced(context: Context) -> Part:
    """Tracing belongs to the workload: l5d_header_policy leaves it as it is."""
    intent = context.intent
    return context.controller.traced(intent.tracing if intent.mesh else None, context.snapshot, context.store.owns)


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
    part = Part() if intent.mesh else _traced(context)
    wanted = Wanted({} if intent.mesh else _annotations_of_ours(context), part.settings)
    lost = [finding("L5D503", store.ref, f"{show(leaf.path)} is now {leaf.now!r}, we had set {leaf.ours!r}") for leaf in store.lost()]
    webhooks = admission.removal(context) if intent.mesh else []
    routes = references.plan(context, part, Timing.of(context, wanted, snapshot.after(webhooks)))
    steps = [*routes.steps, *stored_step(store, lambda live: store.desire(wanted, live)), *webhooks]
    joint = _finish(context, _Draft("none", "", wanted, steps, [*lost, *references.lost(context)]))
    if not intent.mesh:
        refusals.unsafe(context, joint, "Take the controller out of ingress mode first: l5d_ingress_mesh with state: absent.")
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
