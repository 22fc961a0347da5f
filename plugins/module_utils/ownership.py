# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits inside objects that belong to somebody else, recorded leaf by leaf so that they can be taken back.

An edit sets one leaf, adds one item to a list, or takes one away. What was there before and what we put there is kept in an
annotation of the object itself. Taking back touches only leaves that still hold our value: what somebody changed
since is theirs, and is reported instead.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .errors import PlanningError
from .list_styles import is_text, items_of, others, with_items
from .model import RECORD_ANNOTATION, Object, Ref

Selector = dict[str, t.Any]
Path: t.TypeAlias = "tuple[str | Selector, ...]"
"""Keys of mappings; inside lists a selector, the first item that has all of its entries; the second with C(#: 1)."""
NTH = "#"

_ABSENT: t.Final = object()
RECORD_PATH: Path = ("metadata", "annotations", RECORD_ANNOTATION)


@dataclass(frozen=True, slots=True)
class SetLeaf:
    """The leaf at O(path) shall be O(value)."""

    path: Path
    value: t.Any


@dataclass(frozen=True, slots=True)
class AddItem:
    """The list at O(path) shall contain O(item), last (or first), everything else in its order.

    O(style) is C(list), C(csv) for a comma separated string, C(sep:||) for one with another separator, or
    C(flag:--some.flag=) for the comma separated value of one argument in a list of arguments. O(seed) is the list to
    start from where the path does not exist yet.
    """

    path: Path
    item: t.Any
    style: str = "list"
    first: bool = False
    seed: tuple[t.Any, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """The list at O(path) shall not contain O(item), everything else in its order. O(style) is C(list) or C(csv).

    A list that becomes empty goes as a whole.
    """

    path: Path
    item: t.Any
    style: str = "list"


Edit: t.TypeAlias = "SetLeaf | AddItem | RemoveItem"


class Lost(t.NamedTuple):
    """A leaf of ours that somebody has changed since."""

    path: Path
    ours: t.Any
    now: t.Any


def show(path: Path) -> str:
    """The path for a person: C(spec.routes[match=Host(`a`)].middlewares)."""
    text = ""
    for part in path:
        if isinstance(part, str):
            text += f".{part}" if "." not in part and "/" not in part else f"['{part}']"
        else:
            text += "[" + ",".join(f"{key}={value}" for key, value in part.items()) + "]"
    return text.lstrip(".")


def rewrite(obj: Object, edits: t.Sequence[Edit]) -> Object:
    """A copy of O(obj) in which exactly O(edits) are ours: everything earlier is taken back first.

    It shares with O(obj) what is not edited, so neither may be changed in place.
    """
    result = dict(obj)
    entries = _read_record(result)
    _drop_record(result)
    for entry in reversed(entries):
        _take_back(result, entry)
    made = (_make(result, edit) for edit in edits)
    kept = [entry for entry in made if entry is not None]
    if kept:
        _put(result, RECORD_PATH, json.dumps(kept, sort_keys=True, separators=(",", ":")))
    return result


def made(edits: t.Sequence[Edit]) -> Object:
    """What the edits make of nothing, without a record."""
    result: Object = {}
    for edit in edits:
        _make(result, edit)
    return result


def restore(obj: Object) -> tuple[Object, list[Lost]]:
    """A copy of O(obj) without anything of ours, and what could not be taken back because it is somebody else's now."""
    lost = [
        Lost(_path(entry), entry["ours"], None if now is _ABSENT else now)
        for entry in _read_record(obj)
        if _sets(entry) and (now := _get(obj, _path(entry))) != entry["ours"] and now is not _ABSENT
    ]
    return rewrite(obj, []), lost


def reachable(obj: Object, path: Path) -> bool:
    """Whether the list items that the path selects are there; mappings on the way can be made."""
    selections = [path[:end] for end, part in enumerate(path, start=1) if not isinstance(part, str)]
    return all(_get(obj, selection) is not _ABSENT for selection in selections)


def holds(obj: Object, path: Path) -> bool:
    """Whether there is something at this path."""
    return _get(obj, path) is not _ABSENT


def is_recorded(obj: Object) -> bool:
    return _record_of(obj) is not _ABSENT


def owned(obj: Object) -> list[Edit]:
    """The edits that the record of this object speaks of."""
    return [_edit(entry) for entry in _read_record(obj)]


def _edit(entry: Object) -> Edit:
    if _sets(entry):
        return SetLeaf(_path(entry), entry["ours"])
    return (
        RemoveItem(_path(entry), entry["theirs"], entry["style"])
        if "theirs" in entry
        else AddItem(_path(entry), entry["ours"], entry["style"])
    )


def _sets(entry: Object) -> bool:
    return "style" not in entry


def held(obj: Object) -> list[Edit]:
    """Those of them that are still in place, seen from the last one back; the others somebody has changed since."""
    result, found = dict(obj), []
    for entry, edit in zip(reversed(_read_record(obj)), reversed(owned(obj)), strict=True):
        if _holds(edit, _get(result, edit.path)):
            found.append(edit)
            _take_back(result, entry)
    return found[::-1]


def _holds(edit: Edit, now: t.Any) -> bool:
    if isinstance(edit, SetLeaf):
        return bool(now == edit.value)
    return (edit.item in items_of(now, edit.style)) is isinstance(edit, AddItem)


def replaces(new: Edit, old: Edit) -> bool:
    """Whether both are about the same leaf, or about two states of one item that a list must not have twice."""
    if new.path != old.path or type(new) is not type(old):
        return False
    return isinstance(new, SetLeaf) or isinstance(old, SetLeaf) or (new.style == old.style and _one(new.item, old.item))


def _one(item: t.Any, other: t.Any) -> bool:
    if not isinstance(item, dict) or not isinstance(other, dict):
        return bool(item == other)
    names = [key for key in ("type", "name", "namespace") if key in item or key in other]
    return bool(names) and all(item.get(key) == other.get(key) for key in names)


def _path(entry: Object) -> Path:
    return tuple(entry["path"])


def _record_of(obj: Object) -> t.Any:
    annotations = (obj.get("metadata") or {}).get("annotations")
    return annotations.get(RECORD_ANNOTATION, _ABSENT) if annotations else _ABSENT


def _read_record(obj: Object) -> list[Object]:
    text = _record_of(obj)
    if text is _ABSENT:
        return []
    try:
        return [_checked(entry) for entry in json.loads(text)]
    except (ValueError, TypeError, KeyError) as exc:
        raise PlanningError(
            str(Ref.of(obj)),
            f"its annotation {RECORD_ANNOTATION} cannot be read ({exc})",
            "Somebody edited it. Remove the annotation to make what is there now your own, then run again.",
        ) from exc


def _checked(entry: Object) -> Object:
    what = "theirs" if "theirs" in entry else "ours"
    return {**entry, "path": list(entry["path"]), what: entry[what]}


def _make(obj: Object, edit: Edit) -> Object | None:
    """Do one edit and return its record, or None where it was already so without us."""
    now = _get(obj, edit.path)
    if isinstance(edit, RemoveItem):
        return _make_removal(obj, edit, now)
    if isinstance(edit, AddItem):
        return _make_item(obj, edit, now)
    if now == edit.value and now is not _ABSENT:
        return None
    record = {"path": list(edit.path), "ours": edit.value, **_before(obj, edit.path, now)}
    _put(obj, edit.path, edit.value)
    return record


def _make_item(obj: Object, edit: AddItem, now: t.Any) -> Object | None:
    kind, word = (str, "text") if is_text(edit.style) else (list, "a list")
    if now is not _ABSENT and now is not None and not isinstance(now, kind):
        raise PlanningError(
            f"{Ref.of(obj)}, {show(edit.path)}", f"it is a {type(now).__name__}, not {word}", "Mend it by hand, then run again."
        )
    base = now if now is not _ABSENT else list(edit.seed)
    items = items_of(base, edit.style)
    if edit.item in items:
        return None
    record = {"path": list(edit.path), "ours": edit.item, "style": edit.style, **_before(obj, edit.path, now)}
    if edit.style == "list" and now:
        record.pop("before", None)
    if now is _ABSENT and edit.seed:
        record["seed"] = list(edit.seed)
    _put(obj, edit.path, with_items(base, [edit.item, *items] if edit.first else [*items, edit.item], edit.style))
    return record


def _make_removal(obj: Object, edit: RemoveItem, now: t.Any) -> Object | None:
    items = items_of(now, edit.style) if isinstance(now, (str, list)) else []
    if edit.item not in items:
        return None
    _put_items(obj, edit.path, [item for item in items if item != edit.item], edit.style)
    return {"path": list(edit.path), "theirs": edit.item, "style": edit.style, "before": now}


def _put_items(obj: Object, path: Path, items: list[t.Any], style: str) -> None:
    """The list with these items; without any, none."""
    last = path[-1]
    if items:
        _put(obj, path, with_items(None, items, style))
    elif isinstance(last, str):
        _unshare(obj, path[:-1])
        del _get(obj, path[:-1])[last]


def _before(obj: Object, path: Path, now: t.Any) -> Object:
    """What to put back: the value, or from which depth on the mappings above it are ours."""
    if now is not _ABSENT:
        return {"before": now}
    depth = _existing_depth(obj, path)
    return {"depth": depth, "null": True} if depth and _get(obj, path[:depth]) is None else {"depth": depth}


def _take_back(obj: Object, entry: Object) -> None:
    path = _path(entry)
    now = _get(obj, path)
    if "theirs" in entry:
        _give_back(obj, entry, now)
    elif now is _ABSENT:
        return
    elif not _sets(entry):
        _take_back_item(obj, entry, now)
    elif now == entry["ours"]:
        if "before" in entry:
            _put(obj, path, entry["before"])
        else:
            _remove(obj, entry)


def _take_back_item(obj: Object, entry: Object, now: t.Any) -> None:
    path, style = _path(entry), entry["style"]
    items = items_of(now, style)
    if entry["ours"] not in items:
        return
    items.remove(entry["ours"])
    rest = with_items(now, items, style)
    if "depth" in entry and (not rest or rest == entry.get("seed")):
        _remove(obj, entry)
    elif "before" in entry and items_of(entry["before"], style) == items and others(entry["before"], style) == others(now, style):
        _put(obj, path, entry["before"])
    else:
        _put(obj, path, rest)


def _give_back(obj: Object, entry: Object, now: t.Any) -> None:
    """The item to its place; as it was to the letter where nobody has changed the list since."""
    path, style, item, before = _path(entry), entry["style"], entry["theirs"], entry["before"]
    if not reachable(obj, path[:-1]) or not (now is _ABSENT or now is None or isinstance(now, (str, list))):
        return
    left, items = items_of(before, style), items_of(now if now is not _ABSENT else None, style)
    if items == [other for other in left if other != item]:
        _put(obj, path, before)
    elif item not in items:
        _put(obj, path, with_items(None, _inserted(items, item, left), style))


def _inserted(items: list[t.Any], item: t.Any, order: list[t.Any]) -> list[t.Any]:
    """Behind whatever stood before it and is still there, else at the front."""
    earlier = order[: order.index(item)]
    place = max((items.index(other) + 1 for other in earlier if other in items), default=0)
    return [*items[:place], item, *items[place:]]


def _get(obj: t.Any, path: Path) -> t.Any:
    for part in path:
        obj = _step(obj, part)
        if obj is _ABSENT:
            return _ABSENT
    return obj


def _step(obj: t.Any, part: str | Selector) -> t.Any:
    if isinstance(part, str):
        return obj.get(part, _ABSENT) if isinstance(obj, dict) else _ABSENT
    if not isinstance(obj, list):
        return _ABSENT
    fitting = [item for item in obj if isinstance(item, dict) and _fits(item, part)]
    nth = int(part.get(NTH, 0))
    return fitting[nth] if nth < len(fitting) else _ABSENT


def _fits(item: Object, selector: Selector) -> bool:
    return all(item.get(key) == value for key, value in selector.items() if key != NTH)


def select(items: t.Sequence[t.Any], place: int, keys: t.Sequence[str]) -> Selector:
    """The selector of the item at O(place) by those of O(keys) that it has."""
    item = items[place]
    selector: Selector = {key: item[key] for key in keys if key in item}
    earlier = sum(isinstance(other, dict) and _fits(other, selector) for other in items[:place])
    return {**selector, NTH: earlier} if earlier else selector


def _existing_depth(obj: t.Any, path: Path) -> int:
    for depth, part in enumerate(path):
        obj = _step(obj, part)
        if obj is _ABSENT:
            return depth
        if obj is None:
            return depth + 1
    return len(path)


def _put(root: t.Any, path: Path, value: t.Any) -> None:
    _unshare(root, path[:-1])
    obj = root
    for part in path[:-1]:
        following = _step(obj, part)
        if isinstance(obj, dict) and isinstance(part, str) and (following is _ABSENT or following is None):
            following = obj[part] = {}
        if not isinstance(following, (dict, list)):
            raise _unusable(root, path, part)
        obj = following
    last = path[-1]
    if not isinstance(obj, dict) or not isinstance(last, str):
        raise _unusable(root, path, last)
    obj[last] = value


def _unshare(obj: t.Any, path: Path) -> None:
    """Copies of the mappings and lists along the path, as far as they are there, take the place of shared ones."""
    for part in path:
        inner = _step(obj, part)
        if not isinstance(inner, (dict, list)):
            return
        copied = inner.copy()
        if isinstance(part, str):
            obj[part] = copied
        else:
            obj[next(place for place, item in enumerate(obj) if item is inner)] = copied
        obj = copied


def _unusable(root: t.Any, path: Path, part: str | Selector) -> PlanningError:
    name = f"{Ref.of(root)}, {show(path)}" if isinstance(root, dict) and "kind" in root else show(path)
    return PlanningError(
        name, f"{show((part,))} cannot be reached: it, or what is above it, is not a mapping", "Mend it by hand, then run again."
    )


def _remove(obj: Object, entry: Object) -> None:
    """Remove the leaf, and the mappings above it that we made, once they are empty."""
    path, depth = _path(entry), entry["depth"]
    _unshare(obj, path[:-1])
    for end in range(len(path), depth, -1):
        parent, last = _get(obj, path[: end - 1]), path[end - 1]
        if not isinstance(parent, dict) or not isinstance(last, str):
            return
        if end < len(path) and parent.get(last):
            return
        parent.pop(last, None)
    if entry.get("null") and not _get(obj, path[:depth]):
        _put(obj, path[:depth], None)


def _drop_record(obj: Object) -> None:
    if is_recorded(obj):
        _unshare(obj, RECORD_PATH[:-1])
        annotations = obj["metadata"]["annotations"]
        del annotations[RECORD_ANNOTATION]
        if not annotations:
            del obj["metadata"]["annotations"]
