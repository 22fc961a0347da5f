# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Linkerd's proxy-injector, simulated: what it decides, what it adds, and the webhook that answers."""

from __future__ import annotations

from sandbox.injector.inject import Config, Outcome, Owner, inject, opaque_ports
from sandbox.injector.server import player

__all__ = ["Config", "Outcome", "Owner", "inject", "opaque_ports", "player"]
