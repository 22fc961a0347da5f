# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Traefik with a Gateway, and short questions about its routes."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Plan
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import audit, plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b

HEADER = "l5d-dst-override"
WEB, API = "web.app.svc.cluster.local:80", "api.app.svc.cluster.local:80"
STRIP = "--entryPoints.web.http.middlewares=app-strip@kubernetescrd"
SERVICES = (b.service("web"), b.service("api"), b.service("far", "other"))
SWITCH = "--experimental.kubernetesgateway=true"
"""Without it, 3.0 does not start its provider."""
NEWEST, BEFORE_BACKENDS, BEFORE_GRPC, FIRST = "3.7.15", "3.6.15", "3.1.7", "3.0.4"


def snapshot(*objects: Object, tag: str = NEWEST, arguments: t.Sequence[str] = (), mode: str = "", without: str = "") -> Snapshot:
    switch = (SWITCH,) if tag.startswith("3.0.") else ()
    args = [argument for argument in (*b.ARGUMENTS, "--providers.kubernetesgateway", *switch, *arguments) if argument != without]
    workload = b.deployment(b.pod_template(args, {"linkerd.io/inject": mode} if mode else None, tag), "traefik")
    gateway = () if any(obj["kind"] == "Gateway" for obj in objects) else b.GATEWAY
    return b.snapshot(*gateway, *SERVICES, *objects, workload=workload)


def seen(*objects: Object, mode: str = "ingress", **more: t.Any) -> dict[str, str]:
    """Verdicts of an audit by backend; the rule's name before them where there are several rules."""
    plan = audit(snapshot(*objects, mode=mode, **more), Intent(), TRAEFIK)
    several = len({verdict.rule for verdict in plan.verdicts}) > 1
    return {f"{v.rule} {v.backend}" if several else v.backend: v.verdict for v in plan.verdicts}


def planned(*objects: Object, strategy: str = "header", **more: t.Any) -> Plan:
    return plan_present(snapshot(*objects, **more), Intent(strategy=strategy), TRAEFIK).plan


def codes(plan: Plan) -> set[str]:
    return {finding.code for finding in plan.findings}


def written(plan: Plan, kind: str = "HTTPRoute") -> Object:
    """The spec of the one route that the plan changes."""
    (step,) = [step for step in plan.steps if step.object.kind == kind]
    assert step.after
    spec: Object = step.after["spec"]
    return spec


def set_by(holder: Object) -> list[Object]:
    filters = [item["requestHeaderModifier"] for item in holder.get("filters", []) if item["type"] == "RequestHeaderModifier"]
    return [item for modifier in filters for item in modifier.get("set", [])]


SIMPLE = b.http_route("web", b.rule(b.ref("web")))

REDIRECT: Object = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}
REWRITE: Object = {"type": "URLRewrite", "urlRewrite": {"hostname": "x"}}
RESPONSE: Object = {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["a"]}}
MIRROR: Object = {"type": "RequestMirror", "requestMirror": {"backendRef": b.ref("api")}}
