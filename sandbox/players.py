# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the agent can play, by the name that ``--without`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import certificates, injector, k3s, tap

if TYPE_CHECKING:
    from sandbox.player import Player

SIMULATED = {"injector": injector.player, "k3s": k3s.player, "tap": tap.player}
"""What is simulated: name for ``--without`` -> what makes its player."""

PLAYERS = ("cert-manager", "cainjector", "trust-manager", *SIMULATED)


def load_players(without: list[str]) -> list[Player]:
    players = [*certificates.players(), *(make() for make in SIMULATED.values())]
    return [player for player in players if player.name not in without]
