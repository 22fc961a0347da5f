# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which workloads of the cluster run in ingress mode, and what is known of them."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.around import IngressModePods
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress_mode import entries
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.scene import EDGE, scene


def in_ingress_mode(name: str, annotation: str = "", controller: str = "", namespace: str = "app") -> IngressModePods:
    return IngressModePods(Ref("apps/v1", "Deployment", name, namespace), annotation, controller)


def test_every_workload_in_ingress_mode_is_listed_once() -> None:
    seen = {
        in_ingress_mode("traefik", "ingress", "traefik", EDGE): 2,
        in_ingress_mode("shop", "ingress"): 1000,
        in_ingress_mode("second", "ingress", "traefik", "linkerd"): 1,
        in_ingress_mode("late", namespace="linkerd"): 1,
    }
    base = scene(ingress_mode=seen)
    namespaces = {**base.around.namespaces, "app": {"metadata": {"name": "app", "annotations": {"linkerd.io/inject": "ingress"}}}}
    snapshot = replace(base, around=replace(base.around, namespaces=namespaces))
    plan = audit(snapshot, Intent(), TRAEFIK)
    found_entries = {entry.workload.name: entry.to_dict() for entry in entries(snapshot, plan.verdicts)}
    assert {name: (entry["pods"], entry["source"], entry["controller"], entry["policy"]) for name, entry in found_entries.items()} == {
        "traefik": (2, "pod annotation", "traefik", "covered"),
        "shop": (1000, "namespace annotation", "", "none"),
        "second": (1, "pod annotation", "traefik", "not_judged"),
        "late": (1, "unknown", "", "none"),
    }
    codes = {finding.object.name: finding.code for finding in plan.findings if finding.code in ("L5D320", "L5D321")}
    assert codes == {"shop": "L5D320", "late": "L5D320", "second": "L5D321"}


def test_a_controller_with_an_open_route_is_said_to_be_open() -> None:
    pod = b.pod_template()
    pod["spec"]["initContainers"] = [{"name": "linkerd-proxy", "env": [{"name": "LINKERD2_PROXY_INGRESS_MODE", "value": "true"}]}]
    base = scene(ingress_mode={in_ingress_mode("traefik", "ingress", "traefik", EDGE): 1})
    snapshot = replace(base, pods=(pod,))
    (entry,) = entries(snapshot, audit(snapshot, Intent(), TRAEFIK).verdicts)
    assert entry.policy == "open"
