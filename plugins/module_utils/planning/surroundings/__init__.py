# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What around an ingress controller keeps a proxy beside it from working, or is lost with one. Found before the rollout.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ...model import Finding, Object, Verdict
from ..context import Context
from . import api_server, backends, cilium, clients, control_plane, exposure, inbound_policy, jobs, opaque_ports, permissions, pod_security
from .view import View

CONCERNS: tuple[t.Callable[[View], list[Finding]], ...] = (
    permissions.findings,
    pod_security.findings,
    control_plane.findings,
    backends.findings,
    clients.findings,
    inbound_policy.findings,
    api_server.findings,
    cilium.findings,
    jobs.findings,
    exposure.findings,
    opaque_ports.findings,
)


def findings(context: Context, template: Object, mode: str, verdicts: t.Sequence[Verdict]) -> list[Finding]:
    """O(template) is the pod template as it is, or will be; so are O(mode) and O(verdicts). Without Linkerd there is nothing to find."""
    view = _view(context, template, mode, verdicts)
    return [found for concern in CONCERNS for found in concern(view)] if view else []


def refusal(context: Context, template: Object) -> str:
    """Why the API server would not let in the pods of this template; empty when it would."""
    view = _view(context, template)
    return pod_security.refusal(view) if view else ""


def _view(context: Context, template: Object, mode: str = "", verdicts: t.Sequence[Verdict] = ()) -> View | None:
    linkerd = context.snapshot.linkerd
    return View(context, linkerd, template, mode, verdicts) if linkerd else None
