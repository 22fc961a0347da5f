# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a controller's settings are written so that they last.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass, field

from ..model import Finding, Object, Ref
from ..ownership import Edit, Lost


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to tell the controller, in both languages: Helm values, and arguments of its container.

    C(values) has a path from the root of the chart's values, C(argument) an empty path: the list of arguments.
    """

    values: Edit
    argument: Edit
    mergeable: Edit | None = None
    """The same as values under a key that does not replace a list of somebody's other values file, where the chart has one."""


@dataclass(frozen=True, slots=True)
class HelmValues:
    """What to give a chart so that it does what the store does. C(by_manifest): the store is itself a way to give it."""

    release: str
    values: Object
    by_manifest: bool


@dataclass(slots=True)
class Wanted:
    """Pod annotations and settings that shall be ours; everything else of ours is taken back."""

    annotations: dict[str, str] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)


class Store(abc.ABC):
    """One way to make settings last. Pure: it knows the objects it was given and returns new ones."""

    ref: Ref
    live: Object | None

    @abc.abstractmethod
    def desire(self, wanted: Wanted, live: Object | None) -> Object | None:
        """The object with exactly O(wanted) of ours in it; None where it should not exist."""

    @abc.abstractmethod
    def lost(self) -> list[Lost]:
        """Leaves of ours that somebody changed since."""

    @abc.abstractmethod
    def owns(self, setting: Setting) -> bool:
        """Whether the setting is in force because of us."""

    @abc.abstractmethod
    def owns_annotation(self, key: str) -> bool:
        """Whether this pod annotation is ours."""

    @abc.abstractmethod
    def restored_annotations(self, wanted: Wanted) -> dict[str, str]:
        """Pod annotations that come back as they were before us because O(wanted) has them no longer."""

    @abc.abstractmethod
    def helm_values(self, wanted: Wanted) -> HelmValues | None:
        """The same as Helm values; None where no chart is involved."""

    @abc.abstractmethod
    def findings(self, wanted: Wanted) -> list[Finding]:
        """What stands in the way of O(wanted), or will undo it."""
