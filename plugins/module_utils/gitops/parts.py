# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rendering of the roles left in its directories, as steps in the order in which they have to be brought.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..model import Object
from ..rendering.render import KUSTOMIZATION

with contextlib.suppress(ImportError):  # kubernetes.core needs it as well
    import yaml

FIRST = ("-crds", "-cni")
"""Ends of the names of charts that others of the same role build on."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that has to be there before the next one: the objects of a directory, or one release of a chart."""

    name: str
    part: str
    chart: Object | None = None
    """What chart-<release>.yaml says; none for objects."""
    chart_values: Object | None = None

    @property
    def local(self) -> bool:
        """The chart is a path on the machine that rendered, which no GitOps tool can reach."""
        return self.chart is not None and "repository" not in self.chart


def steps(root: Path, parts: t.Sequence[str]) -> list[Step]:
    """In the order of O(parts); a directory that is not there has no steps."""
    found: list[Step] = []
    for part in parts:
        directory = root / part
        if (directory / KUSTOMIZATION).is_file():
            found.append(Step(f"{part.replace('_', '-')}-objects", part))
        charts = [_load(path) for path in sorted(directory.glob("chart-*.yaml"))]
        found += [_release(directory, part, chart) for chart in sorted(charts, key=_rank)]
    return found


def _release(directory: Path, part: str, chart: Object) -> Step:
    values = _load(directory / chart["values"]) if chart.get("values") else {}
    return Step(str(chart["release"]), part, chart, values)


def _rank(chart: Object) -> tuple[int, str]:
    name = str(chart["release"])
    return next((number for number, end in enumerate(FIRST) if name.endswith(end)), len(FIRST)), name


def _load(path: Path) -> Object:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError("root", f"{path} cannot be read: {error}", "Render the roles again.") from error
    if not isinstance(content, dict):
        raise InputError("root", f"{path} holds no mapping", "Render the roles again.")
    return content
