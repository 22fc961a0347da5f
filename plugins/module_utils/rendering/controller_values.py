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
from ..linkerd.releases import version as parse_version
from ..model import Object
from ..persistence.base import Wanted
from ..persistence.pod_template import chart_values


def values_for(annotations: t.Mapping[str, t.Any], controller: str, version: str, strategy: str, target: ChartTarget) -> Object:
    """O(strategy) may be auto: the best one that this version of the controller can do."""
    known = _named(controller)
    possible = known.strategies(parse_version(version))
    if not possible:
        raise InputError("version", f"{version!r} is no version of {controller} that a strategy is known for", "Versions look like 3.7.15.")
    chosen = possible[0] if strategy == "auto" else strategy
    if chosen not in (*possible, "none"):
        raise InputError("strategy", f"{strategy!r} is none of {controller} {version}", f"Use auto, {', '.join(possible)} or none.")
    if not isinstance(annotations, dict):
        raise InputError("annotations", f"{annotations!r} is not a mapping", "Give the annotations of the pods as a mapping.")
    settings = [] if chosen == "none" else known.chart_settings(chosen, target)
    return chart_values(known.chart_annotations, Wanted({str(key): str(value) for key, value in annotations.items()}, settings))


def _named(name: str) -> Controller:
    for controller in CONTROLLERS:
        if controller.name == name:
            return controller
    raise InputError("controller", f"{name!r} is not known", f"Known are {', '.join(names())}.")
