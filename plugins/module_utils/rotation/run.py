# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of l5d_trust_anchor: look, find the next step, do it, and see that it has come true.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import time
import typing as t

from .. import certificates
from ..apply_plan import TRIES, IncompleteError, execute
from ..diff import plan_diff
from ..errors import ConflictError, L5dError, PlanningError, RolloutError
from ..model import Object, Step
from . import report
from .gather import Found, Places, gather
from .plan import Move, Wish, next_move
from .steps import issues, reissued, writes

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster

PAUSE = 0.5
SECOND = 1.1
"""The API server counts whole seconds: what is restarted in the second of a change could not be told from what was before it."""
OPTIONS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["audit", "rotated"], "required": True},
    "begin": {"type": "bool", "default": False},
    "remaining_below": {"type": "float", "default": 0.0},
    "leaves": {"type": "str", "choices": ["restart", "wait"], "default": "restart"},
    "outside_ready": {"type": "bool", "default": False},
    "linkerd_namespace": {"type": "str", "default": "linkerd"},
    "trust_namespace": {"type": "str", "default": "cert-manager"},
    "wait_timeout": {"type": "int", "default": 300},
}


def rotate(module: AnsibleModule, cluster: Cluster) -> Object:
    """What the module does."""
    run = _Run(module, cluster)
    return run.audited() if module.params["state"] == "audit" else run.advanced()


class _Run:
    def __init__(self, module: AnsibleModule, cluster: Cluster) -> None:
        params = module.params
        self.cluster = cluster
        self.check = bool(module.check_mode)
        self.places = Places(params["linkerd_namespace"], params["trust_namespace"])
        self.wish = Wish(params["begin"], params["remaining_below"], params["leaves"], params["outside_ready"])
        self.timeout = float(params["wait_timeout"])
        self.end = time.monotonic() + self.timeout

    def audited(self) -> Object:
        """How far it is. A cluster whose anchor cannot be rotated from here is no error."""
        try:
            found = gather(self.cluster, self.places, server_time=False)
        except PlanningError as refusal:
            return {"changed": False, **report.refused(refusal)}
        return self._report(found, next_move(found.snapshot, self.wish))

    def advanced(self) -> Object:
        """One step. What an earlier call has begun is waited for first."""
        found, move = self._look(self.wish)
        while move is not None and move.comes_by_itself and not self.check:
            self._wait(move)
            found, move = self._look(self.wish)
        if move is None or move.wait or move.restart:
            return self._report(found, move)
        steps = writes(found, move)
        self._carry_out(steps)
        if self.check:
            return self._report(found, move, steps)
        found, following = self._settled(move)
        again = following is not None and not following.wait and not following.restart
        if following is not None and following.restart:
            time.sleep(SECOND)
        return {**self._report(found, following, steps), "step": move.step, "again": again}

    def _look(self, wish: Wish) -> tuple[Found, Move | None]:
        found = gather(self.cluster, self.places, server_time=True)
        return found, next_move(found.snapshot, wish)

    def _settled(self, move: Move) -> tuple[Found, Move | None]:
        """Until what was written shows. A rotation that has just ended must not begin again."""
        wish = Wish(leaves=self.wish.leaves, outside_ready=self.wish.outside_ready)
        while True:
            found, following = self._look(wish)
            if following is None and found.snapshot.bundle != {found.snapshot.current} and move.step == "retire" and not found.others:
                following = Move("retire", "the old anchor is to leave the bundle", wait="bundle")
            if following is None or not following.comes_by_itself:
                return found, following
            self._wait(following)

    def _wait(self, move: Move) -> None:
        if time.monotonic() + PAUSE > self.end:
            reason = f"still waiting for {move.waiting_for} after {self.timeout:.0f} s, for {move.why}"
            raise RolloutError(f"rotation, step {move.step}", reason, report.remedy(move, self.places), code="timeout")
        time.sleep(PAUSE)

    def _carry_out(self, steps: t.Sequence[Step]) -> None:
        done: list[Step] = []
        try:
            for step in steps:
                if issues(step):
                    self._issue(step)
                else:
                    execute(self.cluster, [step], check_mode=self.check)
                done.append(step)
        except L5dError as error:
            raise IncompleteError(error, done) from error

    def _issue(self, step: Step) -> None:
        live, now = step.before, certificates.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for attempt in range(TRIES):
            try:
                certificate = t.cast(Object, live)
                version = certificate["metadata"]["resourceVersion"]
                status = reissued(certificate, now)
                self.cluster.patch(step.object, status, resource_version=version, dry_run=self.check, subresource="status")
            except ConflictError:
                live = self.cluster.get(step.object)
                if live is None or attempt + 1 == TRIES:
                    raise
            else:
                return

    def _report(self, found: Found, move: Move | None, steps: t.Sequence[Step] = ()) -> Object:
        owners = report.owners(self.cluster, move.restart if move else ())
        return {
            "changed": bool(steps),
            **report.of_move(move, owners),
            **report.of_cluster(found, move),
            "steps": [step.to_dict() for step in steps],
            "diff": plan_diff(steps),
        }
