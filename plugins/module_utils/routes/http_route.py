# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTPRoute (gateway.networking.k8s.io/v1).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Object
from .base import mapping, text
from .gateway_route import API_VERSION, Kind

__all__ = ["API_VERSION", "HTTP_ROUTE", "KIND"]

KIND = "HTTPRoute"


def _describe(match: Object) -> str:
    path = text(mapping(match.get("path")).get("value")) or "/"
    method = text(match.get("method"))
    return f"{path} {method}" if method else path


HTTP_ROUTE = Kind(KIND, _describe)
