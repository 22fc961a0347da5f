# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of l5d_traefik_relocation: from options to results.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import time
import typing as t

from ..apply_plan import execute
from ..cluster import Query, Seen
from ..diff import plan_diff
from ..errors import PlanningError, RolloutError
from ..findings import worst_first
from ..model import Object, Ref, Step
from ..objects.expecting import Expectation
from ..objects.readiness import ready
from ..objects.writing import check_present, make_present
from . import bundled, carried, relocation
from .survey import Survey, check_complete, custom_resources, survey

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster

OPTIONS: dict[str, t.Any] = {
    "state": {"type": "str", "choices": ["examined", "prepared", "switched"], "required": True},
    "namespace": {"type": "str", "default": "traefik"},
    "chart_repo_url": {"type": "str", "default": "https://traefik.github.io/charts"},
    "chart_version": {"type": "str", "default": ""},
    "wait_timeout": {"type": "int", "default": 300},
}


def run_relocation(module: AnsibleModule, cluster: Cluster) -> Object:
    """What the module does, by state."""
    return _Run(module, cluster).result()


class _Run:
    def __init__(self, module: AnsibleModule, cluster: Cluster) -> None:
        self.cluster = cluster
        self.params: Object = module.params
        self.check = bool(module.check_mode)
        self.steps: list[Step] = []
        self.more: Object = {}
        if self.params["namespace"] == bundled.HOME:
            raise PlanningError("namespace", f"{bundled.HOME} is where the bundled Traefik is", "Name another namespace.", code="namespace")

    def result(self) -> Object:
        states = {"examined": lambda: None, "prepared": self._prepare, "switched": self._switch}
        states[self.params["state"]]()
        return self._report(self._look())

    def _look(self) -> Survey:
        return survey(self.cluster, self.params["namespace"])

    def _report(self, seen: Survey) -> Object:
        source = seen.charts.get(bundled.TRAEFIK)
        return {
            "changed": bool(self.steps),
            "phase": seen.phase,
            "servers": seen.servers,
            "chart_version": bundled.upstream_version(source) if source else "",
            "custom_resources": {kind: len(names) for kind, names in custom_resources(self.cluster, seen.definitions).items()},
            "unprotected": [ref.to_dict() for ref in seen.unprotected()],
            "steps": [step.to_dict() for step in self.steps],
            "findings": [item.to_dict() for item in worst_first(relocation.findings(seen))],
            "diff": plan_diff(self.steps),
            **self.more,
        }

    def _do(self, steps: list[Step]) -> None:
        self.steps += execute(self.cluster, steps, check_mode=self.check)

    def _put(self, objects: list[Object], seen: Survey) -> None:
        if self.check:
            expected = Expectation(namespaces=frozenset() if seen.namespace_exists else frozenset([seen.namespace]))
            self.steps += check_present(self.cluster, objects, expected).steps
        else:
            self.steps += make_present(self.cluster, objects).steps

    # ---------------------------------------------------------------- prepared

    def _prepare(self) -> None:
        seen = self._look()
        if not seen.charts:
            return
        blocking = relocation.blockers(relocation.findings(seen))
        if blocking:
            first, more = blocking[0], f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
            raise PlanningError(
                str(first.object), f"{first.code}: {first.reason}{more}", f"{first.remedy} Nothing was changed.", code=first.code
            )
        seen = self._protect(seen)
        self._put(relocation.needed_first(seen), seen)
        self._carry_settings(seen)
        self._do(relocation.hand_over(seen))
        self._put(relocation.chart(seen, carried.Wish(self.params["chart_repo_url"], self.params["chart_version"])), seen)
        if not self.check:
            self._wait_for_target()

    def _protect(self, seen: Survey) -> Survey:
        """Frozen first: nothing renders the releases anew from then on, and what helm-controller had under way is let end."""
        if not self.check:
            self._wait_for_jobs()
        self._do(relocation.freeze(seen))
        if not self.check:
            self._wait_for_jobs()
            seen = self._look()
        self._do(relocation.protect(seen))
        if self.check:
            return seen
        seen = self._look()
        _refuse_unprotected(seen)
        return seen

    def _carry_settings(self, seen: Survey) -> None:
        steps = relocation.settings(seen)
        if self.check and not seen.namespace_exists:
            self.steps += steps
        else:
            self._do(steps)

    def _wait_for_jobs(self) -> None:
        def probe() -> Seen:
            busy = self._look().at_work
            return Seen(done=not busy, words=f"{busy[0]} runs" if busy else "idle")

        remedy = f"See `kubectl -n {bundled.HOME} logs job/helm-install-traefik`; delete a Job that never ends. Then run again."
        self._wait("k3s' Helm Jobs", probe, remedy)

    def _wait_for_target(self) -> None:
        namespace = self.params["namespace"]
        self._wait(
            f"Traefik in namespace {namespace}",
            lambda: ready(self._workload()),
            f"The bundled Traefik serves on. See `kubectl -n {namespace} logs job/helm-install-traefik` and `kubectl -n {namespace} get pods`.",
        )

    def _workload(self) -> Object | None:
        namespace = self.params["namespace"]
        found = [obj for kind in ("Deployment", "DaemonSet") for obj in self.cluster.list(Query("apps/v1", kind, namespace))]
        return next((obj for obj in found if bundled.from_release(obj, bundled.TRAEFIK, namespace)), None)

    # ---------------------------------------------------------------- switched

    def _switch(self) -> None:
        seen = self._look()
        if not seen.charts:
            self._do(relocation.prune(seen) if seen.phase == "moved" else [])
            return
        if self.check:
            for name in (bundled.TRAEFIK, bundled.CRDS):
                self.steps += relocation.thaw(seen, name)
            self.steps += relocation.prune(seen)
            return
        self._wait_until_disabled()
        seen = self._look()
        _refuse_unprotected(seen)
        self._wait_for_target()
        before = custom_resources(self.cluster, seen.definitions)
        self._let_go(seen, bundled.TRAEFIK)
        self._let_go(seen, bundled.CRDS)
        check_complete(before, custom_resources(self.cluster, seen.definitions))
        self._do(relocation.prune(seen))

    def _wait_until_disabled(self) -> None:
        def probe() -> Seen:
            seen = self._look()
            left = [f"{Ref.of(chart)} is not being deleted" for chart in seen.charts.values() if not bundled.is_going(chart)]
            left += [f"server {name} still runs with Traefik enabled" for name, disabled in seen.servers.items() if not disabled]
            return Seen(done=not left, words=left[0] if left else "deleted")

        remedy = (
            "Nothing is lost, both Traefiks run. On every server, look at `kubectl get node NAME -o yaml | grep node-args`: --disable on the "
            "command line of k3s, or a later file in config.yaml.d with `disable` instead of `disable+`, overrides the file of this play."
        )
        self._wait("k3s to give up its bundled Traefik", probe, remedy)

    def _let_go(self, seen: Survey, name: str) -> None:
        self._do(relocation.thaw(seen, name))
        clock = _Clock()

        def probe() -> Seen:
            gone = self.cluster.get(bundled.chart_ref(name)) is None
            if name == bundled.CRDS:
                return Seen(done=gone, words="there" if not gone else "gone")
            served = clock.look(self._addresses(bundled.HOME), self._addresses(self.params["namespace"]))
            return Seen(done=gone and served, words="it is still there" if not gone else "the new Service has no address yet")

        remedy = f"See `kubectl -n {bundled.HOME} logs job/helm-delete-{name}` and `kubectl -n {self.params['namespace']} get services`."
        self._wait(f"k3s to uninstall {name}", probe, remedy)
        if clock.seconds is not None:
            self.more["unserved_seconds"] = clock.seconds

    def _addresses(self, namespace: str) -> list[bool]:
        """For each load balancer of Traefik's release there, whether it has an address."""
        services = self.cluster.list(Query("v1", "Service", namespace))
        return [
            bool(((service.get("status") or {}).get("loadBalancer") or {}).get("ingress"))
            for service in services
            if service["spec"].get("type") == "LoadBalancer" and bundled.from_release(service, bundled.TRAEFIK, namespace)
        ]

    def _wait(self, what: str, probe: t.Callable[[], Seen], remedy: str) -> None:
        self.cluster.wait(what, probe, timeout=self.params["wait_timeout"], remedy=remedy)


class _Clock:
    """How long no load balancer of Traefik had an address, as far as looking now and then shows it."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._since: float | None = None

    def look(self, old: list[bool], new: list[bool]) -> bool:
        """Whether the new one serves, or none is wanted."""
        if not any(old) and self._since is None:
            self._since = time.monotonic()
        served = all(new)
        if served and self._since is not None and self.seconds is None:
            self.seconds = round(time.monotonic() - self._since, 1)
        return served


def _refuse_unprotected(seen: Survey) -> None:
    left = seen.unprotected()
    if left:
        raise RolloutError(
            str(left[0]),
            f"L5D505: k3s' uninstall would delete it, and everything of its kind ({len(left)} in all)",
            "Do not disable Traefik on any server. Run this again; where it stays, somebody keeps rendering the release anew.",
            code="L5D505",
        )
