# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backend ports that Linkerd takes for opaque: no request in them is seen, so none is balanced by itself.

In ingress mode a request without the header fails there: the proxy's fallback demands an HTTP policy
(linkerd/app/outbound/src/ingress.rs of linkerd2-proxy).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ...findings import finding
from ...linkerd import ports
from ...linkerd.annotations import OPAQUE_PORTS
from ...model import Finding, Ref
from ...routes.base import Backend, mapping, mappings
from .view import View

BY_STRIP = ("safe_by_strip_full", "safe_by_strip_endpoint_routed")


def findings(view: View) -> list[Finding]:
    opaque = {str(backend): backend for backend in view.backends() if _is_opaque(backend)}
    if not opaque or not view.mode:
        return []
    worth: dict[str, set[str]] = {}
    for verdict in view.verdicts:
        if verdict.backend in opaque:
            worth.setdefault(verdict.backend, set()).add(verdict.verdict)
    return [_finding(backend, worth.get(name, set())) for name, backend in opaque.items()]


def _finding(backend: Backend, verdicts: t.Iterable[str]) -> Finding:
    fails = any(verdict in BY_STRIP for verdict in verdicts)
    return finding("L5D319" if fails else "L5D318", Ref.of(backend.service or {}), f"port {backend.port}")


def _is_opaque(backend: Backend) -> bool:
    service = mapping(backend.service)
    written = mapping(mapping(service.get("metadata")).get("annotations")).get(OPAQUE_PORTS)
    if isinstance(written, str) and ports.contains(ports.lenient(written), backend.port):
        return True
    declared = mappings(mapping(service.get("spec")).get("ports"))
    return any(port.get("port") == backend.port and port.get("appProtocol") == "linkerd.io/opaque" for port in declared)
