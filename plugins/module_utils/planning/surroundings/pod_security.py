# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pod Security Admission: linkerd-init needs NET_ADMIN and NET_RAW, which baseline and restricted forbid.

Run against a real API server; the proxy container does not drop all capabilities, so that restricted refuses it
even where the CNI plugin takes the place of linkerd-init (charts/partials of linkerd2).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...model import Finding, Object
from .view import View

ENFORCE = "pod-security.kubernetes.io/enforce"
INIT = "linkerd-init"


def findings(view: View) -> list[Finding]:
    reason = refusal(view)
    return [finding("L5D314", view.workload, reason)] if reason else []


def refusal(view: View) -> str:
    """Why the API server would refuse the controller's pods with a proxy; empty when it would not."""
    meta = view.context.snapshot.namespace.get("metadata") or {}
    level = (meta.get("labels") or {}).get(ENFORCE)
    if any(_carries_init(pod) for pod in view.context.snapshot.pods):
        return ""  # the namespace is exempt: a pod like that was let in
    named = f"namespace {meta.get('name')} enforces the Pod Security Standard {level}"
    if level in ("baseline", "restricted") and not view.linkerd.cni:
        return f"{named}, and linkerd-init needs NET_ADMIN"
    if level == "restricted" and not view.linkerd.drops_capabilities:
        return f"{named}, and the proxy does not drop all capabilities"
    return ""


def _carries_init(pod: Object) -> bool:
    return any(container.get("name") == INIT for container in (pod.get("spec") or {}).get("initContainers") or [])
