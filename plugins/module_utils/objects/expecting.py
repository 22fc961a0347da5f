# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier steps of a play bring, so that check mode can tell the truth before they ran.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..errors import InputError, NotFoundError
from ..model import Ref
from ..namespaces import refuse_terminating
from .reading import brings, group_of

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object


@dataclass(frozen=True, slots=True)
class Expectation:
    """API groups and namespaces that will be there when the play really runs."""

    groups: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, expected: t.Iterable[str]) -> Expectation:
        """From the option: C(cert-manager.io) is an API group, C(Namespace/linkerd) a namespace."""
        groups: set[str] = set()
        namespaces: set[str] = set()
        for entry in expected:
            kind, slash, name = entry.partition("/")
            if not slash and kind:
                groups.add(kind)
            elif kind == "Namespace" and name:
                namespaces.add(name)
            else:
                raise InputError(
                    f"expected: {entry!r}",
                    "is neither an API group nor a namespace",
                    "Write `cert-manager.io` or `Namespace/linkerd`.",
                    code="expected",
                )
        return cls(frozenset(groups), frozenset(namespaces))


class Placed(t.NamedTuple):
    """An object where it will be written. C(pending) says what has to come first; empty when the API can be asked now."""

    obj: Object
    pending: str


def sort_out(cluster: Cluster, objects: t.Sequence[Object], expectation: Expectation, *, default_namespace: str = "") -> list[Placed]:
    """Which objects can be asked about. Whatever nothing brings is an error, as it would be when the play really runs."""
    own_namespaces, own_kinds = brings(objects)
    existing = _existing(cluster, objects, own_namespaces, default_namespace)
    result: list[Placed] = []
    for given in objects:
        obj = placed(cluster, given, default_namespace)
        namespace = obj["metadata"].get("namespace", "")
        reason = _missing_kind(cluster, obj, own_kinds, expectation)
        if namespace and namespace not in existing:
            if namespace not in own_namespaces | expectation.namespaces:
                raise _no_namespace(obj, namespace)
            bringer = "the same call" if namespace in own_namespaces else "an earlier step"
            reason = reason or f"{bringer} brings namespace {namespace}"
        result.append(Placed(obj, reason))
    return result


def _missing_kind(cluster: Cluster, obj: Object, own_kinds: set[tuple[str, str]], expectation: Expectation) -> str:
    api_version, kind = obj["apiVersion"], obj["kind"]
    group = group_of(api_version)
    if cluster.serves(api_version, kind):
        return ""
    if (group, kind) in own_kinds:
        return "the same call brings its CRD"
    if group not in expectation.groups:
        cluster.namespaced(api_version, kind)  # raises: the API does not serve it
    return f"an earlier step brings API group {group}"


def placed(cluster: Cluster, obj: Object, default_namespace: str = "") -> Object:
    """The object with the namespace that it is written to: none where its kind has none."""
    known = cluster.serves(obj["apiVersion"], obj["kind"])
    meta = obj["metadata"]
    if known and not cluster.namespaced(obj["apiVersion"], obj["kind"]):
        return {**obj, "metadata": {key: value for key, value in meta.items() if key != "namespace"}}
    if not meta.get("namespace") and default_namespace:
        return {**obj, "metadata": {**meta, "namespace": default_namespace}}
    return obj


def _existing(cluster: Cluster, objects: t.Iterable[Object], own_namespaces: set[str], default_namespace: str) -> set[str]:
    names = own_namespaces | ({obj["metadata"].get("namespace") or default_namespace for obj in objects} - {""})
    found = [namespace for namespace in cluster.get_many([Ref("v1", "Namespace", name) for name in sorted(names)]) if namespace]
    for namespace in found:
        refuse_terminating(namespace)
    return {namespace["metadata"]["name"] for namespace in found}


def _no_namespace(obj: Object, namespace: str) -> NotFoundError:
    return NotFoundError(
        str(Ref.of(obj)),
        f"namespace {namespace} does not exist",
        f"Create it first, in the same list or in an earlier task; in check mode, name it under `expected` as Namespace/{namespace}.",
        code="no_namespace",
    )
