# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception family of the collection; every module turns it into ``fail_json`` in one place.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t


class L5dError(Exception):
    """Something the user has to know: what, why, and what to do about it."""

    def __init__(self, subject: str, reason: str, remedy: str = "", *, code: str = "error") -> None:
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.code = code
        super().__init__(": ".join(part for part in (subject, reason) if part) + (f". {remedy}" if remedy else ""))


class InputError(L5dError):
    """An option or a filter argument that cannot be used as given."""


class ClusterError(L5dError):
    """The Kubernetes API refused, could not be reached, or answered something unusable."""


class NotFoundError(ClusterError):
    """The API has no such object, or does not serve such a kind."""


class ConflictError(ClusterError):
    """Somebody else changed the object since it was read (409)."""


class PlanningError(L5dError):
    """The plan cannot be made safely; nothing was changed."""


class ManagedError(PlanningError):
    """What has to change is kept as it is by somebody else. C(handover): what they would have to write, as plain data."""

    def __init__(self, subject: str, reason: str, remedy: str, handover: list[dict[str, t.Any]]) -> None:
        super().__init__(subject, reason, remedy, code="managed")
        self.handover = handover


class RolloutError(L5dError):
    """Written, but the cluster did not get there in time."""
