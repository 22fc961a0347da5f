# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our reading of Traefik's arguments against Traefik's own."""

from __future__ import annotations

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik import static_config
from sandbox.rest import Object
from tests.live.experiment import MARK_A, MARK_B, PROBES
from tests.live.releases import RELEASES
from tests.live.shop import SHOP

pytestmark = pytest.mark.parametrize("evidence", [("own chart", release) for release in RELEASES], indirect=True, ids=RELEASES)
MARKS = {"x-mark-a": MARK_A, "x-mark-b": MARK_B}


@pytest.mark.parametrize("stage", ["open", "header", "cluster_ip"])
@pytest.mark.parametrize("route", SHOP.on_default_entry_points)
def test_a_route_that_names_no_entry_point_is_on_the_ones_we_think(evidence: Object, stage: str, route: str) -> None:
    config = static_config.parse(evidence["stages"][stage]["arguments"])
    assert evidence["stages"][stage]["entry_points"][route] == _sorted(config)


@pytest.mark.parametrize("probe", PROBES)
def test_options_mean_what_we_think(evidence: Object, probe: str) -> None:
    seen = evidence["probes"][probe]
    config = static_config.parse(seen["arguments"])
    marks = {MARKS[name.lower()] for name, _value in seen["arrival"]["headers"] if name.lower() in MARKS}
    assert marks in [set(chain) for chain in config.entry_points["web"].possible_chains]
    assert evidence["addresses"][seen["arrival"]["local"]]["pod"] is not config.native_lb["IngressRoute"]
    assert seen["entry_points"] == _sorted(config)


def _sorted(config: static_config.StaticConfig) -> list[str]:
    """In the order in which the experiment asks."""
    names = {point.name for point in config.entry_points_of([])}
    return [name for name in ("web", "websecure", "metrics", "traefik") if name in names]
