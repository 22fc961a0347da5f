# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What depends on the version of ingress-nginx: one table, asked by name.

Source: internal/ingress of the tags controller-v0.34.0 to controller-v1.15.1, and the README on the project's retirement.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..linkerd.releases import Version

END_OF_LIFE = "2026-03"
LAST = "1.15.1"


@dataclass(frozen=True, slots=True)
class Release:
    """Facts that hold from C(version) on, until the next row."""

    version: Version
    reads_ingress_classes: bool
    """Which Ingresses are its own is told by the controller that their IngressClass names; before, by the class' name."""
    global_service_upstream: bool
    """The ConfigMap's key service-upstream is the default of all Ingresses; before, each has to say it itself."""
    snippets_by_default: bool
    """allow-snippet-annotations is true where nobody sets it."""
    snippets_need_risk: bool
    """A snippet counts only with annotations-risk-level: Critical."""


RELEASES: tuple[Release, ...] = (
    Release((0,), False, False, True, False),
    Release((1, 0, 0), True, False, True, False),
    Release((1, 0, 1), True, True, True, False),
    Release((1, 9, 1), True, True, False, False),
    Release((1, 12, 0), True, True, False, True),
)


def release_for(version: Version) -> Release:
    """The row of this version. What has no version that could be read gets what every version understands."""
    if not version:
        return Release((), True, False, True, False)
    return [row for row in RELEASES if row.version <= version][-1]
