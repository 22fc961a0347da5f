# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an Ingress says to Traefik 1.7 about request headers, and about requests that Traefik makes itself.

Facts, from Traefik 1.7.34's source: annotations are looked for by their name and then with C(traefik.) before it;
headers are entries joined by C(||), each split at its first colon, the last of one name counting; an empty value
removes the header. They are set before an auth service is asked, and error pages are asked for with them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..linkerd.authority import HEADER
from ..model import Object
from ..ownership import AddItem, is_recorded, restore
from ..routes.base import mapping, text
from .middlewares import Effect

HEADERS = "ingress.kubernetes.io/custom-request-headers"
AUTH_TYPE = "ingress.kubernetes.io/auth-type"
ERROR_PAGES = "ingress.kubernetes.io/error-pages"
ENTRY_POINTS = "ingress.kubernetes.io/frontend-entry-points"
PRIORITY = "ingress.kubernetes.io/priority"
CLASS = "kubernetes.io/ingress.class"
STYLE = "sep:||"


def annotations_of(obj: Object) -> Object:
    return mapping(mapping(obj.get("metadata")).get("annotations"))


def annotation(annotations: Object, name: str) -> str:
    return text(annotations.get(_spelling(annotations, name)))


def _spelling(annotations: Object, name: str) -> str:
    return next((key for key in (name, f"traefik.{name}") if key in annotations), name)


def header_of(annotations: Object) -> str | None:
    """The value that the header is set to; empty where it is removed, None where nothing is said of it."""
    found = None
    for entry in annotation(annotations, HEADERS).split("||"):
        name, colon, value = entry.partition(":")
        if colon and name.strip().lower() == HEADER:
            found = value.strip()
    return found


def effects(annotations: Object) -> tuple[Effect, ...]:
    """In the order of Traefik 1.7: error pages around everything, the headers, the auth service."""
    found = []
    if annotation(annotations, ERROR_PAGES):
        found.append(Effect(ERROR_PAGES, asks=True, late=True))
    header = header_of(annotations)
    if header is not None:
        found.append(Effect(HEADERS, header=header))
    if annotation(annotations, AUTH_TYPE).lower() == "forward":
        found.append(Effect(AUTH_TYPE, asks=True))
    return tuple(found)


def without_ours(obj: Object) -> Object:
    return annotations_of(restore(obj)[0] if is_recorded(obj) else obj)


def edit(obj: Object, value: str) -> AddItem:
    """After everybody else's headers, in the annotation that counts."""
    key = _spelling(without_ours(obj), HEADERS)
    return AddItem(("metadata", "annotations", key), f"{HEADER}:{value}", STYLE)
