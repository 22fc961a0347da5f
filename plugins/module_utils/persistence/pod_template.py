# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a controller without a chart that k3s manages: patched into the workload itself.

Helm keeps annotations it does not render; a list of arguments it puts back at its next upgrade, which is a finding.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..findings import finding
from ..managers import release_of
from ..model import Finding, Object, Ref
from ..ownership import Edit, Lost, SetLeaf, made, owned, restore, rewrite
from ..places import Path
from .base import HelmValues, Setting, Store, Wanted

ANNOTATIONS: Path = ("spec", "template", "metadata", "annotations")


class PodTemplateStore(Store):
    def __init__(self, workload: Object, container: str, chart_annotations: Path = ()) -> None:
        """O(chart_annotations) is where the controller's chart has its pod annotations."""
        self.ref = Ref.of(workload)
        self.live: Object | None = workload
        self._chart_annotations = chart_annotations
        self._arguments: Path = ("spec", "template", "spec", "containers", {"name": container}, "args")

    def desire(self, wanted: Wanted, live: Object | None) -> Object | None:
        return rewrite(live, self._edits(wanted)) if live else None

    def lost(self) -> list[Lost]:
        return restore(self.live)[1] if self.live else []

    def owns(self, setting: Setting) -> bool:
        placed = self._placed(setting.argument)
        return any(edit.path == placed.path and _value(edit) == _value(placed) for edit in self._owned())

    def owns_annotation(self, key: str) -> bool:
        return any(edit.path == (*ANNOTATIONS, key) for edit in self._owned())

    def restored_annotations(self, wanted: Wanted) -> dict[str, str]:
        if not self.live:
            return {}
        back = restore(self.live)[0]["spec"]["template"].get("metadata", {}).get("annotations") or {}
        ours = [str(edit.path[-1]) for edit in self._owned() if edit.path[:-1] == ANNOTATIONS]
        return {key: str(back[key]) for key in ours if key in back and key not in wanted.annotations}

    def helm_values(self, wanted: Wanted) -> HelmValues | None:
        release, _namespace = release_of(self.live)
        edits = [setting.mergeable or setting.values for setting in wanted.settings]
        return HelmValues(release, chart_values(self._chart_annotations, wanted.annotations, edits), by_manifest=False) if release else None

    def findings(self, wanted: Wanted) -> list[Finding]:
        labels = ((self.live or {}).get("metadata") or {}).get("labels") or {}
        return [finding("L5D502", self.ref)] if wanted.settings and labels.get("app.kubernetes.io/managed-by") == "Helm" else []

    def _owned(self) -> list[Edit]:
        return owned(self.live) if self.live else []

    def _edits(self, wanted: Wanted) -> list[Edit]:
        annotations: list[Edit] = [SetLeaf((*ANNOTATIONS, key), value) for key, value in sorted(wanted.annotations.items())]
        return annotations + [self._placed(setting.argument) for setting in wanted.settings]

    def _placed(self, edit: Edit) -> Edit:
        return replace(edit, path=self._arguments)


def chart_values(path: Path, annotations: t.Mapping[str, str], edits: t.Sequence[Edit]) -> Object:
    """Values for somebody's own file, or one beside it; the pod annotations are at O(path)."""
    return made([*(SetLeaf((*path, key), value) for key, value in sorted(annotations.items())), *edits])


def _value(edit: Edit) -> t.Any:
    return edit.value if isinstance(edit, SetLeaf) else edit.item
