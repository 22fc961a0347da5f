# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was really written to the cluster, and by whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class WriteEvent:
    """One answered write request, from the API server's audit log."""

    verb: str
    """create, update, patch, delete or deletecollection."""
    user: str
    api_group: str
    resource: str
    """The plural, for example ``deployments``."""
    subresource: str
    namespace: str
    name: str
    dry_run: bool
    code: int
    user_agent: str

    @property
    def succeeded(self) -> bool:
        return 200 <= self.code < 300


def read(log: Path) -> list[WriteEvent]:
    """Every write so far, in the order of the answers."""
    if not log.exists():
        return []
    with log.open(encoding="utf-8") as lines:
        return [_event(json.loads(line)) for line in lines if line.endswith("\n")]


def _event(entry: dict[str, Any]) -> WriteEvent:
    reference = entry.get("objectRef", {})
    return WriteEvent(
        verb=entry["verb"],
        user=entry["user"]["username"],
        api_group=reference.get("apiGroup", ""),
        resource=reference.get("resource", ""),
        subresource=reference.get("subresource", ""),
        namespace=reference.get("namespace", ""),
        name=reference.get("name", ""),
        dry_run="dryRun" in parse_qs(urlsplit(entry["requestURI"]).query),
        code=entry.get("responseStatus", {}).get("code", 0),
        user_agent=entry.get("userAgent", ""),
    )
