# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries a rollout plan out: batch by batch, each waited for, until nothing lags.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..apply_plan import IncompleteError, execute
from ..errors import InputError, L5dError, RolloutError
from ..model import Object, Step
from .gather import ask, gather
from .lag import SETTINGS
from .plan import RolloutPlan, Scope, plan, questions
from .restart import restart, restarting, result_of
from .uninject import uninject
from .waiting import wait_all
from .world import Unit

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster

ROUNDS = 3
"""The last one finds nothing, unless somebody changes things meanwhile."""


def main(module: AnsibleModule, cluster: Cluster) -> Object:
    """What the module does."""
    params = module.params
    if params["batch"] < 1:
        raise InputError(f"batch: {params['batch']}", "is not a number of workloads", "Give 1 or more.", code="batch")
    scope = Scope(
        namespaces=tuple(params["namespaces"]),
        exclude=tuple(params["exclude_namespaces"]),
        workloads=tuple((one["kind"], one["namespace"], one["name"]) for one in params["workloads"]),
        reasons=tuple(params["reasons"]),
        control_plane=params["control_plane"],
        older_than=_moment(params["older_than"]),
    )
    if params["state"] == "absent":
        return uninject(cluster, scope, params, check_mode=module.check_mode)
    run = Run(cluster, scope, batch=params["batch"], timeout=params["wait_timeout"])
    first = run.look()
    if params["state"] == "audit":
        return result_of(first, [], mended=False)
    if first.silent and first.lagging:
        raise _silent(first)
    if module.check_mode:
        steps = [restarting(unit.live) for unit in (*first.control_plane, *first.restart) if unit.live]
        execute(cluster, steps, check_mode=True)
        return result_of(first, steps)
    run.carry_out(first)
    return result_of(first, run.done)


def _moment(text: str) -> str:
    """As the API spells it, so that two of them compare as texts."""
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        raise InputError(f"older_than: {text}", "is no time as the API spells it", "It looks like 2026-11-21T18:05:00Z.", code="older_than")
    return text


def _silent(found: RolloutPlan) -> RolloutError:
    return RolloutError(
        str(found.lagging[0].unit.ref),
        "Linkerd's injector adds no proxy to its pods, nor to anybody else's; a restart would take proxies away",
        "Nothing was restarted. See `kubectl -n linkerd get pods -l linkerd.io/control-plane-component=proxy-injector` and "
        "`kubectl get mutatingwebhookconfiguration linkerd-proxy-injector-webhook-config -o yaml`.",
        code="injector",
    )


@dataclass(slots=True)
class Run:
    """One run of the module; C(done) are the restarts so far."""

    cluster: Cluster
    scope: Scope
    batch: int
    timeout: float
    done: list[Step] = field(default_factory=list)

    def look(self) -> RolloutPlan:
        """Plan from what is there now; the injector is asked about everything, or only about what is to be restarted."""
        world = gather(self.cluster, self.scope.namespaces)
        chosen = None if SETTINGS in self.scope.reasons else {unit.ref for unit in plan(world, self.scope, {}).restart}
        return plan(world, self.scope, ask(self.cluster, questions(world, self.scope, chosen)))

    def carry_out(self, found: RolloutPlan) -> None:
        """Restart, wait, and look again until an empty plan proves that nothing lags."""
        try:
            for _round in range(ROUNDS):
                if not (found.control_plane or found.restart or found.under_way):
                    return
                self._refuse_what_did_not_help(found)
                for unit in found.control_plane:
                    self._restart([unit])
                if found.control_plane:
                    found = self.look()
                    self._refuse_what_did_not_help(found)
                if found.silent and found.lagging:
                    raise _silent(found)
                for start in range(0, len(found.restart), self.batch):
                    self._restart(found.restart[start : start + self.batch])
                wait_all(self.cluster, {unit.ref: "" for unit in found.under_way}, self.timeout)
                found = self.look()
            self._refuse_what_did_not_help(found)
        except IncompleteError as error:
            raise IncompleteError(error, [*self.done, *error.done]) from error
        except L5dError as error:
            raise IncompleteError(error, self.done) from error

    def _restart(self, members: t.Sequence[Unit]) -> None:
        self.done += restart(self.cluster, [restarting(unit.live) for unit in members if unit.live], self.timeout)

    def _refuse_what_did_not_help(self, found: RolloutPlan) -> None:
        restarted = {step.object for step in self.done}
        for entry in found.lagging:
            if entry.unit.ref in restarted and not entry.skipped:
                raise RolloutError(
                    str(entry.unit.ref),
                    f"was restarted, and its pods lag all the same: {'; '.join(entry.lags.values())}",
                    f"See `kubectl -n {entry.unit.ref.namespace} get pods -o yaml` and the log of linkerd-proxy-injector.",
                    code="still_lagging",
                )
