# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What linkerd2-proxy does with a request that a meshed controller sends, as a rule.

Source: runs of the real proxy (main of 2026-08-21) with real identity, destination and policy controllers. In ingress mode the first
l5d-dst-override wins, letter case and a trailing dot do not matter, a port that is missing or not a number is 80,
C(name.namespace.svc) is enough, and anything that is not a declared port of a Service is refused. An empty value, or
no header, leaves the original destination. In enabled mode the header is ignored.
"""

from __future__ import annotations

import typing as t

HEADER = "l5d-dst-override"
REFUSED = "refused"
DOMAIN = "cluster.local"

Headers = t.Sequence[t.Sequence[str]]
"""Name and value, duplicates included, as they were on the wire."""


def overrides(headers: Headers) -> list[str]:
    return [value for name, value in headers if name.lower() == HEADER]


class Mesh(t.NamedTuple):
    """The controller's proxy mode, and every declared Service port there is, as C(namespace/name:port)."""

    mode: str
    services: t.Collection[str]


def destination(mesh: Mesh, headers: Headers, dialled: str) -> str:
    """The Service that answers. O(dialled) is the one that the controller connected to."""
    values = overrides(headers)
    if mesh.mode != "ingress" or not values or not values[0].strip():
        return dialled
    host, _colon, port = values[0].strip().partition(":")
    labels = host.rstrip(".").lower().removesuffix(f".{DOMAIN}").split(".")
    if len(labels) != 3 or labels[2] != "svc":
        return REFUSED
    named = f"{labels[1]}/{labels[0]}:{port if port.isascii() and port.isdigit() else '80'}"
    return named if named in mesh.services else REFUSED


def authority(service: str) -> str:
    """C(shop/web:80) as a header value."""
    where, _colon, port = service.partition(":")
    namespace, _slash, name = where.partition("/")
    return f"{name}.{namespace}.svc.{DOMAIN}:{port}"
