# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the two ingress modules do: gather, plan, apply, verify. They differ in one word, whether the workload is theirs.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import datetime as dt
import typing as t
from dataclasses import replace

from . import settling
from .apply_plan import execute
from .cluster import Cluster
from .diff import plan_diff
from .errors import InputError, PlanningError
from .findings import refusal, worst_first
from .gather import Target, find_target, gather
from .linkerd import narrow_webhook
from .model import Finding, Object, Phase, Ref, Step, Verdict
from .planning import ingress_mode
from .planning.context import Intent
from .planning.ingress import Joint, audit, plan_absent, plan_present, waits_first
from .planning.pods import lagging
from .planning.rendered import rendering
from .planning.snapshot import Snapshot
from .probe.run import OPTIONS as PROBE_OPTIONS
from .probe.run import Probe
from .rendering import run
from .tracing.collector import Tracing, read_endpoint

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

OPTIONS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["present", "absent", "audit", "rendered"], "default": "present"},
    "dest": {"type": "path"},
    "controller": {"type": "str", "default": "auto"},
    "controller_ref": {"type": "str", "default": ""},
    "strategy": {"type": "str", "choices": ["auto", "cluster_ip", "header", "none"], "default": "auto"},
    "linkerd_namespace": {"type": "str", "default": "linkerd"},
    "expected_linkerd": {
        "type": "dict",
        "options": {"chart_version": {"type": "str"}, "cluster_domain": {"type": "str", "default": "cluster.local"}},
    },
    "adopt": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "fail_on": {"type": "str", "choices": ["never", "info", "warning", "error", "critical"], "default": "never"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}

MESH_OPTIONS: dict[str, t.Any] = {
    "mode": {"type": "str", "choices": ["auto", "enabled", "ingress"], "default": "auto"},
    "kube_system": {"type": "str", "choices": ["narrow_webhook", "fail"], "default": "narrow_webhook"},
    "skip_inbound_ports": {"type": "list", "elements": "str"},
    "skip_outbound_ports": {"type": "list", "elements": "str"},
    "allow_relayable": {"type": "bool", "default": False},
    "tracing": {
        "type": "dict",
        "options": {"endpoint": {"type": "str", "required": True}, "sample_rate": {"type": "float", "default": 0.1}},
    },
}

POLICY_OPTIONS: dict[str, t.Any] = {"probe": {"type": "dict", "options": PROBE_OPTIONS}}


def run_mesh(module: AnsibleModule, cluster: Cluster) -> Object:
    return _Run(module, cluster, _intent(module.params, mesh=True)).result()


def run_policy(module: AnsibleModule, cluster: Cluster) -> Object:
    return _Run(module, cluster, _intent(module.params, mesh=False)).result()


def _intent(params: Object, *, mesh: bool) -> Intent:
    intent = Intent(
        strategy=params["strategy"],
        mesh=mesh,
        adopt=params["adopt"],
        force=params["force"],
        writes=params["state"] != "rendered",
        now=dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
    )
    if not mesh:
        return intent
    return replace(
        intent,
        mode=params["mode"],
        kube_system=params["kube_system"],
        allow_relayable=params["allow_relayable"],
        tracing=_tracing(params["tracing"]),
        skip_inbound="auto" if params["skip_inbound_ports"] is None else params["skip_inbound_ports"],
        skip_outbound="auto" if params["skip_outbound_ports"] is None else params["skip_outbound_ports"],
    )


def _tracing(given: Object | None) -> Tracing | None:
    if given is None:
        return None
    if given["endpoint"]:
        read_endpoint(given["endpoint"])
    if not 0 <= given["sample_rate"] <= 1:
        raise InputError("tracing.sample_rate", f"{given['sample_rate']} is no part of the requests", "Give a number from 0.0 to 1.0.")
    return Tracing(given["endpoint"], given["sample_rate"])


class _Run:
    def __init__(self, module: AnsibleModule, cluster: Cluster, intent: Intent) -> None:
        self.module = module
        self.params: Object = module.params
        self.cluster = cluster
        self.intent = intent
        self.target: Target = find_target(cluster, self.params["controller"], self.params["controller_ref"])
        self.probe = Probe(cluster, self.target.controller, self.params)

    def result(self) -> Object:
        snapshot = self._gather()
        if self.params["state"] == "audit":
            plan = audit(snapshot, self.intent, self.target.controller)
            probed = self.probe.of(snapshot, plan.verdicts)
            found = [*plan.findings, *probed.findings]
            others = [entry.to_dict() for entry in ingress_mode.entries(snapshot, plan.verdicts)]
            more = {"controller": self._about(snapshot), "ingress_mode_pods": others, **probed.shown}
            return self._report([], found, plan.verdicts, more)
        joint = self._plan(snapshot)
        if self.params["state"] == "rendered":
            return self._rendered(snapshot, joint)
        steps = joint.plan.in_order()
        result = self._report(
            steps, joint.plan.findings, joint.plan.verdicts, {"controller": {**self._about(snapshot), "mode": joint.mode}}
        )
        result["strategy"] = joint.strategy
        result["handover"] = [handover.to_dict() for handover in joint.handovers]
        result["helm_values"] = joint.helm.values if joint.helm else {}
        if self.module.check_mode:
            self._dry_run(snapshot, steps)
            return result
        self.probe.check(snapshot)
        self._apply(snapshot, joint, steps)
        if not self.probe.wanted:
            return result
        probed = self.probe.of(self._gather(), joint.plan.verdicts)
        found = [*joint.plan.findings, *probed.findings]
        return {**result, **self._report(steps, found, joint.plan.verdicts, probed.shown, changed=bool(steps))}

    def _gather(self) -> Snapshot:
        expected = self.params["expected_linkerd"] if self.module.check_mode or self.params["state"] == "rendered" else None
        audited = self.params["state"] == "audit"
        return gather(self.cluster, self.target, self.params["linkerd_namespace"], expected, every_pod=audited)

    def _plan(self, snapshot: Snapshot) -> Joint:
        make = plan_absent if self.params["state"] == "absent" else plan_present
        return make(snapshot, self.intent, self.target.controller)

    def _rendered(self, snapshot: Snapshot, joint: Joint) -> Object:
        """What present would bring about, as files; the cluster is only read."""
        name = "l5d_ingress_mesh" if self.intent.mesh else "l5d_header_policy"
        directory = run.open_directory(self.module, f"{name} for {Ref.of(snapshot.workload)}")
        made = rendering(joint, directory.merged() if directory else ())
        about = {"controller": {**self._about(snapshot), "mode": joint.mode}, "strategy": joint.strategy, **run.result(made)}
        report = self._report(joint.plan.in_order(), joint.plan.findings, joint.plan.verdicts, about)
        report.pop("diff", None)
        return {**report, **run.write(self.module, made, directory)}

    def _dry_run(self, snapshot: Snapshot, steps: list[Step]) -> None:
        """The API checks what it can; a webhook or a restart of a Linkerd that is yet to come cannot be asked about."""
        later = snapshot.linkerd is not None and snapshot.linkerd.expected
        execute(self.cluster, [step for step in steps if not (later and step.own)], check_mode=True)

    def _apply(self, snapshot: Snapshot, joint: Joint, steps: list[Step]) -> None:
        waiting = settling.Waiting(
            self.cluster,
            self.target.controller,
            Ref.of(snapshot.workload),
            snapshot.workload["spec"]["template"],
            joint,
            self.params["wait_timeout"],
            self.intent.mesh,
        )

        def on_phase(phase: Phase) -> None:
            later = any(step.phase > phase for step in steps)
            if any(step.phase is phase and step.object.kind == narrow_webhook.KIND for step in steps):
                waiting.until_trusted()
            if phase in (Phase.WORKLOAD, Phase.RESTART) and (self.params["wait"] or later):
                waiting.until_settled(proxies=phase is Phase.RESTART or not any(step.phase is Phase.ADMISSION for step in steps))

        if waits_first(steps) and lagging(snapshot, joint.expected_template, self.target.controller):
            waiting.until_settled(proxies=False)
        execute(self.cluster, steps, check_mode=False, on_phase=on_phase)
        if self.params["wait"]:
            if not any(step.phase in (Phase.WORKLOAD, Phase.RESTART) for step in steps):
                waiting.until_settled(proxies=True)
            self._verify(steps)

    def _verify(self, steps: list[Step]) -> None:
        """The proof: gathered and planned again, nothing is left to do."""
        if not steps:
            return
        left = self._plan(self._gather()).plan.in_order()
        if left:
            raise PlanningError(
                str(left[0].object),
                f"it still needs {len(left)} change(s) after all were written: {left[0].why}",
                "Somebody undoes them. Look at metadata.managedFields of that object, then run again.",
            )

    def _about(self, snapshot: Snapshot) -> Object:
        controller = self.target.controller
        number = controller.version(snapshot.workload)
        return {
            "name": controller.name,
            "version": ".".join(str(part) for part in number),
            "workload": str(Ref.of(snapshot.workload)),
            "mode": ",".join(sorted({controller.running(pod).mode or "none" for pod in snapshot.pods})),
            "pods": len(snapshot.pods),
        }

    def _report(
        self, steps: list[Step], findings: list[Finding], verdicts: list[Verdict], more: Object, *, changed: bool = False
    ) -> Object:
        """C(changed) is what a failure says: whether the steps are done already."""
        counts = collections.Counter(v.verdict for v in verdicts)
        result = {
            "changed": bool(steps),
            "steps": [step.to_dict() for step in steps],
            "findings": [f.to_dict() for f in worst_first(findings)],
            "verdicts": [v.to_dict() for v in verdicts],
            "summary": {"routes": len({v.object for v in verdicts}), "backends": len(verdicts), "verdicts": dict(sorted(counts.items()))},
            **more,
        }
        if self.module._diff:  # noqa: SLF001 - the documented way for a module to learn of --diff
            result["diff"] = plan_diff(steps)
        refused = refusal(findings, self.params["fail_on"])
        if refused:
            self.module.fail_json(msg=refused, **{**result, "changed": changed})
        return result
