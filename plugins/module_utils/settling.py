# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until what was written is what runs: template, pods, proxies; old pods gone.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass

from .cluster import Cluster, Query, Seen
from .controllers.base import Controller
from .errors import RolloutError
from .linkerd import narrow_webhook
from .linkerd.injection import INJECTOR_WEBHOOK
from .model import Object, Ref
from .objects.readiness import ready
from .persistence.helm_chart_config import API_VERSION
from .planning.ingress import Joint
from .planning.pods import KEYS
from .workload_pods import pods_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """C(before) is the pod template that the plan was made from."""

    cluster: Cluster
    controller: Controller
    workload: Ref
    before: Object
    joint: Joint
    timeout: float
    mesh: bool

    def until_settled(self, *, proxies: bool) -> None:
        workload = self.workload
        self.cluster.wait(
            str(workload),
            lambda: self._look(proxies=proxies),
            timeout=self.timeout,
            remedy=f"See: kubectl -n {workload.namespace} describe {workload.kind.lower()} {workload.name}; kubectl -n {workload.namespace} get pods",
        )

    def until_trusted(self) -> None:
        """Pods made while the webhook lacks the injector's CA come up without a proxy, silently: it says Ignore."""
        webhook = narrow_webhook.ref_for(self.workload)
        self.cluster.wait(
            f"{webhook}",
            lambda: self._compare_ca(webhook),
            timeout=self.timeout,
            remedy="cert-manager's cainjector brings the CA. See: kubectl -n cert-manager logs deploy/cert-manager-cainjector",
        )

    def _compare_ca(self, webhook: Ref) -> Seen:
        ours, original = self.cluster.get_many([webhook, Ref(narrow_webhook.API_VERSION, narrow_webhook.KIND, INJECTOR_WEBHOOK)])
        wanted = narrow_webhook.ca_bundles(original)
        trusted = ours is None or (narrow_webhook.ca_bundles(ours) == wanted and all(wanted))
        return Seen(done=trusted, words="trusted" if trusted else "it has not got the CA of Linkerd's own webhook yet")

    def _look(self, *, proxies: bool) -> Seen:
        workload = self.cluster.get(self.workload)
        if workload is None:
            return Seen(done=False, words="it does not exist")
        failure = self._chart_failure()
        if failure:
            raise RolloutError(str(Ref.of(workload)), failure, "Mend the HelmChartConfig; k3s then tries again.")
        if not self._is_written(workload["spec"]["template"]):
            return Seen(done=False, words="its pod template is not yet what was written")
        rolled_out = ready(workload)
        return self._pods(workload, proxies=proxies) if rolled_out.done else rolled_out

    def _is_written(self, live: Object) -> bool:
        """Whether our part of the settings is there. Somebody else's may be on its way as well, and is not waited for."""
        before, wanted = (_said(template, self.controller) for template in (self.before, self.joint.expected_template))
        now = _said(live, self.controller)
        return wanted - before <= now and not (before - wanted) & now

    def _pods(self, workload: Object, *, proxies: bool) -> Seen:
        controller = self.controller
        pods = self.cluster.list(pods_of(workload))
        ending = [pod for pod in pods if pod["metadata"].get("deletionTimestamp")]
        if ending:
            return Seen(done=False, words=f"{len(ending)} old pod(s) still end")
        wanted = self.joint.injected.mode
        wrong = [pod for pod in pods if proxies and self.mesh and controller.running(pod).mode != wanted]
        if wrong:
            name, mode = wrong[0]["metadata"]["name"], controller.running(wrong[0]).mode
            return Seen(done=False, words=f"pod {name} runs with {mode or 'no'} proxy, wanted is {wanted or 'none'}")
        return Seen(done=True, words="settled")

    def _chart_failure(self) -> str:
        """What k3s' Helm controller says, where it is the one to carry the settings out."""
        for chart in self.cluster.list(Query(API_VERSION, "HelmChart", optional=True)):
            if Ref.of(chart).name != self.joint.store_name:
                continue
            for condition in (chart.get("status") or {}).get("conditions") or []:
                if condition.get("type") == "Failed" and condition.get("status") == "True":
                    return f"k3s could not upgrade the chart: {condition.get('message') or condition.get('reason')}"
        return ""


def _said(template: Object, controller: Controller) -> set[tuple[str, str]]:
    """Our annotations and the container's arguments, one by one; a list of values in one argument is several."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    said = {(key, str(annotations[key])) for key in KEYS if key in annotations}
    for argument in controller.find_container(template["spec"]).get("args") or []:
        name, _equals, value = str(argument).partition("=")
        said |= {(name.lower(), part.strip()) for part in value.split(",")}
    return said
