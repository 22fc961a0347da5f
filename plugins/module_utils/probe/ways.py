# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request must look like to take a route.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANY = "l5d-probe"
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_PATTERN = set("^$*+?()[]{}|\\")


class WayError(Exception):
    """Why no request can be told that takes the route."""


@dataclass(frozen=True, slots=True)
class Way:
    host: str
    path: str
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"


def any_host() -> str:
    """A name that nobody has (RFC 2606)."""
    return f"{ANY}.invalid"


def usable(way: Way) -> Way:
    """The same with a host that a wildcard stands for. Raises WayError where no request can carry it."""
    host = f"{ANY}{way.host[1:]}" if way.host.startswith("*.") else way.host
    if not _HOST.fullmatch(host):
        raise WayError(f"{way.host!r} is not a host name that a request can carry")
    if not way.path.startswith("/") or _PATTERN & set(way.path):
        raise WayError(f"{way.path!r} is a pattern, or no path")
    return Way(host, way.path, way.method)
