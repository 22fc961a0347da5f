# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of ingress-nginx: its flags, as its container has them.

Source: pkg/flags/flags.go of controller v1.15.1 (pflag: C(--name=value), C(--name value), and a bare C(--name) for a boolean).

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object
from ..routes.base import mappings

SWITCHES = frozenset({"enable-ssl-passthrough", "watch-ingress-without-class", "ingress-class-by-name", "enable-annotation-validation"})
"""Booleans that are asked for here: without an equals sign the next argument is not theirs."""


class Flags:
    def __init__(self, container: Object, namespace: str) -> None:
        """O(namespace) is the pod's own, for environment variables that hold it."""
        own = {str(env.get("name")): namespace for env in mappings(container.get("env")) if _is_namespace(env)}
        fixed = {str(env["name"]): str(env["value"]) for env in mappings(container.get("env")) if "name" in env and "value" in env}
        words = [str(word) for part in ("command", "args") for word in container.get(part) or []]
        self._values = dict(_pairs([_expanded(word, {**own, **fixed}) for word in words]))

    def value(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def is_on(self, name: str) -> bool:
        return self.value(name).lower() in ("1", "t", "true")

    def namespaced(self, name: str) -> tuple[str, str] | None:
        """The namespace and name that a flag gives."""
        namespace, slash, rest = self.value(name).partition("/")
        return (namespace, rest) if slash and namespace and rest else None


def _pairs(words: t.Sequence[str]) -> t.Iterator[tuple[str, str]]:
    for place, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        following = words[place + 1] if place + 1 < len(words) else "--"
        if not equals:
            value = "true" if name in SWITCHES or following.startswith("-") else following
        yield name, value


def _is_namespace(env: Object) -> bool:
    source = env.get("valueFrom") or {}
    return bool((source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace")


def _expanded(word: str, variables: t.Mapping[str, str]) -> str:
    for name, value in variables.items():
        word = word.replace(f"$({name})", value)
    return word
