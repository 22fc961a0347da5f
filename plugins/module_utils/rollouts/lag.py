# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which ways the pods of a workload lag behind what they would get today. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ..errors import ClusterError
from ..linkerd.proxy import VERSION_OVERRIDE, Proxy, differences, proxy_of
from ..model import Object
from .world import INJECTOR, Mesh, Unit, World

NO_PROXY, VERSION, TRUST_BUNDLE, SETTINGS, UNWANTED = "no_proxy", "version", "trust_bundle", "settings", "unwanted_proxy"
REASONS = (NO_PROXY, VERSION, TRUST_BUNDLE, SETTINGS, UNWANTED)
AGE = "age"
"""No reason by itself: only where somebody asks for what was made since a moment."""
NAMED = 5
"""How many settings are named in a detail."""
KUBELET_SECONDS = 120
"""Within what time a mounted ConfigMap that changed reaches the pods: the kubelet looks once a minute, give or take half."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API makes of a workload's pod template now; C(error) where it refuses or may not be asked."""

    pod: Object | None = None
    error: ClusterError | None = None

    @property
    def proxy(self) -> Proxy | None:
        return proxy_of(self.pod) if self.pod else None

    @property
    def refused(self) -> bool:
        """Whether new pods would be refused like this one; a quota counts the old pods, which a restart takes away."""
        return self.error is not None and self.error.code in ("denied", "invalid", "webhook") and "exceeded quota" not in self.error.reason


def lags_of(unit: Unit, pods: t.Sequence[Object], world: World, answer: Answer | None) -> dict[str, str]:
    """Reason to detail, of some pods of the unit. Without an answer of the injector, of the settings only the mode is compared."""
    if unit.component:
        return _of_control_plane(unit, pods, world)
    found: dict[str, dict[str, int]] = {}
    for pod in pods:
        for reason, detail in _of_pod(pod, unit, world.mesh, answer).items():
            details = found.setdefault(reason, {})
            details[detail] = details.get(detail, 0) + 1
    return {reason: _told(found[reason], len(pods)) for reason in REASONS if reason in found}


def too_old(pods: t.Iterable[Object], moment: str) -> dict[str, str]:
    """Pods with a proxy that were made at that moment or before it; the API server counts whole seconds."""
    old = [pod for pod in pods if proxy_of(pod) and str(pod["metadata"].get("creationTimestamp") or "") <= moment]
    return {AGE: f"{len(old)} pod(s) were not made after {moment}"} if old else {}


def _told(details: t.Mapping[str, int], pods: int) -> str:
    return "; ".join(detail if count == pods else f"{count} of {pods} pods: {detail}" for detail, count in sorted(details.items()))


def _of_pod(pod: Object, unit: Unit, mesh: Mesh, answer: Answer | None) -> dict[str, str]:
    now, wanted = proxy_of(pod), unit.injection.mode
    if now is None:
        return {NO_PROXY: f"no proxy, and the injector would add one (mode {wanted})"} if wanted else {}
    if not wanted and not unit.by_hand:
        return {UNWANTED: f"a proxy that a new pod would not get: {unit.injection.reason}"}
    found = {}
    version = unit.annotations.get(VERSION_OVERRIDE) or mesh.version
    if version and now.version != version:
        found[VERSION] = f"proxy {now.version or 'of an unknown version'}, {version} is current"
    if _trusts_another(now, mesh):
        found[TRUST_BUNDLE] = "the proxy trusts another bundle than the one in force"
    settings = [] if unit.by_hand or VERSION in found else _settings(now, unit, answer)
    if settings:
        more = len(settings) - NAMED
        found[SETTINGS] = f"other settings: {', '.join(settings[:NAMED])}{f' and {more} more' if more > 0 else ''}"
    return found


def _trusts_another(now: Proxy, mesh: Mesh) -> bool:
    if not mesh.anchors:
        return False
    if now.anchors is not None:
        return now.anchors != mesh.anchors
    # Times are whole seconds. What started in the one of the write may have read what was there before, if something was.
    return now.started < mesh.bundle_written or (now.started == mesh.bundle_written and not mesh.bundle_is_first)


def _settings(now: Proxy, unit: Unit, answer: Answer | None) -> list[str]:
    wanted = answer.proxy if answer else None
    if wanted is not None:
        return differences(now, wanted)
    return [f"mode {now.mode} instead of {unit.injection.mode}"] if now.mode != unit.injection.mode else []


def hands_out_another_bundle(answer: Answer | None, mesh: Mesh) -> bool:
    """Whether pods that are made now would lag again."""
    proxy = answer.proxy if answer else None
    return bool(mesh.anchors and proxy and proxy.anchors is not None and proxy.anchors != mesh.anchors)


def _of_control_plane(unit: Unit, pods: t.Sequence[Object], world: World) -> dict[str, str]:
    """Its own pods are its chart's: version and settings come with their template. What they mount and read does not."""
    proxies = [proxy for proxy in map(proxy_of, pods) if proxy]
    found = {}
    if any(_trusts_another(proxy, world.mesh) for proxy in proxies):
        found[TRUST_BUNDLE] = "started before the trust bundle was last written"
    written = max(world.mesh.config_written, world.mesh.bundle_written)
    if unit.component == INJECTOR and any(proxy.started < written for proxy in proxies) and _is_recent(written, world.now):
        found[SETTINGS] = "may still hand out what was in force before the last change, which the kubelet brings within two minutes"
    return found


def _is_recent(written: str, now: str) -> bool:
    age = dt.datetime.fromisoformat(now) - dt.datetime.fromisoformat(written)
    return age < dt.timedelta(seconds=KUBELET_SECONDS)
