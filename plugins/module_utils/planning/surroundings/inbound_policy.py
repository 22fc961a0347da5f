# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Linkerd's default inbound policy: clients of an ingress controller have no identity of the mesh.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...linkerd import ports
from ...linkerd.annotations import INBOUND_POLICY
from ...model import Finding
from .view import View, some

REFUSING = ("all-authenticated", "cluster-authenticated", "deny")


def findings(view: View) -> list[Finding]:
    policy = view.annotations.get(INBOUND_POLICY, view.linkerd.inbound_policy)
    if policy not in REFUSING:
        return []
    listeners = view.context.controller.listeners(view.context.snapshot.workload)
    closed = [f"{name} ({port})" for name, port in sorted(listeners.items()) if not ports.contains(view.skips_inbound, port)]
    return [finding("L5D115", view.workload, f"{policy} at {some(closed)}")] if closed else []
