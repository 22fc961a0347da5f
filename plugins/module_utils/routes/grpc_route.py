# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GRPCRoute (gateway.networking.k8s.io/v1).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Object
from .base import mapping, text
from .gateway_route import API_VERSION, Kind

__all__ = ["API_VERSION", "GRPC_ROUTE", "KIND"]

KIND = "GRPCRoute"


def _describe(match: Object) -> str:
    method = mapping(match.get("method"))
    return f"/{text(method.get('service')) or '*'}/{text(method.get('method')) or '*'}"


GRPC_ROUTE = Kind(KIND, _describe)
