# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of an upgrade: no proxy ever more than one Linkerd version behind its control plane. Pure, no I/O.

linkerd.io's guide on upgrades: a skew of one version between control plane and data plane is supported, more is not. So an
upgrade over several versions stops at each of them until the data plane has followed.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass, field

from ..errors import InputError, PlanningError
from ..findings import finding
from ..model import Ref
from .releases import ANNOUNCED, NOT_RECOMMENDED, RELEASES, Release, release_for, version

if t.TYPE_CHECKING:
    from ..model import Finding

LINES = tuple(ANNOUNCED)


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: from a release to the next one, with the data plane following before anything else happens."""

    before: Release
    after: Release
    blocked: str = ""
    """Why it cannot be taken yet; then neither can those after it."""

    @property
    def changes(self) -> list[str]:
        return [text(self.after) for fact, text in CHANGES if getattr(self.before, fact) != getattr(self.after, fact)]

    @property
    def migrates_jaeger(self) -> bool:
        return self.before.has_jaeger_extension and not self.after.has_jaeger_extension


@dataclass(frozen=True, slots=True)
class Upgrade:
    """All steps in their order; none where everything is there already."""

    hops: tuple[Hop, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def possible(self) -> tuple[Hop, ...]:
        """Those that can be taken now."""
        blocked = next((index for index, hop in enumerate(self.hops) if hop.blocked), len(self.hops))
        return self.hops[:blocked]


CHANGES: tuple[tuple[str, t.Callable[[Release], str]], ...] = (
    ("transport_header_default", lambda _after: "Meshed traffic goes to port 4143 of the other pod: NetworkPolicies have to admit it."),
    (
        "admin_ports",
        lambda after: (
            f"The control plane's ports with metrics are named {', '.join(after.admin_ports)} now and those of viz {after.viz_admin_port}: "
            "scrape configurations of your own that ask for admin-http find nothing any more."
        ),
    ),
    ("architectures", lambda after: f"Images are for {' and '.join(after.architectures)} only."),
    (
        "default_iptables_mode",
        lambda after: f"linkerd-init uses iptables-{after.default_iptables_mode}: nodes need the kernel modules for it.",
    ),
    (
        "has_policy_controller_image",
        lambda _after: "The policy controller is in the controller's image; nobody needs policy-controller any more.",
    ),
    ("installs_gateway_api", lambda _after: "linkerd-crds leaves the Gateway API to others; what is there stays."),
    (
        "has_jaeger_extension",
        lambda _after: (
            "The extension linkerd-jaeger is gone: proxies export spans by themselves, and what is installed of it is migrated first."
        ),
    ),
    ("has_proxy_init_image", lambda _after: "linkerd-init is in the proxy's image; nobody needs proxy-init any more."),
    (
        "native_sidecar_default",
        lambda _after: "Proxies become native sidecars: they start before a pod's own init containers, and Jobs end by themselves.",
    ),
)


def upgrade(current: str, target: str, kubernetes: str = "") -> Upgrade:
    """Raises where a version is none, or the target is older than what is there."""
    before, after = _release(current, "what is installed"), _release(target, "the target")
    if version(target) < version(current):
        raise PlanningError(
            f"Linkerd {after.name}",
            f"is older than {before.name}, which is installed (charts {target} and {current})",
            "Linkerd is not made for a way back: proxies would be newer than their control plane. Choose a chart version from "
            f"{current} on. See `helm -n linkerd history linkerd-control-plane`.",
            code="downgrade",
        )
    if version(target) == version(current):
        return Upgrade()
    stations = [before, *(_release(ANNOUNCED[line], line) for line in LINES[LINES.index(before.line) + 1 : LINES.index(after.line)]), after]
    hops = [Hop(here, there, _blocked(there, kubernetes)) for here, there in itertools.pairwise(stations)]
    return Upgrade(tuple(hops), tuple(_findings(hops, kubernetes)))


def _release(chart_version: str, what: str) -> Release:
    found = release_for(chart_version)
    if found is None:
        raise InputError(
            repr(chart_version),
            f"is no chart version of a Linkerd release that is known, and it is to be {what}",
            f"The oldest is {RELEASES[0].chart_version} (Linkerd {RELEASES[0].line}); versions look like 2026.6.3.",
        )
    return found


def _minor(kubernetes: str) -> tuple[int, ...]:
    return version(kubernetes)[:2]


def _blocked(release: Release, kubernetes: str) -> str:
    if not kubernetes or _minor(kubernetes) >= release.min_kubernetes:
        return ""
    needed = ".".join(map(str, release.min_kubernetes))
    return f"Linkerd {release.name} (charts {release.chart_version}) needs Kubernetes {needed}, and this is {kubernetes}"


def _findings(hops: t.Sequence[Hop], kubernetes: str) -> t.Iterator[Finding]:
    control_plane = Ref("apps/v1", "Deployment", "linkerd-destination", "linkerd")
    first = next((hop.blocked for hop in hops if hop.blocked), "")
    if first:
        yield finding("L5D150", control_plane, first)
    for hop in hops:
        release = hop.after
        if kubernetes and _minor(kubernetes) > release.max_kubernetes:
            newest = ".".join(map(str, release.max_kubernetes))
            yield finding("L5D151", control_plane, f"Linkerd {release.name} is documented up to {newest}, and this is {kubernetes}")
        if release.chart_version in NOT_RECOMMENDED:
            yield finding("L5D152", control_plane, f"{release.chart_version}; use {NOT_RECOMMENDED[release.chart_version]}")
