# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the published Traefik chart calls its settings.

Source: the chart's pod template, release by release. An entry point's middlewares are at C(ports.<name>.middlewares) from
10.32 on and at C(ports.<name>.http.middlewares) from 39 on; the other key is ignored silently. C(nativeLBByDefault)
of the Ingress and the CRD provider has keys from 29 on.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..controllers.base import ChartTarget
from ..errors import InputError
from ..linkerd.releases import Version
from ..linkerd.releases import version as parse_version
from ..model import Object
from ..ownership import AddItem
from ..persistence.base import Setting
from ..places import Path
from .releases import CHART_ENTRY_POINT_KEYS

_NATIVE_LB_SINCE = (29,)
ARGUMENTS = "additionalArguments"
_KEYS: tuple[tuple[Version, Path], ...] = tuple(zip(((39,), (10, 32)), CHART_ENTRY_POINT_KEYS, strict=True))


def middlewares_key(workload: Object) -> Path:
    """By the chart that made the workload; empty where none, or one without such a key, did."""
    chart = str(((workload.get("metadata") or {}).get("labels") or {}).get("helm.sh/chart") or "")
    return key_of(parse_version(chart.removeprefix("traefik-"))) if chart.startswith("traefik-") else ()


def key_of(chart: Version) -> Path:
    return next((key for since, key in _KEYS if chart >= since), ())


def refuse_old(strategy: str, target: ChartTarget) -> None:
    chart = ".".join(map(str, target.chart_version))
    if strategy == "cluster_ip" and target.chart_version and target.chart_version < _NATIVE_LB_SINCE:
        raise InputError("chart_version", f"chart {chart} has no key for nativeLBByDefault", "Use chart 29 or newer.")
    if strategy == "header" and not target.namespace:
        raise InputError("namespace", "is missing", "Give the namespace of Traefik: its Middleware l5d-strip is there.")


def strip_setting(entry_point: str, item: str, key: Path = (), others: t.Sequence[str] = ()) -> Setting:
    """O(item) first in the chain of the entry point, before O(others). O(key) is the chart's own, if it has one."""
    style = f"flag:--entryPoints.{entry_point}.http.middlewares="
    mergeable = AddItem(("ports", entry_point, *key), item, first=True, seed=tuple(others)) if key else None
    return Setting(AddItem((ARGUMENTS,), item, style, first=True), AddItem((), item, style, first=True), mergeable)
