# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The C(l5d-dst-override) header and the authorities it names.

Seen on a real proxy in ingress mode: the first value wins; a missing or non-numeric port means 80; a trailing dot
and letter case do not matter; C(name.ns.svc) works, C(name.ns) does not.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re

from ..errors import InputError

HEADER = "l5d-dst-override"
DEFAULT_PORT = 80
_DNS_NAME = re.compile(r"[A-Za-z0-9.-]+")


def authority(name: str, namespace: str, port: int, cluster_domain: str = "cluster.local") -> str:
    """C(web.app.svc.cluster.local:80): the Service's own port number, never a name or a target port."""
    for what, value in (("service", name), ("namespace", namespace), ("cluster domain", cluster_domain)):
        if not _DNS_NAME.fullmatch(value):
            raise InputError("authority", f"{what} {value!r} is not a DNS name", "Give the names as Kubernetes knows them.")
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise InputError("authority", f"port {port!r} is not a number from 1 to 65535", "Give the Service's port number.")
    return f"{name}.{namespace}.svc.{cluster_domain}:{port}"


def names_backend(value: str, name: str, namespace: str, port: int, cluster_domain: str) -> bool:
    """Whether a header value, hand-made or ours, leads to this Service and port."""
    host, port_text = split(value)
    wanted = f"{name}.{namespace}.svc"
    return host in (wanted, f"{wanted}.{cluster_domain}".lower()) and port_text == port


def split(value: str) -> tuple[str, int]:
    """Host without trailing dot in lower case, and the port that the proxy would take."""
    host, _colon, port = value.strip().partition(":")
    number = int(port) if port.isascii() and port.isdigit() else DEFAULT_PORT
    return host.rstrip(".").lower(), number
