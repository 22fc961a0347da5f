# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a controller's chart, from the controller's own declaration and without a cluster.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import ChartTarget, Controller
from ..controllers.registry import CONTROLLERS, names
from ..errors import InputError
from ..model import Object
from ..persistence.pod_template import chart_values


def values_for(annotations: t.Any, controller: str, strategy: str, target: ChartTarget) -> Object:
    """O(strategy) may be auto: the best one that this version of the controller can do."""
    known, number = _named(controller), ".".join(map(str, target.version))
    possible = known.strategies(target.version) if target.version else ()
    if not possible:
        raise InputError(
            "version", f"{number or 'this'} is no version of {controller} that a strategy is known for", "Give one like 3.7.15."
        )
    chosen = possible[0] if strategy == "auto" else strategy
    if chosen not in (*possible, "none"):
        raise InputError("strategy", f"{strategy!r} is none of {controller} {number}", f"Use auto, {', '.join(possible)} or none.")
    if not isinstance(annotations, dict):
        raise InputError("annotations", f"{annotations!r} is not a mapping", "Give the annotations of the pods as a mapping.")
    edits = [] if chosen == "none" else known.chart_edits(chosen, target)
    return chart_values(known.chart_annotations, {str(key): str(value) for key, value in annotations.items()}, edits)


def _named(name: str) -> Controller:
    for controller in CONTROLLERS:
        if controller.name == name:
            return controller
    raise InputError("controller", f"{name!r} is not known", f"Known are {', '.join(names())}.")
