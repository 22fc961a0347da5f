# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects and values as YAML: the same bytes for the same content, in an order that people expect.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ..model import Object

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

_FIRST = ("apiVersion", "kind", "metadata", "name", "namespace")
_NEVER_FOLDED = 1_000_000


def to_yaml(content: t.Any) -> str:
    """One document, with its start."""
    text = yaml.dump(
        _ordered(content),
        Dumper=_dumper(),
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        explicit_start=True,
        width=_NEVER_FOLDED,
    )
    return str(text)


def _ordered(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_rank)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _rank(key: t.Any) -> tuple[int, str]:
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), str(key))


@functools.cache
def _dumper() -> t.Any:
    """Text of several lines in lines, and lists indented below their key: what linters ask for, and what people can read."""

    def text(dumper: t.Any, value: str) -> t.Any:
        style = None if "\n" not in value else '"' if "\n\n\n\n" in value else "|"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def indented(self: t.Any, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG001 - PyYAML's own signature
        yaml.SafeDumper.increase_indent(self, flow, False)

    dumper: t.Any = type("KeptDumper", (yaml.SafeDumper,), {"increase_indent": indented, "ignore_aliases": lambda _self, _data: True})
    dumper.add_representer(str, text)
    return dumper


def commented(lines: t.Iterable[str], content: Object) -> str:
    """The document below these comments."""
    return "".join(f"# {line}\n" for line in lines) + to_yaml(content)
