# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a played program looks like to the sandbox's agent.

A *player* stands in for the pods of one Deployment: kwok gives the pods their
status, the player does their work. The agent starts it when its Deployment asks
for replicas, a moment before kwok calls the pods ready, and stops it when the
Deployment is gone or scaled to zero. A rollout does not interrupt it, as a rolling
update would not.

To plug one in, offer a function that makes it and name that in ``sandbox.players``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sandbox.context import Context


class Player(Protocol):
    """One program that the agent plays."""

    @property
    def name(self) -> str:
        """What ``--without`` and the log call it, for example ``injector``."""

    @property
    def deployment(self) -> tuple[str, str] | None:
        """(namespace, name) of the Deployment that switches it on; None plays from start to end."""

    def start(self, context: Context) -> None:
        """Begin to work and return at once (work in threads or child processes)."""

    def stop(self) -> None:
        """End everything that start() began. Called at most once per start()."""
