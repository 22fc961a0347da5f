# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's pods: what they are, what they will be, and what makes them so.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..controllers.base import Controller, Running
from ..errors import InputError
from ..findings import finding
from ..linkerd import injection, ports
from ..linkerd.annotations import CONFIG_PREFIX, INBOUND_POLICY, INJECT, SKIP_INBOUND, SKIP_OUTBOUND
from ..linkerd.intent import skip_annotations
from ..model import Finding, Object, Phase, Step
from ..ownership import AddItem, Edit, rewrite
from ..persistence.base import Wanted
from .context import Context, foreign_step
from .snapshot import Snapshot

RESTARTED = "kubectl.kubernetes.io/restartedAt"
KEYS = (INJECT, SKIP_INBOUND, SKIP_OUTBOUND)


def wanted_annotations(context: Context, mode: str) -> dict[str, str]:
    """Port lists keep what holds without us, which an annotation of ours would replace."""
    intent = context.intent
    names = context.controller.ports(context.snapshot.workload)
    listeners = [str(port) for port in context.controller.listeners(context.snapshot.workload).values()]
    if _authenticates(context, context.template):
        listeners += [str(names[name]) for name in context.controller.api_server_ports if name in names]
    inbound = listeners if intent.skip_inbound == "auto" else intent.skip_inbound
    outbound = (["443"] if mode == "ingress" else []) if intent.skip_outbound == "auto" else intent.skip_outbound
    without_us = _skipped_without_us(context)
    return {INJECT: mode} | skip_annotations(
        inbound, outbound, names=names, default_inbound=without_us[SKIP_INBOUND], default_outbound=without_us[SKIP_OUTBOUND]
    )


def guarded_ports(context: Context, template: Object, mode: str) -> list[Finding]:
    """Ports on which the proxy would turn the API server away, which has no certificate to show."""
    if not mode or not _authenticates(context, template):
        return []
    linkerd, names = context.snapshot.linkerd, context.controller.ports(context.snapshot.workload)
    default = linkerd.skip_inbound if linkerd else ports.DEFAULT_SKIP
    skipped = ports.lenient(str(_effective(context, template).get(SKIP_INBOUND, default)))
    shut = [names[name] for name in context.controller.api_server_ports if name in names]
    return [finding("L5D238", context.workload, str(port)) for port in shut if not ports.contains(skipped, port)]


def _authenticates(context: Context, template: Object) -> bool:
    """Whether the proxies of these pods want every caller to prove who it is."""
    default = context.snapshot.linkerd.inbound_policy if context.snapshot.linkerd else ""
    policy = str(_effective(context, template).get(INBOUND_POLICY, default))
    return policy.endswith("-authenticated") or policy == "deny"


def _effective(context: Context, template: Object) -> Object:
    return injection.effective_annotations(template, context.snapshot.namespace)


def _skipped_without_us(context: Context) -> dict[str, str]:
    """The pod template's own lists, else the namespace's, else those of the installation."""
    linkerd, store = context.snapshot.linkerd, context.store
    live = (context.template.get("metadata") or {}).get("annotations") or {}
    theirs = {key: value for key, value in live.items() if not store.owns_annotation(key)}
    template = {"metadata": {"annotations": {**theirs, **store.restored_annotations(Wanted())}}}
    defaults = {
        SKIP_INBOUND: linkerd.skip_inbound if linkerd else ports.DEFAULT_SKIP,
        SKIP_OUTBOUND: linkerd.skip_outbound if linkerd else ports.DEFAULT_SKIP,
    }
    given = {**defaults, **injection.effective_annotations(template, context.snapshot.namespace)}
    return {key: ports.render(ports.lenient(given[key])) for key in defaults}


def template_after(context: Context, wanted: Wanted) -> Object:
    """The pod template once the settings are in force, whoever brings that about."""
    template, controller, store = context.template, context.controller, context.store
    settings = [setting.argument for setting in wanted.settings]
    ours = [s.argument for s in controller.all_settings(context.snapshot) if store.owns(s) and s.argument not in settings]
    container = controller.find_container(template["spec"])
    bare = _without(list(container.get("args") or []), ours)
    arguments = rewrite({"args": bare}, [replace(edit, path=("args",)) for edit in settings])["args"] if settings else bare
    metadata = template.get("metadata") or {}
    live = metadata.get("annotations") or {}
    kept = {key: value for key, value in live.items() if key not in KEYS or key in wanted.annotations or not store.owns_annotation(key)}
    containers = [{**c, "args": arguments} if c is container and arguments else c for c in template["spec"]["containers"]]
    return {
        **template,
        "metadata": {**metadata, "annotations": {**kept, **store.restored_annotations(wanted), **wanted.annotations}},
        "spec": {**template["spec"], "containers": containers},
    }


def lagging(snapshot: Snapshot, template: Object, controller: Controller) -> bool:
    """Whether a pod runs that was made from another template, as after a run that was killed during its rollout."""
    return any(not template_matches(_as_made(pod, template, snapshot.namespace), template, controller) for pod in snapshot.pods)


def _as_made(pod: Object, template: Object, namespace: Object) -> Object:
    """The pod without what the injector copied onto it from the namespace."""
    of_template, of_namespace = ((obj.get("metadata") or {}).get("annotations") or {} for obj in (template, namespace))
    metadata = pod.get("metadata") or {}
    own = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if key in of_template or value != of_namespace.get(key) or not (key == INJECT or key.startswith(CONFIG_PREFIX))
    }
    return {**pod, "metadata": {**metadata, "annotations": own}}


def bad_ports(template: Object) -> list[str]:
    """Annotations (of a pod template, or of a namespace) that linkerd-init cannot make ports of; the injector lets them through."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    found = []
    for key in (SKIP_INBOUND, SKIP_OUTBOUND):
        try:
            ports.parse(annotations.get(key) or [], subject=key)
        except InputError as error:
            found.append(f"{key}: {error.reason}")
    return found


def template_matches(live: Object, wanted: Object, controller: Controller) -> bool:
    """Whether a pod template says what the plan expects: our annotations and the container's arguments."""
    annotations = [(template.get("metadata") or {}).get("annotations") or {} for template in (live, wanted)]
    arguments = [_options(controller.find_container(template["spec"]).get("args") or []) for template in (live, wanted)]
    return all(annotations[0].get(key) == annotations[1].get(key) for key in KEYS) and arguments[0] == arguments[1]


def _options(arguments: t.Iterable[t.Any]) -> dict[str, list[str]]:
    """What arguments say, however it is spaced, ordered or spread over several of them."""
    options: dict[str, list[str]] = {}
    for argument in arguments:
        name, _equals, value = str(argument).partition("=")
        options.setdefault(name.lower(), []).extend(part.strip() for part in value.split(","))
    return {name: sorted(values) for name, values in options.items()}


def running_now(context: Context) -> list[Running]:
    """One for each kind of pod that runs, old ReplicaSets too; the template's where none does."""
    pods = context.snapshot.pods
    if pods:
        return _distinct([context.controller.running(pod) for pod in pods])
    predicted = injection.predict(context.template, context.snapshot.namespace, injectors(context))
    return [running_of(context, context.template, predicted.mode)]


def running_of(context: Context, template: Object, mode: str) -> Running:
    annotations = injection.effective_annotations(template, context.snapshot.namespace)
    return Running(mode, context.controller.find_container(template["spec"]), annotations)


def injectors(context: Context) -> list[Object]:
    return injection.injector_webhooks(context.snapshot.webhooks, context.snapshot.linkerd_namespace)


def restart_steps(
    context: Context, template: Object, injected: injection.Injection, planned: Snapshot, steps: t.Sequence[Step]
) -> list[Step]:
    """Pods follow a changed template by themselves, unless the webhook comes after it or is new to an unchanged one."""
    if not context.intent.mesh or not context.snapshot.pods:
        return []
    phases = {step.phase for step in steps}
    lag = any(context.controller.running(pod).mode != injected.mode for pod in context.snapshot.pods)
    follows = Phase.WORKLOAD in phases or not template_matches(context.template, template, context.controller)
    if Phase.ADMISSION not in phases and (not lag or follows):
        return []
    live = planned.workload

    def restarted(workload: Object) -> Object:
        return _restarted(workload, context.intent.now)

    return [foreign_step(Phase.RESTART, live, restarted(live), restarted, "its pods lack the proxy that its template asks for")]


def _without(arguments: list[t.Any], edits: t.Sequence[Edit]) -> list[t.Any]:
    """The arguments without what these edits once added."""
    for edit in edits:
        if isinstance(edit, AddItem) and edit.style == "list":
            arguments = [argument for argument in arguments if argument != edit.item]
        elif isinstance(edit, AddItem):
            arguments = [_minus(argument, edit.style.removeprefix("flag:"), edit.item) for argument in arguments]
    return [argument for argument in arguments if argument]


def _minus(argument: t.Any, prefix: str, item: str) -> t.Any:
    if not isinstance(argument, str) or not argument.lower().startswith(prefix.lower()):
        return argument
    rest = [part for part in argument[len(prefix) :].split(",") if part.strip() != item]
    return argument[: len(prefix)] + ",".join(rest) if rest else ""


def _restarted(live: Object, now: str) -> Object:
    template = live["spec"]["template"]
    metadata = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), RESTARTED: now}
    return {**live, "spec": {**live["spec"], "template": {**template, "metadata": {**metadata, "annotations": annotations}}}}


def _distinct(running: list[Running]) -> list[Running]:
    result: list[Running] = []
    for one in running:
        if not any(_alike(one, other) for other in result):
            result.append(one)
    return result


def _alike(one: Running, other: Running) -> bool:
    """In all that a verdict may depend on."""
    said = [(r.mode, r.container.get("args"), r.annotations.get(SKIP_OUTBOUND)) for r in (one, other)]
    return said[0] == said[1]
