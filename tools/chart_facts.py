# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts about Linkerd's published charts that the tests hold roles and stand-in charts to.

    python -m tools.chart_facts DIRECTORY

reads a directory with ``chart-values/<chart>/<version>/values.yaml`` (as published) and
``objects/<chart>-<version>.json`` (what each renders) and writes

* tests/unit/facts/chart-keys/<chart>.json: which value keys exist in which versions, for every chart there;
* tests/sandbox/facts/<chart>-<version>.json: objects and default values, for the versions that the sandbox has a stand-in of.

Only facts are kept: names, labels, ports, keys and defaults. Without that directory the tests use what was written before.
The keys of cert-manager and trust-manager are those of their Go modules, which the files name; this does not write them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = ROOT.parent / "shared" / "data" / "linkerd"
KEYS = ROOT / "tests" / "unit" / "facts" / "chart-keys"
RENDERED = ROOT / "tests" / "sandbox" / "facts"
CHARTS = ROOT / "sandbox" / "charts"
REPOSITORY = "https://helm.linkerd.io"
MADE_ANEW = ("checksum/config", "linkerd.io/trust-root-sha256")
"""Annotations with a hash of something that differs at every rendering."""

Facts = dict[str, Any]


def written(published: Path) -> dict[Path, Facts]:
    """File -> content, for all that this tool writes."""
    charts = sorted(path.name for path in (published / "chart-values").iterdir())
    found = {KEYS / f"{chart}.json": key_facts(published, chart) for chart in charts}
    for chart in charts:
        for version in offered(chart):
            found[RENDERED / f"{chart}-{version}.json"] = rendered_facts(published, chart, version)
    return found


def key_facts(published: Path, chart: str) -> Facts:
    """Which key of values.yaml or values-ha.yaml exists where; inner keys count as well, because whole branches are set too."""
    versions = sorted((path.name for path in (published / "chart-values" / chart).iterdir()), key=as_numbers)
    keys: dict[str, set[str]] = {version: set() for version in versions}
    for path in (published / "chart-values" / chart).glob("*/values*.yaml"):
        keys[path.parent.name] |= key_paths(_read_yaml(path))
    return {
        "source": f"values.yaml and values-ha.yaml of {chart} as published at {REPOSITORY}/stable (1.16.11) and {REPOSITORY}/edge",
        "versions": versions,
        "keys": {
            key: "all" if all(key in keys[version] for version in versions) else [version for version in versions if key in keys[version]]
            for key in sorted(set().union(*keys.values()))
        },
    }


def rendered_facts(published: Path, chart: str, version: str) -> Facts:
    """What a stand-in has to share with the published chart."""
    rendered = json.loads((published / "objects" / f"{chart}-{version}.json").read_text(encoding="utf-8"))
    values = flat(_read_yaml(published / "chart-values" / chart / version / "values.yaml"))
    how = rendered["rendered_with"]
    source = f"{chart} {version} as published, rendered by Helm 3 with: {how}; without hooks; … stands for a hash"
    objects = [_without_hashes(obj) for obj in rendered["objects"] if "helm_hooks" not in obj]
    return {"source": source, "objects": objects, "values": values}


def offered(chart: str) -> list[str]:
    """The versions that the sandbox has a stand-in of."""
    source = CHARTS / chart
    if not source.is_dir():
        return []
    return [str(_read_yaml(source / "Chart.yaml")["version"]), *sorted(path.stem for path in source.glob("versions/*.yaml"))]


def as_numbers(version: str) -> tuple[int, ...]:
    """To sort by: 2025.9.4 is before 2025.10.7."""
    return tuple(int(part) for part in version.split("."))


def key_paths(values: Any, path: str = "") -> set[str]:
    """Every key, inner ones too, as ``proxy.image.name``."""
    if not isinstance(values, dict):
        return set()
    inner = {f"{path}.{key}" if path else str(key): value for key, value in values.items()}
    return set(inner).union(*(key_paths(value, name) for name, value in inner.items()))


def flat(values: Any, path: str = "") -> dict[str, Any]:
    """Values as dotted path to leaf."""
    if isinstance(values, dict) and values:
        leaves: dict[str, Any] = {}
        for key, value in values.items():
            leaves |= flat(value, f"{path}.{key}" if path else key)
        return leaves
    return {path: values}


def as_text(facts: Facts) -> str:
    """How a file is laid out."""
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _without_hashes(obj: Facts) -> Facts:
    annotations = obj.get("pod_annotations")
    if not annotations:
        return obj
    return {**obj, "pod_annotations": {key: "…" if key in MADE_ANEW else value for key, value in annotations.items()}}


def _read_yaml(path: Path) -> Facts:
    found: Facts = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found


def main() -> None:
    """Write the files."""
    published = Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLISHED
    for path, facts in written(published).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(facts), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
