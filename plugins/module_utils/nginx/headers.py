# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ingress-nginx does to l5d-dst-override on the way to a backend, and which of its requests escape that.

Source: rootfs/etc/nginx/template/nginx.tmpl of controller v1.15.1. The headers of C(proxy-set-headers) and of snippets are set
in the location of a path. The locations of an auth request, of an error page and of a mirror set headers of their own,
and so inherit none: they pass the client's header on.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t

from ..linkerd.authority import HEADER, names_backend
from ..model import Object
from ..routes.base import Backend, mapping, text
from .releases import Release
from .sites import Site, go_true

VARIABLE = re.compile(r"\$\{?(\w+)\}?")
DIRECTIVE = re.compile(rf"\b(proxy|grpc)_set_header\s+[\"']?{HEADER}[\"']?\s+(\"[^\"]*\"|'[^']*'|[^;\s]+)\s*;", re.IGNORECASE)
CLIENT, WRONG, RIGHT, NONE = "client", "wrong", "right", "none"


class Headers:
    """C(config) is the data of the controller's ConfigMap, C(added) that of the one its proxy-set-headers names."""

    def __init__(self, config: Object, added: Object, cluster_domain: str, *, snippets: bool) -> None:
        self._config = config
        self._cluster_domain = cluster_domain
        self._snippets = snippets
        self._added = [text(value) for key, value in added.items() if str(key).lower() == HEADER]

    def to_backend(self, site: Site, backend: Backend) -> tuple[str, bool]:
        """What the header says when it leaves, and whether the client's is gone: the first that is set wins."""
        values = [*self._added, *self._of_snippets(site)]
        said = [value for value in values if value]
        return (self._meaning(said[0], backend) if said else NONE), bool(values)

    def escapes(self, site: Site) -> bool:
        """Whether some request of this Ingress carries the client's header whatever is set."""
        asks = site.note("auth-url") or (text(self._config.get("global-auth-url")) and site.note("enable-global-auth") != "false")
        pages = site.note("custom-http-errors") or text(self._config.get("custom-http-errors"))
        return bool(asks or pages or site.note("mirror-target"))

    def _of_snippets(self, site: Site) -> t.Iterator[str]:
        directive = "grpc" if site.protocol.startswith("GRPC") else "proxy"
        snippets = [site.note("configuration-snippet")] if self._snippets else []
        for snippet in (*snippets, text(self._config.get("location-snippet"))):
            for kind, value in DIRECTIVE.findall(snippet):
                if kind.lower() == directive:
                    yield value.strip("\"'")

    def _meaning(self, value: str, backend: Backend) -> str:
        known = {"service_name": backend.name, "namespace": backend.namespace, "service_port": str(backend.written_port)}
        if set(VARIABLE.findall(value)) - known.keys():
            return CLIENT
        said = VARIABLE.sub(lambda match: known[match.group(1)], value)
        return RIGHT if names_backend(said, backend.name, backend.namespace, backend.port, self._cluster_domain) else WRONG


def snippets_count(config: Object, release: Release) -> bool:
    """Whether the controller uses configuration-snippet."""
    key = "allow-snippet-annotations"
    allowed = go_true(config[key]) if key in config else release.snippets_by_default
    return allowed and (not release.snippets_need_risk or text(config.get("annotations-risk-level")).lower() == "critical")


def data_of(config_map: Object | None) -> Object:
    return mapping(mapping(config_map).get("data"))
