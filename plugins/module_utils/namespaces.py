# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces on their way out.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from .errors import PlanningError
from .model import Ref

if t.TYPE_CHECKING:
    from .model import Object


def held_by(namespace: Object) -> list[str]:
    """In the words of the namespace controller, and finalizers that nobody took off."""
    conditions = (namespace.get("status") or {}).get("conditions") or []
    told = [str(entry.get("message") or entry.get("type")).rstrip(". ") for entry in conditions if entry.get("status") == "True"]
    finalizers = namespace["metadata"].get("finalizers") or []
    return [*told, *(f"finalizer {name} of the namespace itself" for name in finalizers)]


def refuse_terminating(namespace: Object) -> None:
    """What is written into it fails or goes with it."""
    if not namespace["metadata"].get("deletionTimestamp"):
        return
    held = held_by(namespace)
    raise PlanningError(
        str(Ref.of(namespace)),
        f"is being deleted{' and does not come to an end: ' if held else ''}{'; '.join(held)}",
        f"Wait until it is gone; `kubectl get namespace {namespace['metadata']['name']} -o yaml` and `kubectl get apiservices` show what holds it.",
        code="terminating",
    )
