# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose an object is: ours, or somebody's who would put it back. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .. import managers
from ..errors import PlanningError
from ..model import FIELD_MANAGER, OWNER_LABEL, OWNER_VALUE

if t.TYPE_CHECKING:
    from ..model import Object, Ref


def manager_of(obj: Object) -> str:
    """Who else keeps this object as it is, in words; empty when nobody does."""
    found = managers.manager_of(obj)
    if found is not None:
        return str(found)
    label = ((obj.get("metadata") or {}).get("labels") or {}).get(OWNER_LABEL, "")
    return "" if label in ("", OWNER_VALUE) or is_ours(obj) else f"{label} (label {OWNER_LABEL})"


def refuse_managed(ref: Ref, live: Object) -> None:
    """Two managers of one object undo each other's work without end."""
    manager = manager_of(live)
    if manager:
        raise PlanningError(
            str(ref),
            f"is managed by {manager}, which would undo or fight over what this play writes",
            "Change it there, or take the object out of that manager's hands first.",
            code="managed",
        )


def is_ours(obj: Object) -> bool:
    """Whether we made it: our label, or another value of that label which we ourselves wrote."""
    meta = obj.get("metadata") or {}
    if (meta.get("labels") or {}).get(OWNER_LABEL) == OWNER_VALUE:
        return True
    return any(
        _holds(entry, ("metadata", "labels", OWNER_LABEL))
        for entry in meta.get("managedFields") or []
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply"
    )


def last_written(obj: Object | None, *path: str) -> str:
    """When somebody last wrote that field, by the API server's clock and in its spelling; empty where nobody is on record for it."""
    entries = ((obj or {}).get("metadata") or {}).get("managedFields") or []
    return max((str(entry.get("time") or "") for entry in entries if _holds(entry, path)), default="")


def _holds(entry: Object, path: t.Iterable[str]) -> bool:
    fields: t.Any = entry.get("fieldsV1") or {}
    for name in path:
        if f"f:{name}" not in fields:
            return False
        fields = fields[f"f:{name}"]
    return True


def labelled(wanted: Object, live: Object | None) -> Object:
    """Our label on what we make and on what we made; something that was there before stays unlabelled, and is never deleted."""
    meta = wanted["metadata"]
    labels = meta.get("labels") or {}
    if OWNER_LABEL in labels or (live is not None and not is_ours(live)):
        return wanted
    return {**wanted, "metadata": {**meta, "labels": {**labels, OWNER_LABEL: OWNER_VALUE}}}
