# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies that lag behind, and taking a mesh away.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

ROLLOUTS: dict[str, Rule] = {
    "L5D330": Rule(
        Severity.WARNING, "Pods lack the proxy that new ones would get", "Restart the workload: l5d_rollout with state: present does."
    ),
    "L5D331": Rule(
        Severity.WARNING,
        "Proxies of another release than the control plane's",
        "Restart the workload: l5d_rollout with state: present does.",
    ),
    "L5D332": Rule(
        Severity.ERROR,
        "Proxies trust another bundle than the one in force",
        "Restart the workload before a trust anchor goes: l5d_rollout with state: present does.",
    ),
    "L5D333": Rule(
        Severity.INFO,
        "Proxies run with other settings than new ones would",
        "Restart the workload: l5d_rollout with state: present does.",
    ),
    "L5D334": Rule(
        Severity.WARNING,
        "Pods carry a proxy that new ones would not get",
        "Annotate the workload with linkerd.io/inject if it shall stay meshed; else restart it: l5d_rollout with state: present does.",
    ),
    "L5D335": Rule(Severity.WARNING, "Pods lag, and are not restarted", "Replace the pods by hand, as the reason says."),
    "L5D336": Rule(
        Severity.ERROR,
        "The API would refuse the pods of a restart",
        "Mend what the reason names first: these pods would not come back from any restart, nor from a failed node.",
    ),
    "L5D337": Rule(
        Severity.INFO,
        "The API could not be asked what pods would get today",
        "Grant the right to create pods (only dry runs are sent), or mend what the reason names; their settings were not compared.",
    ),
    "L5D338": Rule(
        Severity.CRITICAL,
        "Linkerd's injector does not answer, and new pods come up without a proxy",
        "Bring the proxy injector up before anything is restarted: kubectl -n linkerd get pods.",
    ),
    "L5D340": Rule(
        Severity.INFO,
        "An annotation asks for a proxy that nobody adds any more",
        "Nothing to do. It meshes the pods again when Linkerd comes back; remove it if that is not wanted, or use strip_annotations.",
    ),
}
