# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IngressRouteTCP and IngressRouteUDP to the common Route: no header is read there, but their backends are dialled alike.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Object
from .base import Route, Rule, Services, text
from .ingress_route import backend_of, begin, entry_points_of, written_rules, written_services

KINDS = ("IngressRouteTCP", "IngressRouteUDP")


def read(obj: Object, services: Services) -> Route:
    """A UDP rule has no matcher. Their middlewares are of another kind and never touch HTTP."""
    route = begin(obj)
    for path, raw in written_rules(obj, route):
        rule = Rule(text(raw.get("match")) or "everything", entry_points=entry_points_of(obj), path=path, http=False)
        for service, place in written_services(raw, path):
            backend = backend_of(service, route.ref.namespace, place, services)
            backend.chain = ()
            rule.backends.append(backend)
        route.rules.append(rule)
    return route
