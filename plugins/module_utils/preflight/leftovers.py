# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Linkerd that is there, whoever installed it, and what is left of one that was removed by halves.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..findings import finding
from ..helm_values import parse_values
from ..linkerd.annotations import CREATED_BY
from ..managers import release_of
from ..model import Finding, Object, Ref
from ..objects.readiness import condition_of
from .view import Facts, View

TAP = "v1alpha1.tap.linkerd.io"


def findings(view: View) -> list[Finding]:
    if view.linkerd_config is not None and not release_of(view.linkerd_config)[0]:
        installed = [finding("L5D129", Ref.of(view.linkerd_config), f"by {installed_by(view.linkerd_config)}")]
    else:
        installed = []
    return [*installed, *_dead_webhooks(view), *_dead_api(view), *_orphans(view)]


def facts(view: View) -> Facts:
    config = view.linkerd_config
    if config is None:
        return {"installed": False, "leftovers": [Ref.of(obj).to_dict() for obj in _left(view)]}
    values = parse_values((config.get("data") or {}).get("values"), str(Ref.of(config)))
    return {
        "installed": True,
        "leftovers": [],
        "namespace": config["metadata"]["namespace"],
        "version": str(values.get("linkerdVersion") or ""),
        "installed_by": installed_by(config),
    }


def installed_by(config: Object) -> str:
    """C(Helm release linkerd/linkerd-control-plane), or what the command line tool calls itself."""
    release, namespace = release_of(config)
    if release:
        return f"Helm release {namespace}/{release}"
    return str((config["metadata"].get("annotations") or {}).get(CREATED_BY) or "an unknown tool")


def _dead_webhooks(view: View) -> list[Finding]:
    """The API server waits for a Service that is gone: with failurePolicy Fail nothing that is matched can be created."""
    found = []
    for configuration in view.webhooks:
        for hook in configuration.get("webhooks") or []:
            service = (hook.get("clientConfig") or {}).get("service") or {}
            if service and hook.get("failurePolicy", "Fail") == "Fail" and not _has_service(view, service):
                reason = f"{hook.get('name')} calls Service {service.get('namespace')}/{service.get('name')}, which does not exist"
                found.append(finding("L5D130", Ref.of(configuration), f"{reason}, and its failurePolicy is Fail"))
    return found


def _has_service(view: View, service: Object) -> bool:
    wanted = (service.get("namespace"), service.get("name"))
    return any((obj["metadata"]["namespace"], obj["metadata"]["name"]) == wanted for obj in view.services)


def _dead_api(view: View) -> list[Finding]:
    """An API group that does not answer keeps every namespace from ending, and clients from discovering."""
    found = []
    for obj in view.api_services:
        state = condition_of(obj, "Available")
        if obj["metadata"]["name"] == TAP and state.get("status") == "False":
            found.append(finding("L5D130", Ref.of(obj), f"not available: {state.get('message') or state.get('reason') or 'no reason'}"))
    return found


def _orphans(view: View) -> list[Finding]:
    return [finding("L5D131", Ref.of(obj)) for obj in _left(view)]


def _left(view: View) -> list[Object]:
    """What no control plane and no Helm release stands behind; Helm would refuse to take most of it over."""
    if view.linkerd_config is not None:
        return []
    crd = [view.profile_crd] if view.profile_crd else []
    named = [*view.webhooks, *view.roles, *crd, *(obj for obj in view.api_services if obj["metadata"]["name"] == TAP)]
    return [obj for obj in named if not release_of(obj)[0] and not _ours(obj)]


def _ours(obj: Object) -> bool:
    return "pimesh.linkerd" in str((obj["metadata"].get("labels") or {}).get("app.kubernetes.io/managed-by"))
