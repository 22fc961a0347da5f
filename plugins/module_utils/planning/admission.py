# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The narrow webhook's place in the plan.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..linkerd import injection, narrow_webhook
from ..linkerd.annotations import INJECT
from ..model import Finding, Object, Phase, Ref, Step
from .context import Context, own_step
from .matching import contains

EXCLUDED_NAMESPACES = ("kube-system", "cert-manager")


def steps(context: Context) -> list[Step]:
    wanted, live = wanted_webhook(context), narrow(context)
    if wanted is None:
        return []
    if live is not None and contains(live, wanted):
        return []
    return [own_step(_phase(context), live, wanted, "Linkerd's own webhook leaves this namespace out")]


def wanted_webhook(context: Context) -> Object | None:
    """None where Linkerd's own webhook sees the pods."""
    if not _needed(context):
        return None
    return narrow_webhook.build(context.workload, pod_labels(context), context.snapshot.linkerd_namespace, _original(context))


def removal(context: Context) -> list[Step]:
    """Before the annotations change: what is put back may be an annotation that did nothing before us."""
    live = narrow(context)
    return [own_step(Phase.OBJECTS, live, None, "the controller is no longer meshed by us")] if live is not None else []


def stale_ca(context: Context) -> list[Finding]:
    """With failurePolicy Ignore nobody would hear of a webhook whose CA is not the server's."""
    live, original = narrow(context), _original(context)
    if live is None or original is None or narrow_webhook.ca_bundles(live) == narrow_webhook.ca_bundles(original):
        return []
    return [finding("L5D112", Ref.of(live))]


def narrow(context: Context) -> Object | None:
    return _named(context, narrow_webhook.name_for(context.workload))


def pod_labels(context: Context) -> dict[str, str]:
    selector = (context.snapshot.workload["spec"].get("selector") or {}).get("matchLabels")
    return selector or (context.template.get("metadata") or {}).get("labels") or {}


def _phase(context: Context) -> Phase:
    """Before the settings, so that one rollout does; after them where today's annotation would put pods in ingress mode unguarded."""
    today = ((context.template.get("metadata") or {}).get("annotations") or {}).get(INJECT)
    unguarded = today == "ingress" and narrow(context) is None and not context.intent.allow_relayable
    return Phase.ADMISSION if unguarded else Phase.OBJECTS


def _needed(context: Context) -> bool:
    if context.intent.kube_system != "narrow_webhook" or context.workload.namespace not in EXCLUDED_NAMESPACES:
        return False
    own = narrow(context)
    others = [webhook for webhook in context.snapshot.webhooks if webhook is not own]
    hooks = injection.injector_webhooks(others, context.snapshot.linkerd_namespace)
    return not any(injection.sees(hook, context.snapshot.namespace, pod_labels(context)) for hook in hooks)


def _original(context: Context) -> Object | None:
    return _named(context, injection.INJECTOR_WEBHOOK)


def _named(context: Context, name: str) -> Object | None:
    return next((webhook for webhook in context.snapshot.webhooks if Ref.of(webhook).name == name), None)
