# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing objects: what a patch has to say, and what is only the server's own bookkeeping. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .model import Object

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_SERVER_METADATA = frozenset(
    {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink", "deletionTimestamp"}
)


def merge_patch(before: Object, after: Object) -> Object:
    """The smallest JSON merge patch (RFC 7386) that turns one object into the other; empty when they are equal."""
    patch: Object = {key: None for key in before if key not in after}
    for key, wanted in after.items():
        if key not in before:
            patch[key] = wanted
        elif isinstance(wanted, dict) and isinstance(before[key], dict):
            inner = merge_patch(before[key], wanted)
            if inner:
                patch[key] = inner
        elif not _equal(wanted, before[key]):
            patch[key] = wanted
    return patch


def _equal(left: t.Any, right: t.Any) -> bool:
    """Equality as JSON sees it: to Python, 1 and True are the same."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_equal(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return bool(left == right)


def same_content(left: Object, right: Object) -> bool:
    """Whether two objects are equal but for what the server itself writes."""
    return _equal(strip_server_fields(left), strip_server_fields(right))


def strip_server_fields(obj: Object) -> Object:
    """The object without what the server writes: bookkeeping in the metadata, and the status."""
    stripped = {key: value for key, value in obj.items() if key != "status"}
    if isinstance(obj.get("metadata"), dict):
        stripped["metadata"] = {key: value for key, value in obj["metadata"].items() if key not in _SERVER_METADATA}
    return stripped
