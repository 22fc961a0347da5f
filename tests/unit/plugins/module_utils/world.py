# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster that carries plans out: k3s renders the chart anew, pods follow their template, webhooks see new pods.

Independent of the planner's own predictions, so that both can be compared.
"""

from __future__ import annotations

import copy
import itertools
import typing as t
from dataclasses import replace

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.base import Controller
from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import injector_webhooks, predict
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Phase, Ref, Step, Verdict
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, plan_absent, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.verdicts import verdicts
from tests.unit.plugins.module_utils import builders

Worth = dict[tuple[t.Any, ...], set[str]]
"""Verdicts by object, rule and backend; several where several kinds of pods run."""


def merged(weak: t.Any, strong: t.Any) -> t.Any:
    """As Helm merges values: mappings deeply, everything else replaced, null removes."""
    if not isinstance(weak, dict) or not isinstance(strong, dict):
        return strong
    result = {key: value for key, value in weak.items() if key not in strong}
    return result | {key: merged(weak.get(key), value) for key, value in strong.items() if value is not None}


def values_of(chart: Object, config: Object | None) -> Object:
    spec = (config or {"spec": {}})["spec"]
    values: Object = {}
    for text in (chart["spec"].get("valuesContent"), spec.get("valuesContent")):
        values = merged(values, yaml.safe_load(text or "") or {})
    result: Object = merged(values, spec.get("values") or {})
    return result


def render(chart: Object, config: Object | None, tag: str) -> Object:
    """The pod template that the published chart makes of these values, as far as we touch it."""
    values = values_of(chart, config)
    arguments = list(builders.ARGUMENTS)
    for provider, settings in (values.get("providers") or {}).items():
        arguments += [f"--providers.{provider.lower()}.nativeLBByDefault=true"] if settings.get("nativeLBByDefault") else []
    for name, port in (values.get("ports") or {}).items():
        if (port.get("http") or {}).get("middlewares"):
            arguments.append(f"--entryPoints.{name}.http.middlewares={','.join(port['http']['middlewares'])}")
    arguments += values.get("additionalArguments") or []
    return builders.pod_template(arguments, (values.get("deployment") or {}).get("podAnnotations"), tag)


def add(worth: Worth, found: t.Iterable[Verdict]) -> None:
    for verdict in found:
        worth.setdefault((verdict.object, verdict.rule, verdict.backend), set()).add(verdict.verdict)


class World:
    """The cluster, and what happens to it."""

    def __init__(self, snapshot: Snapshot, tag: str = "3.7.15", controller: Controller = TRAEFIK) -> None:
        self.tag = tag
        self.controller = controller
        self.snapshot = snapshot
        self._render()
        self.settle()

    def __repr__(self) -> str:
        """Everything that a failing example is about."""
        snapshot = self.snapshot
        every = [snapshot.workload, *snapshot.charts, *snapshot.configs, *itertools.chain(*snapshot.objects.values())]
        return yaml.safe_dump_all(every, sort_keys=False, default_flow_style=None, width=200)

    def plan(self, intent: Intent, *, absent: bool = False) -> Joint:
        return (plan_absent if absent else plan_present)(self.snapshot, intent, self.controller)

    def apply(self, joint: Joint) -> None:
        """Everything, with the waits that stand between the phases."""
        for phase, steps in itertools.groupby(joint.plan.in_order(), key=lambda step: step.phase):
            for step in steps:
                self.write(step)
            if phase in (Phase.WORKLOAD, Phase.RESTART):
                self.settle()

    def write(self, step: Step) -> None:
        """One write, with what follows at once: pods of the new template beside the old ones."""
        done = replace(step, after=step.desire(self.live(step.object)))
        before = self.template
        self.snapshot = self.snapshot.after([done])
        if step.object.kind == "HelmChartConfig":
            self._render()
        if self.template != before:
            self.snapshot = replace(self.snapshot, pods=(*self.snapshot.pods, self.new_pod()))

    def settle(self) -> None:
        """The rollout is over."""
        self.snapshot = replace(self.snapshot, pods=(self.new_pod(),))

    @property
    def template(self) -> Object:
        template: Object = self.snapshot.workload["spec"]["template"]
        return template

    def new_pod(self) -> Object:
        pod = copy.deepcopy(self.template)
        hooks = injector_webhooks(self.snapshot.webhooks, "linkerd")
        mode = predict(self.template, self.snapshot.namespace, hooks).mode
        if mode:
            env = [{"name": "LINKERD2_PROXY_INGRESS_MODE", "value": "true"}] if mode == "ingress" else []
            pod["spec"]["initContainers"] = [{"name": "linkerd-proxy", "env": env}]
        return pod

    def worth(self) -> tuple[Worth, Worth]:
        """What each backend of each route is worth: on the running pods, and on one more that would start now."""
        reading = self.controller.read(self.snapshot)
        running: Worth = {}
        for pod in self.snapshot.pods:
            add(running, verdicts(reading, [self.controller.running(pod)]))
        started = {key: set(found) for key, found in running.items()}
        new = self.new_pod()
        if new not in self.snapshot.pods:
            add(started, verdicts(reading, [self.controller.running(new)]))
        return running, started

    def owned(self) -> Object:
        """Everything that somebody might own, with the values as YAML. That pods were restarted is history, as kubectl leaves it."""
        configs = [
            {**c, "spec": {**c["spec"], "valuesContent": yaml.safe_load(c["spec"].get("valuesContent") or "")}}
            for c in self.snapshot.configs
        ]
        objects = {kind: sorted(found, key=lambda obj: str(Ref.of(obj))) for kind, found in self.snapshot.objects.items() if found}
        workload = copy.deepcopy(self.snapshot.workload)
        workload["spec"]["template"]["metadata"]["annotations"].pop("kubectl.kubernetes.io/restartedAt", None)
        return {"objects": objects, "configs": configs, "webhooks": list(self.snapshot.webhooks), "workload": workload}

    def live(self, ref: Ref) -> Object | None:
        snapshot = self.snapshot
        every = [snapshot.workload, *snapshot.webhooks, *snapshot.configs, *itertools.chain(*snapshot.objects.values())]
        meta = [(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) for obj in every]
        wanted = (ref.kind, ref.namespace, ref.name)
        return every[meta.index(wanted)] if wanted in meta else None

    def _render(self) -> None:
        if not self.snapshot.charts:
            return
        template = render(self.snapshot.charts[0], next(iter(self.snapshot.configs), None), self.tag)
        workload = self.snapshot.workload
        self.snapshot = replace(self.snapshot, workload={**workload, "spec": {**workload["spec"], "template": template}})
