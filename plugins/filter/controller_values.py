# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm values for an ingress controller's own chart."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version as parse_version
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call

DEFAULTS: dict[str, t.Any] = {"strategy": "auto", "chart_version": "", "namespace": "", "entry_points": ["web", "websecure"]}


def controller_values(annotations: t.Any, controller: t.Any, version: t.Any, **options: t.Any) -> dict[str, t.Any]:
    return call("controller_values", _controller_values, annotations, {"controller": controller, "version": version, **options})


def _controller_values(annotations: t.Any, options: dict[str, t.Any]) -> dict[str, t.Any]:
    # Ansible imports every filter of a collection in each task that uses one of them, and all controllers take a tenth of a second.
    from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.base import ChartTarget  # noqa: PLC0415
    from ansible_collections.pimesh.linkerd.plugins.module_utils.rendering.controller_values import values_for  # noqa: PLC0415

    given = {**DEFAULTS, **options}
    for name, value in given.items():
        if name not in DEFAULTS and name not in ("controller", "version"):
            raise InputError(name, "is no option", f"Options are {', '.join(DEFAULTS)}.")
        if name != "entry_points" and not isinstance(value, str):
            raise InputError(name, f"{value!r} is not text", "Put it in quotes: 3.10 is another number than '3.10'.")
    points, chart = given["entry_points"], given["chart_version"]
    if not isinstance(points, list) or not all(isinstance(point, str) for point in points):
        raise InputError("entry_points", f"{points!r} is not a list of names", "Give a list such as ['web', 'websecure'].")
    for name, needed in (("version", True), ("chart_version", bool(chart))):
        if needed and not parse_version(given[name]):
            raise InputError(name, f"{given[name]!r} is no version", "Versions look like 3.7.15.")
    target = ChartTarget(parse_version(given["version"]), parse_version(chart), given["namespace"], tuple(points))
    return values_for(annotations, given["controller"], given["strategy"], target)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"controller_values": controller_values}
