# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends one request as it is written and reads no more than the status. Nothing else of a probe touches the network.

Redirects are not followed, cookies and credentials are not sent, proxies of the environment are not used, and a
certificate is not checked: it says nothing about a forged header.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import importlib
import importlib.util
import socket
import ssl
import types

from ansible.module_utils.basic import missing_required_lib

from ..errors import InputError, L5dError
from .addresses import IP, parse
from .judging import Answer
from .variants import MARK, Endpoint, Lines
from .ways import Way

LIBRARIES = ("httpx", "h2")
"""The second is for HTTP/2; httpx looks for it late."""


def require_library() -> None:
    if any(importlib.util.find_spec(name) is None for name in LIBRARIES):
        raise L5dError("probe", missing_required_lib("httpx[http2]", reason="for the probe"), code="missing_library")


def _library() -> types.ModuleType:
    """Loaded where it is used: it takes longer than everything else that a run without a probe does."""
    return importlib.import_module("httpx")


def resolve(address: str) -> list[IP]:
    """The address itself, or every address that the name has."""
    literal = parse(address)
    if literal is not None:
        return [literal]
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(address, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise InputError("probe.address", f"{address!r} is no address and cannot be resolved: {error}", "Give an address.") from None
    return [ip for name in sorted(found) if (ip := parse(name)) is not None]


class Sender:
    """Requests to one address, each over a connection of its own. May be used by several threads."""

    def __init__(self, ip: IP, seconds: float) -> None:
        self._ip = ip
        self._timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        self._contexts = {http2: _unverified() for http2 in (False, True)}  # each is told its protocols by httpx

    def __call__(self, endpoint: Endpoint, way: Way, lines: Lines) -> Answer:
        httpx = _library()
        request = httpx.Request(
            way.method,
            httpx.URL(scheme="https" if endpoint.tls else "http", host=str(self._ip), port=endpoint.port, path=way.path),
            headers=[("Host", way.host), *MARK, *lines],
            extensions={"timeout": self._timeout, "sni_hostname": way.host},
        )
        context, http2 = self._contexts[endpoint.http2], endpoint.http2
        try:
            with httpx.HTTPTransport(verify=context, http1=not http2, http2=http2, trust_env=False) as transport:
                return Answer(transport.handle_request(request).status_code)
        except httpx.TransportError as error:
            unheard = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not _in_tls(error)
            return Answer(0, f"no answer ({type(error).__name__}: {error})", refused=unheard)


def _in_tls(error: BaseException | None) -> bool:
    """Somebody listens, and does not like this host name or TLS."""
    return error is not None and (isinstance(error, ssl.SSLError) or _in_tls(error.__cause__))


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
