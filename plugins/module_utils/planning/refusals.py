# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not done, however it was asked for: each raises an error that names the object, the reason and the remedy.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..errors import ManagedError, PlanningError
from ..findings import finding
from ..model import Phase
from . import admission, surroundings
from . import managed as managing
from .context import Context
from .verdicts import CODES

if t.TYPE_CHECKING:
    from .ingress import Joint

REFUSED = {"relayable": "relayable", "auth_bypassed": "open to everybody"}
"""Verdicts with which ingress mode is never begun, and how an error puts them."""


def impossible(context: Context) -> None:
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


def uninjected(context: Context, joint: Joint) -> None:
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


def unadmitted(context: Context, joint: Joint) -> None:
    """A rollout whose pods the API server does not let in would not end."""
    reason = surroundings.refusal(context, joint.expected_template) if joint.plan.steps else ""
    if reason:
        raise PlanningError(str(context.workload), f"its pods would be refused: {reason}", finding("L5D314", context.workload).remedy)


def unsafe(context: Context, joint: Joint, remedy: str) -> None:
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


def breaking(joint: Joint) -> None:
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


def managed(context: Context, joint: Joint) -> None:
    """Settings that would be taken back behind our back are worth nothing. What else the change needs stands before them."""
    kept = [handover for handover in joint.handovers if handover.object == context.store.ref]
    if not kept:
        return
    manager = kept[0].manager
    first = [managing.of_step(step) for step in joint.plan.in_order() if step.phase < Phase.WORKLOAD]
    raise ManagedError(
        str(context.store.ref),
        f"{manager} keeps it as it is and would take back what is written there",
        f"Run l5d_header_policy with strategy: {joint.strategy}, which prepares the routes; then put what the handover of this failure "
        f"says into {manager.place if manager else ''}. Or set force: true.",
        [handover.to_dict() for handover in [*first, *joint.handovers]],
    )
