# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places inside an object: what names one, what is there, and putting something else there.

A list may have thousands of items that are edited one after the other, so items are found by an index of their list.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import collections
import json
import typing as t

from .errors import PlanningError
from .model import Object, Ref

Selector = dict[str, t.Any]
Path: t.TypeAlias = "tuple[str | Selector, ...]"
"""Keys of mappings; inside lists a selector, the first item that has all of its entries; the second with C(#: 1)."""
NTH = "#"
ABSENT: t.Final = object()
SHORT = 8
"""A list of so many items is faster looked through than indexed."""

Key = tuple[t.Any, ...]


def show(path: Path) -> str:
    """The path for a person: C(spec.routes[match=Host(`a`)].middlewares)."""
    text = ""
    for part in path:
        if isinstance(part, str):
            text += f".{part}" if "." not in part and "/" not in part else f"['{part}']"
        else:
            text += "[" + ",".join(f"{key}={value}" for key, value in part.items()) + "]"
    return text.lstrip(".")


def selectors(items: t.Sequence[Object], keys: t.Sequence[str]) -> list[Selector]:
    """For each item the selector by those of O(keys) that it has."""
    if len(items) == 1:
        return [{key: items[0][key] for key in keys if key in items[0]}]
    ranks: dict[Key, list[int]] = {}
    result = []
    for place, item in enumerate(items):
        own = tuple(key for key in keys if key in item)
        if own not in ranks:
            ranks[own] = _ranks(items, own)
        nth = ranks[own][place]
        selector: Selector = {key: item[key] for key in own}
        result.append({**selector, NTH: nth} if nth else selector)
    return result


def _ranks(items: t.Sequence[Object], keys: Key) -> list[int]:
    """How many earlier items each has that say the same."""
    seen: collections.Counter[Key] = collections.Counter()
    ranks = []
    for item in items:
        values = _values(item, keys)
        ranks.append(seen[values])
        seen[values] += 1
    return ranks


def _values(item: Object, keys: Key) -> Key:
    return tuple(_hashable(item.get(key)) for key in keys)


def _hashable(value: t.Any) -> t.Any:
    return ("json", json.dumps(value, sort_keys=True, default=str)) if isinstance(value, (dict, list)) else value


def _has(item: Object, entries: t.Iterable[tuple[str, t.Any]]) -> bool:
    return all(item.get(key) == value for key, value in entries)


class Tree:
    """A copy of an object to look at and to change. It shares with the object what is not changed."""

    def __init__(self, obj: Object) -> None:
        self.root: Object = dict(obj)
        self._own: dict[int, t.Any] = {id(self.root): self.root}
        self._indexes: dict[tuple[int, Key], tuple[list[t.Any], dict[Key, list[int]]]] = {}

    def get(self, path: Path) -> t.Any:
        """What is there, or ABSENT."""
        found: t.Any = self.root
        for part in path:
            found = self._step(found, part)
            if found is ABSENT:
                return ABSENT
        return found

    def depth(self, path: Path) -> int:
        """How much of the path is there; a null counts, and ends it."""
        found: t.Any = self.root
        for depth, part in enumerate(path):
            found = self._step(found, part)
            if found is ABSENT:
                return depth
            if found is None:
                return depth + 1
        return len(path)

    def reaches(self, path: Path) -> bool:
        """Whether the list items that the path selects are there; mappings on the way can be made."""
        selections = [path[:end] for end, part in enumerate(path, start=1) if not isinstance(part, str)]
        return all(self.get(selection) is not ABSENT for selection in selections)

    def put(self, path: Path, value: t.Any) -> None:
        """Mappings on the way are made. Raises PlanningError where the place cannot be reached."""
        parent, last = self._parent(path), path[-1]
        if not isinstance(parent, dict) or not isinstance(last, str):
            raise self._unusable(path, last)
        parent[last] = value

    def drop(self, path: Path, keep: int) -> None:
        """What is there goes, and with it the mappings above that it leaves empty, but the first O(keep) parts stay."""
        self._parent(path)
        for end in range(len(path), keep, -1):
            parent, last = self.get(path[: end - 1]), path[end - 1]
            if not isinstance(parent, dict) or not isinstance(last, str) or (end < len(path) and parent.get(last)):
                return
            parent.pop(last, None)

    def _parent(self, path: Path) -> t.Any:
        obj: t.Any = self.root
        for part in path[:-1]:
            obj = self._mine(obj, part, path)
        return obj

    def _mine(self, obj: t.Any, part: str | Selector, path: Path) -> t.Any:
        """The inner mapping or list, made our own by a copy, once."""
        inner = self._step(obj, part)
        if id(inner) in self._own:
            return inner
        if isinstance(inner, (dict, list)):
            inner = inner.copy()
        elif isinstance(obj, dict) and (inner is ABSENT or inner is None):
            inner = {}
        else:
            raise self._unusable(path, part)
        self._own[id(inner)] = inner
        obj[part if isinstance(part, str) else self._place(obj, part)] = inner
        return inner

    def _step(self, obj: t.Any, part: str | Selector) -> t.Any:
        if isinstance(part, str):
            return obj.get(part, ABSENT) if isinstance(obj, dict) else ABSENT
        place = self._place(obj, part) if isinstance(obj, list) else None
        return ABSENT if place is None else obj[place]

    def _place(self, items: list[t.Any], selector: Selector) -> int | None:
        nth = int(selector.get(NTH, 0))
        if len(items) <= SHORT:
            entries = [entry for entry in selector.items() if entry[0] != NTH]
            fitting = [place for place, item in enumerate(items) if isinstance(item, dict) and _has(item, entries)]
        else:
            keys = tuple(key for key in selector if key != NTH)
            fitting = self._index(items, keys).get(_values(selector, keys), [])
        return fitting[nth] if nth < len(fitting) else None

    def _index(self, items: list[t.Any], keys: Key) -> dict[Key, list[int]]:
        """Places by values. A list is never changed in place but for copies of its items, so the index holds."""
        known = self._indexes.get((id(items), keys))
        if known is None:
            index: dict[Key, list[int]] = {}
            for place, item in enumerate(items):
                if isinstance(item, dict):
                    index.setdefault(_values(item, keys), []).append(place)
            known = self._indexes[id(items), keys] = (items, index)
        return known[1]

    def _unusable(self, path: Path, part: str | Selector) -> PlanningError:
        name = f"{Ref.of(self.root)}, {show(path)}" if "kind" in self.root else show(path)
        return PlanningError(
            name, f"{show((part,))} cannot be reached: it, or what is above it, is not a mapping", "Mend it by hand, then run again."
        )
