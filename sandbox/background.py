# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Players that work in one thread of the agent's."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sandbox.context import Context


@dataclass
class Background(ABC):
    """Everything of a player but its work."""

    name: str
    deployment: tuple[str, str] | None
    patience: ClassVar[float] = 15
    """The seconds that its work may take to end."""
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    @abstractmethod
    def work(self, context: Context, stopped: threading.Event) -> None:
        """Return once the event is set."""

    def start(self, context: Context) -> None:
        # Each start has an event of its own: work that outlives its stop stays told to end.
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.work, args=(context, self._stopped), name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=self.patience)
