# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Linkerd's proxies and control plane count, as queries: the metrics' names are those of the proxy, the labels those of its scrape job.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

Unit: t.TypeAlias = "str"
WINDOW = "[$__rate_interval]"


class Panel(t.NamedTuple):
    """One diagram: a query per line, with the text of its legend."""

    title: str
    unit: Unit
    queries: tuple[tuple[str, str], ...]
    stat: bool = False


def selection(*labels: str) -> str:
    """A selector in braces; empty parts are left out."""
    return "{" + ", ".join(label for label in labels if label) + "}"


def success(labels: str, by: str = "", *, legend: str = "", stat: bool = False) -> Panel:
    """Share of the responses that were no failures."""
    good, every = _rate("response_total", f'classification="success", {labels}', by), _rate("response_total", labels, by)
    return Panel("Success rate", "percentunit", ((f"{good} / {every}", legend or f"{{{{{by}}}}}"),), stat=stat)


def requests(labels: str, by: str = "", *, legend: str = "", stat: bool = False) -> Panel:
    """Requests in a second."""
    return Panel("Requests", "reqps", ((_rate("request_total", labels, by), legend or f"{{{{{by}}}}}"),), stat=stat)


def latency(labels: str, by: str = "") -> Panel:
    """How long responses took, at three percentiles; by something, only at the second."""
    inner = f"le, {by}" if by else "le"
    buckets = f"sum(rate(response_latency_ms_bucket{selection(labels)}{WINDOW})) by ({inner})"
    shares = (0.95,) if by else (0.5, 0.95, 0.99)
    queries = tuple(
        (f"histogram_quantile({share}, {buckets})", f"p{int(share * 100)} {{{{{by}}}}}" if by else f"p{int(share * 100)}")
        for share in shares
    )
    return Panel("Latency", "ms", queries)


def encrypted(labels: str) -> Panel:
    """Share of the requests that came from or went to another proxy, with mTLS."""
    meshed = _rate("request_total", f'{labels}, tls="true"', "")
    query = f"{meshed} / {_rate('request_total', labels, '')}"
    return Panel("Requests with mTLS", "percentunit", ((query, "mTLS"),), stat=True)


def connections(labels: str, by: str) -> Panel:
    """Open connections, at the proxy's clients' side."""
    return Panel("TCP connections", "short", ((f"sum(tcp_open_connections{selection(labels)}) by ({by})", f"{{{{{by}}}}}"),))


def traffic(labels: str, by: str) -> Panel:
    """Bytes that proxies read and wrote."""
    queries = tuple((_rate(f"tcp_{way}_bytes_total", labels, by), f"{way} {{{{{by}}}}}") for way in ("read", "write"))
    return Panel("TCP traffic", "Bps", queries)


def _rate(metric: str, labels: str, by: str) -> str:
    grouped = f" by ({by})" if by else ""
    return f"sum(rate({metric}{selection(labels)}{WINDOW})){grouped}"
