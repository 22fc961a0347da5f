# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller and what stands around it, for tests of what is found there."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Finding, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.around import Around, MeshedPods
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b

EDGE = "edge"
CLUSTER_NAME = "kubernetes.io/metadata.name"


def scene(*objects: Object, linkerd: Object | None = None, namespace: Object | None = None, **around: t.Any) -> Snapshot:
    """A Traefik in a namespace of its own, with one Ingress to one Service."""
    web = b.service("web", selector={"app": "web"})
    metas = [{"metadata": {"name": name, "labels": {CLUSTER_NAME: name}}} for name in (EDGE, "app", "linkerd", "kube-system")]
    given = {"namespaces": {meta["metadata"]["name"]: meta for meta in metas}, **around}
    made = b.snapshot(web, b.ingress("shop", ("web", 80)), *objects, workload=b.deployment(namespace=EDGE), around=Around(**given))
    made = replace(made, linkerd=replace(b.LINKERD, **(linkerd or {})))
    return replace(made, namespace=namespace) if namespace else made


def found(snapshot: Snapshot, **intent: t.Any) -> dict[str, list[Finding]]:
    """What present says, by code. Every finding of the surroundings is in the audit, too."""
    planned = plan_present(snapshot, Intent(**intent), TRAEFIK).plan.findings
    by_code: dict[str, list[Finding]] = {}
    for finding in planned:
        by_code.setdefault(finding.code, []).append(finding)
    return by_code


def audited(snapshot: Snapshot) -> set[str]:
    return {finding.code for finding in audit(snapshot, Intent(), TRAEFIK).findings}


def pods(namespace: str = "app", ports: t.Mapping[str, int] | None = None, skip: str = "", **labels: str) -> MeshedPods:
    return MeshedPods(namespace, frozenset((labels or {"app": "web"}).items()), frozenset((ports or {}).items()), skip)


CODES = {f"L5D{number}" for number in (*range(113, 120), *range(309, 330))}


def a_namespace(labels: t.Mapping[str, str] | None = None, annotations: t.Mapping[str, str] | None = None) -> Object:
    return {"metadata": {"name": EDGE, "labels": dict(labels or {}), "annotations": dict(annotations or {})}}
