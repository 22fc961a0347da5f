# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the agent can play, by the name that ``--without`` takes."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from sandbox import certificates

if TYPE_CHECKING:
    from sandbox.player import Player

PLAYER_MODULES = {"injector": "sandbox.injector", "k3s": "sandbox.k3s"}
"""What is simulated: name for ``--without`` -> module with ``player() -> Player``."""

PLAYERS = ("cert-manager", "cainjector", "trust-manager", *PLAYER_MODULES)


def load_players(without: list[str]) -> list[Player]:
    players = certificates.players()
    for name, module in PLAYER_MODULES.items():
        if name not in without and importlib.util.find_spec(module) is not None:
            players.append(importlib.import_module(module).player())
    return [player for player in players if player.name not in without]
