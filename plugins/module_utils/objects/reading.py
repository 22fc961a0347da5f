# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as a play gives them: lists, texts of several documents, empty documents. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..errors import InputError
from ..model import Object, Ref

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

_REMEDY = "Give complete Kubernetes objects, or YAML texts of them."

_RANKS: tuple[frozenset[str], ...] = (
    frozenset({"Namespace"}),
    frozenset({"CustomResourceDefinition"}),
    frozenset({"ServiceAccount", "Secret", "ConfigMap", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "PriorityClass"}),
    frozenset({"Service", "Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "PodDisruptionBudget", "NetworkPolicy"}),
    frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"}),
)
"""What has to be there before what; custom resources and everything else come last."""


def read(items: t.Iterable[t.Any]) -> list[Object]:
    """Every object in the order given; the same object twice is an error."""
    objects = [obj for index, item in enumerate(items) for obj in _flatten(item, f"resources[{index}]")]
    seen: set[Ref] = set()
    for obj in objects:
        ref = Ref.of(obj)
        if ref in seen:
            raise InputError(str(ref), "is given twice", "Give each object once.", code="duplicate")
        seen.add(ref)
    return objects


def parse(text: str, subject: str) -> list[Object]:
    """The objects of a YAML text, as Helm prints it or stores it."""
    try:
        documents = list(yaml.load_all(text, Loader=_loader()))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        # Without the text around it, which may be a Secret's.
        raise InputError(subject, f"is not YAML: {getattr(error, 'problem', None)}{where}", _REMEDY, code="yaml") from None
    return [obj for index, document in enumerate(documents) for obj in _flatten(document, f"{subject}, document {index + 1}")]


def _flatten(item: t.Any, where: str) -> list[Object]:
    if item is None or item in ({}, ""):
        return []
    if isinstance(item, str):
        return parse(item, where)
    if isinstance(item, list):
        return [obj for index, inner in enumerate(item) for obj in _flatten(inner, f"{where}[{index}]")]
    if not isinstance(item, dict):
        raise InputError(where, f"is a {type(item).__name__}, not an object", _REMEDY, code="not_an_object")
    if str(item.get("kind", "")).endswith("List") and isinstance(item.get("items"), list):
        return _flatten(item["items"], f"{where}.items")
    _check(item, where)
    return [item]


def _check(obj: Object, where: str) -> None:
    meta = obj.get("metadata")
    missing = [name for name in ("apiVersion", "kind") if not isinstance(obj.get(name), str) or not obj[name]]
    if not isinstance(meta, dict) or not isinstance(meta.get("name"), str) or not meta["name"]:
        missing.append("metadata.name")
    if missing:
        raise InputError(where, f"has no {' and no '.join(missing)}", _REMEDY, code="incomplete")


def _loader() -> t.Any:
    """YAML as Kubernetes reads it: dates stay text. The C parser where there is one: charts bring megabytes of CRDs."""
    base: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in base.yaml_implicit_resolvers.items()
    }
    return type("KubernetesLoader", (base,), {"yaml_implicit_resolvers": resolvers})


def rank(obj: Object) -> int:
    """What has a lower rank has to be there first; objects of one rank may be written at once."""
    return next((number for number, kinds in enumerate(_RANKS) if obj["kind"] in kinds), len(_RANKS))


def group_of(api_version: str) -> str:
    """C(cert-manager.io) of C(cert-manager.io/v1); empty for the core group."""
    return api_version.rpartition("/")[0]


def brings(objects: t.Iterable[Object]) -> tuple[set[str], set[tuple[str, str]]]:
    """(namespaces, (group, kind) pairs) that exist once these objects do."""
    namespaces: set[str] = set()
    kinds: set[tuple[str, str]] = set()
    for obj in objects:
        if obj["kind"] == "Namespace":
            namespaces.add(obj["metadata"]["name"])
        elif obj["kind"] == "CustomResourceDefinition":
            spec = obj.get("spec") or {}
            kinds.add((str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", ""))))
    return namespaces, kinds
