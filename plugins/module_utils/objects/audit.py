# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether there is anything to do at all, in one look at own objects and Helm's releases.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ..errors import NotFoundError, RolloutError
from ..model import Ref
from . import left_alone
from .compare import compare
from .expecting import Expectation
from .readiness import can_tell
from .waiting import Target, wait_ready
from .writing import check_present, remove

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object
    from .helm import Release

Rendered: t.TypeAlias = "tuple[Release, t.Callable[[], list[Object]]]"
"""A release, and how to render its chart, which takes a while."""


class Wanted(t.NamedTuple):
    """What there is to be, and what not."""

    objects: list[Object]
    obsolete: list[Object]
    targets: list[Target]
    releases: list[Rendered]
    force: bool = False


def differing(cluster: Cluster, wanted: Wanted, warn: left_alone.Warn) -> list[str]:
    """Names of what differs. The look ends with the first part that has some, because all of it is then looked at again."""
    looks: list[t.Callable[[], list[str]]] = [
        lambda: [str(step.object) for step in check_present(cluster, wanted.objects, Expectation()).steps],
        lambda: _unready(cluster, wanted),
        lambda: _left(cluster, wanted, warn),
        *(partial(_unlike, cluster, release, render, warn) for release, render in wanted.releases),
    ]
    try:
        return next((found for look in looks if (found := look())), [])
    except NotFoundError as error:  # what the play itself brings first is not there
        return [error.subject]


def _unready(cluster: Cluster, wanted: Wanted) -> list[str]:
    written = [Target(ref) for ref in map(Ref.of, wanted.objects) if can_tell(ref.api_version, ref.kind)]
    try:
        wait_ready(cluster, [*written, *wanted.targets], 0)
    except RolloutError as error:
        return [error.subject]
    return []


def _left(cluster: Cluster, wanted: Wanted, warn: left_alone.Warn) -> list[str]:
    found = remove(cluster, wanted.obsolete, force=wanted.force, check_mode=True, wait_timeout=0, wanted=wanted.objects)
    left_alone.kept(found.kept, warn)
    return [str(step.object) for step in found.steps]


def _unlike(cluster: Cluster, release: Release, render: t.Callable[[], list[Object]], warn: left_alone.Warn) -> list[str]:
    found = compare(cluster, render(), release, Expectation())
    left_alone.drifted(found.drifted, warn)
    return [str(release)] if found.differs else []
