# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the Kubernetes API, where Linkerd's ingress mode forwards nothing but HTTP.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ...findings import finding
from ...linkerd import ports
from ...model import Finding
from .view import View

API_PORT = 443


def findings(view: View) -> list[Finding]:
    if view.mode != "ingress" or not view.linkerd.forwards_only_http or ports.contains(view.skips_outbound, API_PORT):
        return []
    return [finding("L5D116", view.workload, f"port {API_PORT} is not in skip-outbound-ports")]
