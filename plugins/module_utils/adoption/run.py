# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_adoption: from options to results.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..apply_plan import execute
from ..diff import plan_diff
from ..objects import helm
from . import plan
from .installed import OURS, gather

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..cluster import Cluster
    from ..model import Object
    from .installed import Installed


def main(module: AnsibleModule, cluster: Cluster) -> Object:
    """Protect what an upgrade by Helm would take away; the rest is facts."""
    installed = gather(cluster, module.params["namespace"])
    wanted = module.params["values"] or {}
    module.params["values"] = {}
    if module.params["chart_version"]:
        plan.refuse_leap(installed.chart_version, module.params["chart_version"])
        plan.refuse_two_at_once(installed, module.params["chart_version"])
    steps = plan.steps(installed, wanted)
    if steps and module.params["state"] == "present":
        steps = execute(cluster, steps, check_mode=module.check_mode)
    return {
        "changed": bool(steps) and module.params["state"] == "present",
        "method": installed.method,
        "chart_version": installed.chart_version,
        "releases": _releases(installed),
        "take_ownership": installed.method == "cli" or (installed.has_definitions and installed.definitions is None),
        "steps": [step.to_dict() for step in steps],
        "findings": [found.to_dict() for found in plan.findings(installed, wanted)],
        "diff": plan_diff(steps),
    }


def _releases(installed: Installed) -> Object:
    """Under which names Helm goes on; two releases must never hold the same objects."""
    names = zip(("control_plane", "crds"), (installed.control_plane, installed.definitions), OURS, strict=True)
    return {key: dict((found or helm.Release(default, installed.namespace))._asdict()) for key, found, default in names}
