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
from .places import ABSENT, Path, Tree, show

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


def rewrite(obj: Object, edits: t.Sequence[Edit]) -> Object:
    """A copy of O(obj) in which exactly O(edits) are ours: everything earlier is taken back first.

    It shares with O(obj) what is not edited, so neither may be changed in place.
    """
    tree = Tree(obj)
    if is_recorded(obj):
        tree.drop(RECORD_PATH, keep=1)
        for entry in reversed(_read_record(obj)):
            _take_back(tree, entry)
    made = (_make(tree, edit) for edit in edits)
    kept = [entry for entry in made if entry is not None]
    if kept:
        tree.put(RECORD_PATH, json.dumps(kept, sort_keys=True, separators=(",", ":")))
    return tree.root


def made(edits: t.Sequence[Edit]) -> Object:
    """What the edits make of nothing, without a record."""
    tree = Tree({})
    for edit in edits:
        _make(tree, edit)
    return tree.root


def restore(obj: Object) -> tuple[Object, list[Lost]]:
    """A copy of O(obj) without anything of ours, and what could not be taken back because it is somebody else's now."""
    tree = Tree(obj)
    lost = [
        Lost(_path(entry), entry["ours"], now)
        for entry in _read_record(obj)
        if _sets(entry) and (now := tree.get(_path(entry))) != entry["ours"] and now is not ABSENT
    ]
    return rewrite(obj, []), lost


def within_reach(obj: Object, edits: t.Iterable[Edit]) -> list[Edit]:
    """Those of them whose list items are there."""
    tree = Tree(obj)
    return [edit for edit in edits if tree.reaches(edit.path)]


def fitting(obj: Object, edits: list[Edit]) -> list[Edit]:
    """Those of them whose place can hold them: mappings on the way, and for an item a list that is one."""
    if not edits:
        return edits
    tree = Tree(obj)
    return [edit for edit in edits if _fits(tree, edit)]


def _fits(tree: Tree, edit: Edit) -> bool:
    depth = tree.depth(edit.path)
    found = tree.get(edit.path[:depth])
    if depth < len(edit.path):
        of_an_item = not isinstance(edit.path[depth], str)  # that an edit before this one may add
        return found is None or isinstance(found, list if of_an_item else dict)
    return found is None or isinstance(edit, SetLeaf) or isinstance(found, str if is_text(edit.style) else list)


def holds(obj: Object, path: Path) -> bool:
    """Whether there is something at this path."""
    return Tree(obj).get(path) is not ABSENT


def is_recorded(obj: Object) -> bool:
    return _record_of(obj) is not ABSENT


def owned(obj: Object) -> list[Edit]:
    """The edits that the record of this object speaks of."""
    return [_edit(entry) for entry in _read_record(obj)]


def removed(obj: Object) -> list[RemoveItem]:
    """What we took out of the lists of this object."""
    text = _record_of(obj)
    if not isinstance(text, str) or '"theirs"' not in text:
        return []
    return [edit for edit in owned(obj) if isinstance(edit, RemoveItem)]


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
    tree, found = Tree(obj), []
    for entry, edit in zip(reversed(_read_record(obj)), reversed(owned(obj)), strict=True):
        if _holds(edit, tree.get(edit.path)):
            found.append(edit)
            _take_back(tree, entry)
    return found[::-1]


def _holds(edit: Edit, now: t.Any) -> bool:
    if isinstance(edit, SetLeaf):
        return bool(now == edit.value)
    return (edit.item in items_of(now, edit.style)) is isinstance(edit, AddItem)


def identity(edit: Edit) -> str:
    """The same for edits that do the same, to look one up among thousands."""
    what = edit.value if isinstance(edit, SetLeaf) else [edit.item, edit.style]
    return json.dumps([type(edit).__name__, edit.path, what], sort_keys=True, default=str)


def place(edit: Edit) -> str:
    """The same for edits of the same leaf or list."""
    return json.dumps(edit.path, sort_keys=True, default=str)


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
    return annotations.get(RECORD_ANNOTATION, ABSENT) if annotations else ABSENT


def _read_record(obj: Object) -> list[Object]:
    text = _record_of(obj)
    if text is ABSENT:
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


def _make(tree: Tree, edit: Edit) -> Object | None:
    """Do one edit and return its record, or None where it was already so without us."""
    now = tree.get(edit.path)
    if isinstance(edit, RemoveItem):
        return _make_removal(tree, edit, now)
    if isinstance(edit, AddItem):
        return _make_item(tree, edit, now)
    if now == edit.value and now is not ABSENT:
        return None
    record = {"path": list(edit.path), "ours": edit.value, **_before(tree, edit.path, now)}
    tree.put(edit.path, edit.value)
    return record


def _make_item(tree: Tree, edit: AddItem, now: t.Any) -> Object | None:
    kind, word = (str, "text") if is_text(edit.style) else (list, "a list")
    if now is not ABSENT and now is not None and not isinstance(now, kind):
        raise PlanningError(
            f"{Ref.of(tree.root)}, {show(edit.path)}", f"it is a {type(now).__name__}, not {word}", "Mend it by hand, then run again."
        )
    base = now if now is not ABSENT else list(edit.seed)
    items = items_of(base, edit.style)
    if edit.item in items:
        return None
    record = {"path": list(edit.path), "ours": edit.item, "style": edit.style, **_before(tree, edit.path, now)}
    if edit.style == "list" and now:
        record.pop("before", None)
    if now is ABSENT and edit.seed:
        record["seed"] = list(edit.seed)
    tree.put(edit.path, with_items(base, [edit.item, *items] if edit.first else [*items, edit.item], edit.style))
    return record


def _make_removal(tree: Tree, edit: RemoveItem, now: t.Any) -> Object | None:
    items = items_of(now, edit.style) if isinstance(now, (str, list)) else []
    if edit.item not in items:
        return None
    _put_items(tree, edit.path, [item for item in items if item != edit.item], edit.style)
    return {"path": list(edit.path), "theirs": edit.item, "style": edit.style, "before": now}


def _put_items(tree: Tree, path: Path, items: list[t.Any], style: str) -> None:
    """The list with these items; without any, none."""
    if items:
        tree.put(path, with_items(None, items, style))
    else:
        tree.drop(path, keep=len(path) - 1)


def _before(tree: Tree, path: Path, now: t.Any) -> Object:
    """What to put back: the value, or from which depth on the mappings above it are ours."""
    if now is not ABSENT:
        return {"before": now}
    depth = tree.depth(path)
    return {"depth": depth, "null": True} if depth and tree.get(path[:depth]) is None else {"depth": depth}


def _take_back(tree: Tree, entry: Object) -> None:
    path = _path(entry)
    now = tree.get(path)
    if "theirs" in entry:
        _give_back(tree, entry, now)
    elif now is ABSENT:
        return
    elif not _sets(entry):
        _take_back_item(tree, entry, now)
    elif now == entry["ours"]:
        if "before" in entry:
            tree.put(path, entry["before"])
        else:
            _remove(tree, entry)


def _take_back_item(tree: Tree, entry: Object, now: t.Any) -> None:
    path, style = _path(entry), entry["style"]
    items = items_of(now, style)
    if entry["ours"] not in items:
        return
    items.remove(entry["ours"])
    rest = with_items(now, items, style)
    if "depth" in entry and (not rest or rest == entry.get("seed")):
        _remove(tree, entry)
    elif "before" in entry and items_of(entry["before"], style) == items and others(entry["before"], style) == others(now, style):
        tree.put(path, entry["before"])
    else:
        tree.put(path, rest)


def _give_back(tree: Tree, entry: Object, now: t.Any) -> None:
    """The item to its place; as it was to the letter where nobody has changed the list since."""
    path, style, item, before = _path(entry), entry["style"], entry["theirs"], entry["before"]
    if not tree.reaches(path[:-1]) or not (now is ABSENT or now is None or isinstance(now, (str, list))):
        return
    left, items = items_of(before, style), items_of(now if now is not ABSENT else None, style)
    if items == [other for other in left if other != item]:
        tree.put(path, before)
    elif item not in items:
        tree.put(path, with_items(None, _inserted(items, item, left), style))


def _inserted(items: list[t.Any], item: t.Any, order: list[t.Any]) -> list[t.Any]:
    """Behind whatever stood before it and is still there, else at the front."""
    earlier = order[: order.index(item)]
    place = max((items.index(other) + 1 for other in earlier if other in items), default=0)
    return [*items[:place], item, *items[place:]]


def _remove(tree: Tree, entry: Object) -> None:
    """The leaf, and the mappings above it that we made, once they are empty."""
    path, depth = _path(entry), entry["depth"]
    tree.drop(path, keep=depth)
    if entry.get("null") and not tree.get(path[:depth]):
        tree.put(path[:depth], None)
