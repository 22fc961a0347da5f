# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which dialled ports leave a pod without passing its proxy.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from . import ports
from .annotations import SKIP_OUTBOUND
from .installation import Installation


class SkippedPorts:
    """Answers for pods with any annotations; what linkerd-init cannot read in one skips nothing."""

    def __init__(self, linkerd: Installation | None) -> None:
        self._default = linkerd.skip_outbound if linkerd else ports.DEFAULT_SKIP
        self._parsed: dict[str, list[ports.PortRange]] = {}

    def dialled(self, annotations: t.Mapping[str, str], port: t.Any) -> int:
        """The port if skip-outbound-ports names it, else 0. A named target port is not known here."""
        written = annotations.get(SKIP_OUTBOUND, self._default)
        if not isinstance(port, int):
            return 0
        if written not in self._parsed:
            self._parsed[written] = ports.lenient(written)
        return port if ports.contains(self._parsed[written], port) else 0
