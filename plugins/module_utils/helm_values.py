# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A HelmChartConfig with its C(valuesContent) opened, so that edits can reach inside, and closed again.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import typing as t

from .errors import PlanningError
from .model import RECORD_ANNOTATION, Object, Ref

TEXT_ANNOTATION = "pimesh.linkerd/values-before"
MAX_TEXT = 100_000
"""Annotations of one object hold 256 KiB in all."""

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

    _LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _DUMPER: t.Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse_values(text: t.Any, subject: str) -> Object:
    """YAML text to a mapping; nothing to an empty one."""
    try:
        values = yaml.load(str(text or ""), Loader=_LOADER)  # noqa: S506 - a safe loader, the fast one where libyaml is there
    except (yaml.YAMLError, ValueError) as exc:  # a date like 2026-13-45 is a ValueError
        mark = getattr(exc, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise PlanningError(
            subject,
            f"its valuesContent is not YAML{where}: {getattr(exc, 'problem', exc)}",
            "Mend it first; nothing was changed. k3s cannot use it as it is either.",
        ) from exc
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise PlanningError(
            subject, f"its valuesContent is a {type(values).__name__}, not a mapping", "Helm values are a mapping; mend it first."
        )
    return values


def repeated_keys(text: t.Any) -> list[str]:
    """Keys that one mapping gives more than once; Helm, and parse_values, take the last of them."""
    found: list[str] = []
    seen: set[int] = set()  # an alias is the very node that its anchor is, and may be inside it
    waiting = [yaml.compose(str(text or ""), Loader=_LOADER)]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            counts = collections.Counter(key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode))
            found += [str(key) for key, count in counts.items() if count > 1]
            waiting += [value for _key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return found


def merge_values(base: Object, overlay: Object) -> Object:
    """Helm's own merge: mappings by key, everything else replaced, null removes. The arguments stay as they are."""
    merged = dict(base)
    for key, value in overlay.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge_values(merged[key], value)
        else:
            merged[key] = value
    return merged


def dump_values(values: Object) -> str:
    return str(yaml.dump(values, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120))


def open_config(obj: Object) -> Object:
    """C(spec.valuesContent) becomes a mapping. O(obj) is not changed."""
    opened = copy.deepcopy(obj)
    spec = opened.get("spec")
    if isinstance(spec, dict) and "valuesContent" in spec:
        spec["valuesContent"] = parse_values(spec["valuesContent"], str(Ref.of(obj)))
    return opened


def _says(text: t.Any, values: Object) -> bool:
    """Whether this text means these values; one that somebody has spoilt means nothing."""
    try:
        return isinstance(text, str) and parse_values(text, "") == values
    except PlanningError:
        return False


def close_config(opened: Object, original: Object | None) -> Object:
    """Back to text. The author's own text, with its comments, is kept beside ours and comes back with its meaning."""
    closed = copy.deepcopy(opened)
    spec: Object = closed.get("spec") or {}
    values = spec.get("valuesContent")
    live = ((original or {}).get("spec") or {}).get("valuesContent")
    annotations: Object = (closed.get("metadata") or {}).get("annotations") or {}
    authors = annotations.pop(TEXT_ANNOTATION, live)
    if isinstance(values, dict):
        fitting = [text for text in (authors, live) if _says(text, values)]
        spec["valuesContent"] = fitting[0] if fitting else dump_values(values)
        ours = RECORD_ANNOTATION in annotations and spec["valuesContent"] != authors
        if ours and isinstance(authors, str) and len(authors) <= MAX_TEXT:
            annotations[TEXT_ANNOTATION] = authors
    if not annotations:
        (closed.get("metadata") or {}).pop("annotations", None)
    return closed
