# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What C(--diff) shows of a plan. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from .merge import LAST_APPLIED, same_content, strip_server_fields

if t.TYPE_CHECKING:
    from .model import Object, Ref, Step

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

_SECRET_PARTS = ("data", "stringData")


def plan_diff(steps: t.Iterable[Step]) -> dict[str, str]:
    """Before and after as YAML, changed objects only, without bookkeeping and without anything secret.

    An object that is written twice is shown once, from its first state to its last.
    """
    ends: dict[Ref, tuple[Object | None, Object | None]] = {}
    for step in sorted(steps, key=lambda step: (step.phase, step.object)):
        before, _between = ends.get(step.object, (step.before, None))
        ends[step.object] = (before, step.after)
    pairs = [_shown(before, after) for before, after in ends.values()]
    changed = [pair for pair in pairs if pair is not None]
    return {"before": _yaml(before for before, _after in changed), "after": _yaml(after for _before, after in changed)}


def _shown(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None] | None:
    if before is not None and after is not None and same_content(before, after):
        return None
    return _without_secrets(before, before, "before"), _without_secrets(after, before, "after")


def _without_secrets(obj: Object | None, before: Object | None, when: str) -> Object | None:
    """Secret values become asterisks; one that changes says so, because two equal masks would hide the change."""
    if obj is None:
        return None
    shown = strip_server_fields(obj)
    annotations = shown.get("metadata", {}).get("annotations") or {}
    if LAST_APPLIED in annotations:
        kept = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
        shown["metadata"] = {**shown["metadata"], "annotations": kept}
    if obj.get("kind") != "Secret":
        return shown
    for part in _SECRET_PARTS:
        if isinstance(shown.get(part), dict):
            old = (before or {}).get(part) or {}
            shown[part] = {key: _masked(value, old.get(key, value), when) for key, value in shown[part].items()}
    return shown


def _masked(value: t.Any, old: t.Any, when: str) -> str:
    return "********" if value == old else f"******** ({when}: another value)"


def _yaml(objects: t.Iterable[Object | None]) -> str:
    return "".join(
        f"---\n{yaml.dump(obj, Dumper=lines_dumper(), default_flow_style=False, width=120, allow_unicode=True)}"
        for obj in objects
        if obj is not None
    )


def lines_dumper() -> t.Any:
    """Text of several lines is shown in lines: a HelmChartConfig's values would be one unreadable line otherwise."""

    def lines(dumper: t.Any, text: str) -> t.Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    dumper: t.Any = type("LinesDumper", (yaml.SafeDumper,), {})
    dumper.add_representer(str, lines)
    return dumper
