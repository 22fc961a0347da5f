# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two homes of a Traefik: its own chart's, and k3s'."""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.homelab import HOMELAB
from tests.live.releases import NEWEST, RELEASES
from tests.live.scene import Scene
from tests.live.shop import SHOP


@dataclass(frozen=True)
class Scenario:
    """C(namespace) is Traefik's, C(without) what the sandbox leaves out."""

    name: str
    namespace: str
    scene: Scene
    without: tuple[str, ...] = ()
    own_chart: bool = False
    releases: tuple[str, ...] = (NEWEST,)
    """Of Traefik, one after the other in the same cluster."""


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("own chart", "traefik", SHOP, without=("k3s", "homelab"), own_chart=True, releases=RELEASES),
        Scenario("bundled", "kube-system", HOMELAB),
    )
}
