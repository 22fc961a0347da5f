# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a chart that k3s' Helm controller installs: merged into the HelmChartConfig.

Precedence, from the Helm controller's types: chart < HelmChart valuesContent, values < HelmChartConfig
valuesContent < HelmChartConfig values < HelmChart set. Lists are replaced, not merged, by Helm, so a list is seeded
with what is in force.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..errors import PlanningError
from ..findings import finding
from ..helm_values import close_config, open_config, repeated_keys
from ..list_styles import items_of
from ..managers import release_of
from ..model import OWNER_LABEL, OWNER_VALUE, Finding, Object, Ref
from ..ownership import AddItem, Edit, Lost, SetLeaf, made, owned, restore, rewrite
from ..places import Path, show
from ..traefik.releases import CHART_ENTRY_POINT_KEYS
from .base import HelmValues, Setting, Store, Wanted

API_VERSION = "helm.cattle.io/v1"
TRAEFIK_ANNOTATIONS = ("deployment", "podAnnotations")
SAFE_FAILURE_POLICY = "abort"
"""The default, reinstall, uninstalls the controller when an upgrade fails."""


class HelmChartConfigStore(Store):
    def __init__(
        self, chart: Object, config: Object | None, arguments: t.Sequence[t.Any] = (), annotations: tuple[str, ...] = TRAEFIK_ANNOTATIONS
    ) -> None:
        """O(arguments) are those of the container as it is: they show which of the chart's keys really mean something.

        O(annotations) is where the chart takes those of its pods.
        """
        chart_ref = Ref.of(chart)
        self.ref = Ref(API_VERSION, "HelmChartConfig", chart_ref.name, chart_ref.namespace)
        self.live = config
        self._chart = open_config(chart)
        self._arguments = arguments
        self._annotations = annotations

    def desire(self, wanted: Wanted, live: Object | None) -> Object | None:
        edits_wanted = bool(wanted.annotations or wanted.settings)
        if live is None:
            return self._fill(self._new(), wanted, None) if edits_wanted else None
        return self._fill(live, wanted, live) if edits_wanted else self._restored(live)

    def lost(self) -> list[Lost]:
        return restore(open_config(self.live))[1] if self.live else []

    def owns(self, setting: Setting) -> bool:
        return any(_same(edit, setting.values) for edit in self._owned())

    def owns_annotation(self, key: str) -> bool:
        return any(_tail(edit.path) == (*self._annotations, key) for edit in self._owned())

    def restored_annotations(self, wanted: Wanted) -> dict[str, str]:
        if not self.live:
            return {}
        ours = [edit.path[-1] for edit in self._owned() if _tail(edit.path)[:-1] == self._annotations]
        spec = restore(open_config(self.live))[0].get("spec") or {}
        before = {str(key): self._in_force((*self._annotations, key), spec) for key in ours}
        return {key: str(value) for key, value in before.items() if value is not None and key not in wanted.annotations}

    def helm_values(self, wanted: Wanted) -> HelmValues | None:
        desired = self.desire(wanted, self.live)
        opened = open_config(desired) if desired else {}
        found = [(edit.path[2:], _lookup(opened, edit.path)) for edit in owned(opened) if edit.path[1:2] != ("failurePolicy",)]
        return HelmValues(self.ref.name, made([SetLeaf(path, value) for path, value in found]), by_manifest=True) if found else None

    def findings(self, wanted: Wanted) -> list[Finding]:
        overruling = (self._chart.get("spec") or {}).get("set") or {}
        opened = restore(open_config(self.live))[0] if self.live else {}
        paths = [self._chart_key(edit, opened).path for edit in self._relative_edits(wanted)]
        overruled = [key for key in overruling if any(_overrules(key, path) for path in paths)]
        text = ((self.live or {}).get("spec") or {}).get("valuesContent")
        return [
            *(finding("L5D501", Ref.of(self._chart), f"spec.set has {key}") for key in overruled),
            *(finding("L5D247", self.ref, key) for key in repeated_keys(text)),
        ]

    def _owned(self) -> list[Edit]:
        return owned(open_config(self.live)) if self.live else []

    def _new(self) -> Object:
        return {
            "apiVersion": API_VERSION,
            "kind": "HelmChartConfig",
            "metadata": {"name": self.ref.name, "namespace": self.ref.namespace, "labels": {OWNER_LABEL: OWNER_VALUE}},
            "spec": {"valuesContent": ""},
        }

    def _fill(self, base: Object, wanted: Wanted, live: Object | None) -> Object:
        clean, _lost = restore(open_config(base))
        edits: list[Edit] = [SetLeaf(("spec", "failurePolicy"), SAFE_FAILURE_POLICY)]
        edits += [self._placed(edit, clean) for edit in self._relative_edits(wanted) if not self._is_so(edit, clean)]
        return close_config(rewrite(open_config(base), edits), live)

    def _restored(self, live: Object) -> Object | None:
        back, _lost = restore(open_config(live))
        labels = (back.get("metadata") or {}).get("labels") or {}
        spec = back.get("spec") or {}
        if labels.get(OWNER_LABEL) == OWNER_VALUE:
            if not spec.get("valuesContent") and not spec.get("values") and not spec.get("valuesSecrets"):
                return None
            del labels[OWNER_LABEL]
        return close_config(back, live)

    def _relative_edits(self, wanted: Wanted) -> list[Edit]:
        annotations: list[Edit] = [SetLeaf((*self._annotations, key), value) for key, value in sorted(wanted.annotations.items())]
        return annotations + [setting.values for setting in wanted.settings]

    def _is_so(self, edit: Edit, opened: Object) -> bool:
        """Somebody else says the same already, be it in the HelmChart: then it is not ours, and stays when we go."""
        return isinstance(edit, SetLeaf) and bool(self._in_force(edit.path, opened.get("spec") or {}) == edit.value)

    def _placed(self, edit: Edit, opened: Object) -> Edit:
        """Where it wins: beside the user's own value in spec.values, else in valuesContent."""
        edit = self._chart_key(edit, opened)
        spec = opened.get("spec") or {}
        home = "values" if _decides(spec.get("values"), edit.path) else "valuesContent"
        placed = replace(edit, path=("spec", home, *edit.path))
        if isinstance(placed, AddItem) and not _decides(spec.get(home), edit.path):
            return replace(placed, seed=tuple(self._in_force(edit.path, spec) or ()))
        return placed

    def _chart_key(self, edit: Edit, opened: Object) -> Edit:
        """An entry point's middlewares that somebody gave by the chart's key: ours joins them there, first in the chain.

        The key moved between chart 38 and 39 and the other one is ignored silently, so it counts only where the container has what it says.
        """
        if not isinstance(edit, AddItem) or not edit.style.startswith("flag:--entryPoints."):
            return edit
        entry_point, option = edit.style.split(".")[1], edit.style.removeprefix("flag:").lower()
        config = opened.get("spec") or {}
        running = [item for argument in self._arguments for item in items_of([argument], edit.style)]
        given_twice = any(str(argument).lower().startswith(option) for argument in self._in_force(edit.path, config) or [])
        for key in CHART_ENTRY_POINT_KEYS:
            path: Path = ("ports", entry_point, *key)
            given = self._in_force(path, config)
            if isinstance(given, list) and given and all(item in running for item in given):
                if given_twice:
                    raise _twice(self.ref, show(path), show(edit.path))
                return replace(edit, path=path, style="list")
        return edit

    def _in_force(self, path: Path, config_spec: Object) -> t.Any:
        chart_spec = self._chart.get("spec") or {}
        for values in (
            config_spec.get("values"),
            config_spec.get("valuesContent"),
            chart_spec.get("values"),
            chart_spec.get("valuesContent"),
        ):
            if _decides(values, path):
                return _lookup(values, path)
        return None


def _twice(ref: Ref, one: str, other: str) -> PlanningError:
    return PlanningError(
        str(ref),
        f"{one} and {other} both give an entry point's middlewares, and Traefik takes now both, now only the last",
        "Give them in one place, then run again.",
    )


def _tail(path: Path) -> Path:
    return path[2:]


def _same(one: Edit, setting: Edit) -> bool:
    """Whether this recorded edit is that setting, be it as an argument or under the chart's own key."""
    if isinstance(one, AddItem) and isinstance(setting, AddItem):
        by_key = one.path[2:3] == ("ports",) and one.path[3:4] == tuple(setting.style.split(".")[1:2])
        return one.item == setting.item and (by_key or one.style == setting.style)
    return isinstance(one, SetLeaf) and isinstance(setting, SetLeaf) and _tail(one.path) == setting.path and one.value == setting.value


def _lookup(values: t.Any, path: Path) -> t.Any:
    for part in path:
        values = values.get(part) if isinstance(values, dict) and isinstance(part, str) else None
    return values


def _decides(values: t.Any, path: Path) -> bool:
    """Whether these values say something at, or above, this path that hides what a weaker source says there; null does."""
    for part in path:
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
        if not isinstance(values, dict):
            return True
    return True


def _overrules(key: str, path: Path) -> bool:
    dotted = ".".join(part.replace(".", "\\.") for part in path if isinstance(part, str))
    base = key.split("[", maxsplit=1)[0].split("{", maxsplit=1)[0]
    return base == dotted or dotted.startswith(f"{base}.")


def find_chart(charts: t.Iterable[Object], workload: Object) -> Object | None:
    """The HelmChart whose release this workload belongs to."""
    release = release_of(workload)
    found = [chart for chart in charts if (Ref.of(chart).name, _target(chart)) == release]
    if len(found) > 1:
        raise PlanningError(str(Ref.of(workload)), f"{len(found)} HelmCharts claim its release", "Remove all but one HelmChart.")
    return found[0] if found else None


def find_config(configs: t.Iterable[Object], chart: Object) -> Object | None:
    """The HelmChartConfig that belongs to this HelmChart."""
    wanted = (Ref.of(chart).namespace, Ref.of(chart).name)
    return next((config for config in configs if (Ref.of(config).namespace, Ref.of(config).name) == wanted), None)


def _target(chart: Object) -> str:
    return str((chart.get("spec") or {}).get("targetNamespace") or Ref.of(chart).namespace)
