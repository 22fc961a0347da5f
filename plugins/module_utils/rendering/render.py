# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rendering: the objects and values that bring about what a play would, and the files they are kept in. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..addresses import without_passwords
from ..errors import InputError
from ..model import Object, Ref
from .names import file_names
from .text import commented

LINT = "yamllint disable rule:line-length rule:empty-lines"
MARK = "Rendered by pimesh.linkerd."
MERGED = "This object is not ours: the whole of it, with our changes. Move it to where it is kept, and never let it be pruned."
KUSTOMIZATION = "kustomization.yaml"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


@dataclass(slots=True)
class Rendering:
    """C(own) objects are ours alone, C(merged) ones are somebody's; in the order in which they are safe to write.

    C(release) says whose values C(values) are; C(in_file) is false where a manifest brings them already.
    """

    own: list[Object] = field(default_factory=list)
    merged: list[Object] = field(default_factory=list)
    values: Object = field(default_factory=dict)
    release: str = ""
    chart: Object = field(default_factory=dict)
    in_file: bool = True
    withheld: list[Object] = field(default_factory=list)
    """What does not belong into a repository, and why."""

    @property
    def manifests(self) -> list[Object]:
        return [*self.own, *self.merged]


def files(rendering: Rendering, author: str) -> dict[str, str]:
    """Text by file name, in the order of O(rendering)."""
    names = file_names(Ref.of(obj) for obj in rendering.manifests)
    found = {names[Ref.of(obj)]: _file(author, obj) for obj in rendering.own}
    found |= {names[Ref.of(obj)]: _file(author, obj, MERGED) for obj in rendering.merged}
    if found:
        found[KUSTOMIZATION] = _file(author, _kustomization(list(found)))
    if rendering.values and rendering.in_file:
        found[f"values-{rendering.release}.yaml"] = _file(author, rendering.values, f"Helm values of release {rendering.release}.")
    if rendering.chart:
        found[f"chart-{rendering.release}.yaml"] = _file(author, rendering.chart, f"Where the chart of release {rendering.release} is.")
    return found


def chart_facts(release: tuple[str, str], chart: Object, *, with_values: bool) -> Object:
    """What Argo CD and Flux ask for: O(release) is its name and namespace."""
    name, namespace = release
    reference, repository = without_passwords(str(chart["ref"])), without_passwords(str(chart.get("repo_url") or ""))
    if reference.startswith("oci://"):
        repository, _slash, reference = reference.rpartition("/")
    facts = {"chart": reference, "repository": repository, "version": str(chart.get("version") or "")}
    values = {"values": f"values-{name}.yaml"} if with_values else {}
    return {"release": name, "namespace": namespace, **{key: value for key, value in facts.items() if value}, **values}


def head(author: str) -> list[str]:
    """The comments that every file of one author begins with."""
    return [LINT, f"{MARK}{author}; the next rendering overwrites it."]


def refuse_keys(value: t.Any, subject: str, where: str = "the values") -> None:
    """A repository is no place for a private key."""
    if isinstance(value, dict):
        for key, item in value.items():
            refuse_keys(item, subject, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_keys(item, subject, f"{where}[{index}]")
    elif isinstance(value, str) and _PRIVATE_KEY.search(value):
        raise InputError(
            subject,
            f"{where} holds a private key, which does not belong into a repository",
            "Keep it in a Secret, and let cert-manager or a secrets operator write that.",
            code="secret",
        )


def _file(author: str, content: Object, *comments: str) -> str:
    return commented([*head(author), *comments], content)


def _kustomization(names: list[str]) -> Object:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": names,
        "sortOptions": {"order": "fifo"},
    }
