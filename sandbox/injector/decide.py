# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the injector want this pod, in which mode, and if not, why not.

What the API server decides before (the webhook's namespaceSelector and
objectSelector: kube-system, cert-manager, the label
config.linkerd.io/admission-webhooks=disabled, control-plane pods) is not asked
here: an injector only ever sees what was sent to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.rest import Object

INJECT = "linkerd.io/inject"
MODES = ("enabled", "ingress")
SIDECARS = ("linkerd-proxy", "istio-proxy", "linkerd-init", "istio-init")


@dataclass(frozen=True)
class Decision:
    """Either a mode, or the reasons against it."""

    mode: str = ""
    reasons: tuple[str, ...] = ()


def decide(pod: Object, namespace: Object, values: Object) -> Decision:
    spec = pod.get("spec") or {}
    mode, reason = _by_annotation(_annotation(pod), _annotation(namespace))
    reasons = [*_by_spec(spec, values), *([reason] if reason else [])]
    return Decision(reasons=tuple(reasons)) if reasons else Decision(mode=mode)


def _by_spec(spec: Object, values: Object) -> list[str]:
    reasons = []
    if spec.get("hostNetwork"):
        reasons.append("the pod uses hostNetwork")
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    if any(container.get("name") in SIDECARS for container in containers):
        reasons.append("the pod already has a sidecar proxy")
    projected = (values.get("identity") or {}).get("serviceAccountTokenProjection", True)
    if spec.get("automountServiceAccountToken") is False and not projected:
        reasons.append("automountServiceAccountToken is false and identity.serviceAccountTokenProjection is off")
    return reasons


def _by_annotation(pod: str, namespace: str) -> tuple[str, str]:
    """Mode or reason. An invalid value counts wherever it stands, even under a valid one."""
    for where, value in (("namespace", namespace), ("pod", pod)):
        if value not in ("", "disabled", *MODES):
            return "", f"the {where}'s annotation {INJECT} has the invalid value {value!r}"
    if pod in MODES:
        return pod, ""
    if pod == "disabled":
        return "", f"the pod has the annotation {INJECT}: disabled"
    if namespace in MODES:
        return namespace, ""
    return "", f"neither the pod nor its namespace has the annotation {INJECT}: enabled"


def _annotation(obj: Object) -> str:
    return str(((obj.get("metadata") or {}).get("annotations") or {}).get(INJECT, ""))
