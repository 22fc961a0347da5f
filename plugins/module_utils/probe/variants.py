# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forged headers, and the protocols they can be written in.

No value names anybody: TEST-NET-1 is routed nowhere and .invalid is nobody's (RFC 5737, RFC 2606). A proxy that reads one of
them refuses the request, which is what there is to see.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..linkerd.authority import HEADER

LITERAL = "192.0.2.1:80"
Lines = list[tuple[str, str]]
MARK: Lines = [("User-Agent", "pimesh.linkerd-probe"), ("X-L5d-Probe", "pimesh.linkerd")]
"""On every request, so that an access log says who asked."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to speak to the controller: HTTP/2 is chosen by ALPN in TLS, and by prior knowledge without."""

    port: int
    tls: bool
    http2: bool = False

    @property
    def protocol(self) -> str:
        return ("h2" if self.tls else "h2c") if self.http2 else ("https" if self.tls else "http")


@dataclass(frozen=True, slots=True)
class Variant:
    """C(headers) gets the authority that the route's own backend has. HTTP/2 knows neither case nor Connection."""

    name: str
    headers: t.Callable[[str], Lines]
    http1_only: bool = False
    beside_own: bool = False
    """Makes sense only where the own authority is known."""


ALL = (
    Variant("plain", lambda _own: [(HEADER, LITERAL)]),
    Variant("twice_forged_first", lambda own: [(HEADER, LITERAL), (HEADER, own)], beside_own=True),
    Variant("twice_forged_last", lambda own: [(HEADER, own), (HEADER, LITERAL)], beside_own=True),
    Variant("other_case", lambda _own: [("L5D-Dst-OVERRIDE", LITERAL)], http1_only=True),
    Variant("hop_by_hop", lambda _own: [("Connection", HEADER), (HEADER, LITERAL)], http1_only=True),
    Variant("trailing_dot", lambda _own: [(HEADER, "l5d-probe.invalid.:80")]),
    Variant("no_port", lambda _own: [(HEADER, LITERAL.partition(":")[0])]),
)
NAMES = [variant.name for variant in ALL]


def chosen(names: t.Collection[str] | None, endpoint: Endpoint, own: str) -> list[Variant]:
    wanted = [variant for variant in ALL if not names or variant.name in names]
    return [v for v in wanted if not (endpoint.http2 and v.http1_only) and (own or not v.beside_own)]
