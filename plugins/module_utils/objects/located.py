# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where objects are that have gone to whatever namespace an earlier run was told.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict

from ..cluster import Query
from ..model import OWNER_LABEL, OWNER_VALUE, Ref

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object

EVERY_NAMESPACE = "*"


def located(cluster: Cluster, objects: t.Iterable[Object], wanted: t.Iterable[Object]) -> list[Object]:
    """The same objects; those of every namespace as they are found where this collection wrote them, apart from C(wanted) ones."""
    named: list[Object] = []
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for obj in objects:
        if obj["metadata"].get("namespace") == EVERY_NAMESPACE:
            names[obj["apiVersion"], obj["kind"]].add(obj["metadata"]["name"])
        else:
            named.append(obj)
    kept = {Ref.of(obj) for obj in wanted} | {Ref.of(obj) for obj in named}
    queries = [Query(*kind, label_selector=f"{OWNER_LABEL}={OWNER_VALUE}") for kind in names]
    for sought, found in zip(names.values(), cluster.list_many(queries), strict=True):
        named += [obj for obj in found if obj["metadata"]["name"] in sought and Ref.of(obj) not in kept]
    return named
