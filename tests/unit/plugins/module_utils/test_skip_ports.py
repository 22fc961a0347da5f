# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of ports to skip that the pod template or the namespace has already."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.pods import lagging
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.scene import EDGE, a_namespace, scene

SKIP_IN, SKIP_OUT = "config.linkerd.io/skip-inbound-ports", "config.linkerd.io/skip-outbound-ports"


def written(snapshot: Snapshot, **intent: t.Any) -> dict[str, str]:
    template = plan_present(snapshot, Intent(**intent), TRAEFIK).expected_template
    return t.cast("dict[str, str]", template["metadata"]["annotations"])


def test_a_namespace_s_ports_are_kept_instead_of_the_defaults() -> None:
    namespace = a_namespace(annotations={SKIP_IN: "9999,web", SKIP_OUT: "5432"})
    annotations = written(scene(namespace=namespace), strategy="header")
    assert annotations[SKIP_IN] == "8000,8443,9999"
    assert annotations[SKIP_OUT] == "443,5432"
    assert written(scene(), strategy="header")[SKIP_OUT] == "443,4567,4568"
    assert SKIP_OUT not in written(scene(namespace=namespace), strategy="cluster_ip")


def test_the_workload_s_ports_beat_the_namespace_s() -> None:
    base = scene(namespace=a_namespace(annotations={SKIP_IN: "9999"}))
    workload = b.deployment(b.pod_template(annotations={SKIP_IN: "7777"}), EDGE)
    snapshot = replace(base, workload=workload)
    assert written(snapshot)[SKIP_IN] == "7777,8000,8443"
    again = plan_present(snapshot.after(plan_present(snapshot, Intent(), TRAEFIK).plan.steps), Intent(), TRAEFIK)
    assert again.expected_template["metadata"]["annotations"][SKIP_IN] == "7777,8000,8443"


def test_a_port_that_the_namespace_skips_bypasses_the_mesh() -> None:
    snapshot = scene(namespace=a_namespace(annotations={SKIP_OUT: "80"}))
    (verdict,) = plan_present(snapshot, Intent(), TRAEFIK).plan.verdicts
    assert verdict.verdict == "bypasses_mesh"


def test_a_namespace_s_list_that_is_no_list_is_said() -> None:
    snapshot = scene(namespace=a_namespace(annotations={SKIP_OUT: "https"}))
    (one,) = [one for one in audit(snapshot, Intent(), TRAEFIK).findings if one.code == "L5D306"]
    assert one.object == Ref("v1", "Namespace", EDGE)


def test_pods_that_got_a_list_from_their_namespace_do_not_lag() -> None:
    inherited = {SKIP_OUT: "80", "linkerd.io/inject": "enabled", "config.linkerd.io/proxy-log-level": "debug"}
    base = scene(namespace=a_namespace(annotations=inherited))
    of_template = b.pod_template(annotations={"mine": "x"})
    made_of_it = replace(base, pods=(b.pod_template(annotations={**inherited, "mine": "x"}),))
    assert not lagging(made_of_it, of_template, TRAEFIK)
    assert lagging(replace(base, pods=(b.pod_template(annotations={SKIP_OUT: "443"}),)), of_template, TRAEFIK)
    assert lagging(made_of_it, b.pod_template(annotations={SKIP_OUT: "443"}), TRAEFIK)
