# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One stand-in chart in several versions.

A chart's directory holds its newest version. ``versions/<version>.yaml`` in it
says how an older one differs, and nothing else does: templates look at values,
never at the version. The keys, all optional:

* ``values``: values that the older one has, or has with another default;
* ``absent``: dotted paths of values that it has not;
* ``chart``: fields of its Chart.yaml.

``offer`` writes each as ``<chart>-<version>``, which is where the inventory of a
sandbox looks for it, and tests/sandbox/test_charts.py holds each to the facts of
the published chart of that version, tests/sandbox/facts/<chart>-<version>.json.
So another chart gets a version with two files and its line in that test.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

Values = dict[str, Any]
FOLDER = "versions"


def offer(source: Path, made: Path) -> None:
    """Write every version of the chart beside ``made``, its assembled newest one; ``source`` is its directory in the tree."""
    about = _read(made / "Chart.yaml")
    shutil.copytree(made, made.with_name(f"{made.name}-{about['version']}"))
    for file in sorted((source / FOLDER).glob("*.yaml")):
        target = made.with_name(f"{made.name}-{file.stem}")
        shutil.copytree(made, target)
        difference = _read(file)
        _write(target / "Chart.yaml", {**about, **difference.get("chart", {}), "version": file.stem})
        _write(target / "values.yaml", older(_read(made / "values.yaml"), difference))


def older(values: Values, difference: Values) -> Values:
    """The values of an older version."""
    result = _merged(values, difference.get("values", {}))
    for path in difference.get("absent", []):
        *parents, last = path.split(".")
        inner = result
        for part in parents:
            inner = inner[part]
        del inner[last]
    return result


def _merged(base: Values, over: Values) -> Values:
    result = {key: _merged(value, {}) if isinstance(value, dict) else value for key, value in base.items()}
    for key, value in over.items():
        result[key] = _merged(result.get(key) or {}, value) if isinstance(value, dict) else value
    return result


def _read(file: Path) -> Values:
    found: Values = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def _write(file: Path, content: Values) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
