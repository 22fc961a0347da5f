# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the repository is, and how things are called in it. Pure data.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t


class Place(t.NamedTuple):
    """Of one cluster's rendering."""

    cluster: str
    repository: str
    """Address of the Git repository (Argo CD)."""
    source: str
    """Name of the GitRepository (Flux)."""
    revision: str
    path: str
    """Of the cluster's directory within the repository, without slashes at its ends."""
    layout: str
    """Name of the directory below that which holds the layout."""
    namespace: str
    """Of the objects of the tool itself."""
    server: str
    """Of the cluster, as Argo CD knows it."""

    def named(self, name: str) -> str:
        """A name that no other cluster's has."""
        return label(f"{self.cluster}-{name}")

    def of(self, *parts: str) -> str:
        """A path from the top of the repository."""
        return "/".join(part for part in (self.path, *parts) if part)


def label(text: str) -> str:
    """Something that an object may be called."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
