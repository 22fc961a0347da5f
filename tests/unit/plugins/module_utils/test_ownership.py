# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits inside objects of others: made, remembered, taken back."""

from __future__ import annotations

import copy
import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import RECORD_ANNOTATION, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import (
    AddItem,
    Edit,
    Lost,
    RemoveItem,
    SetLeaf,
    held,
    is_recorded,
    owned,
    replaces,
    restore,
    rewrite,
    within_reach,
)
from ansible_collections.pimesh.linkerd.plugins.module_utils.places import Path, selectors, show

FLAG = "flag:--entryPoints.web.http.middlewares="


def an_object(**spec: t.Any) -> Object:
    return {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "it", "namespace": "app"}, "spec": spec}


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b, c", "a,b", " x ,, y"])
ARGUMENTS = st.lists(
    st.sampled_from(
        ["--log.level=DEBUG", "--entryPoints.web.http.middlewares=a@file", "--entrypoints.WEB.http.middlewares=b@file, c@file", "-x", ""]
    )
)
LEAVES: dict[tuple[str, ...], st.SearchStrategy[t.Any]] = {
    ("spec", "a", "leaf"): SCALARS,
    ("spec", "b"): SCALARS | st.just({}),
    ("metadata", "annotations", "linkerd.io/inject"): st.sampled_from(["enabled", "ingress"]),
}
LISTS: dict[tuple[str, ...], tuple[str, st.SearchStrategy[t.Any]]] = {
    ("spec", "list"): ("list", st.none() | st.lists(SCALARS, max_size=3)),
    ("spec", "deep", "er", "list"): ("list", st.none() | st.lists(SCALARS, max_size=3)),
    ("metadata", "annotations", "chain"): ("csv", st.sampled_from(["", "a", "a,b", "a, b ,", "a,,c"])),
    ("spec", "args"): (FLAG, st.none() | ARGUMENTS),
}


@st.composite
def objects(draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> Object:
    """Some leaves there, some not, with nulls and empty mappings on the way."""
    obj = an_object()
    paths: dict[tuple[str, ...], st.SearchStrategy[t.Any]] = {**LEAVES, **{path: values for path, (_style, values) in LISTS.items()}}
    for path, values in paths.items():
        if draw(st.booleans()):
            at = obj
            for part in path[:-1]:
                at = at.setdefault(part, {})
            at[path[-1]] = draw(values)
    for name in ("a", "deep"):
        if name not in obj["spec"]:
            obj["spec"].update(draw(st.sampled_from([{}, {name: None}, {name: {}}, {name: {"theirs": 1}}])))
    if "annotations" not in obj["metadata"] and draw(st.booleans()):
        obj["metadata"]["annotations"] = {"theirs": "kept"}
    return obj


@st.composite
def edit_lists(draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> list[Edit]:
    edits: list[Edit] = [SetLeaf(path, draw(values)) for path, values in LEAVES.items() if draw(st.booleans())]
    for path, (style, _values) in LISTS.items():
        for _again in range(draw(st.integers(0, 2))):
            item = draw(st.sampled_from(["ours", "a", "two"]))
            seed = tuple(draw(st.lists(st.sampled_from(["s", "t"]), max_size=2))) if style in ("list", FLAG) else ()
            edits.append(AddItem(path, item, style, first=draw(st.booleans()), seed=seed))
        if style in ("list", "csv"):
            gone = draw(st.lists(st.sampled_from(["a", "b", "c", None, 1]), max_size=2))
            edits += [RemoveItem(path, item, style) for item in gone]
    return draw(st.permutations(edits))  # type: ignore[no-any-return]


@given(objects(), edit_lists())
def test_restoring_gives_back_the_very_object(obj: Object, edits: list[Edit]) -> None:
    before = copy.deepcopy(obj)
    edited = rewrite(obj, edits)
    assert obj == before, "the argument was changed"
    kept = copy.deepcopy(edited)
    assert restore(edited) == (before, [])
    assert edited == kept, "the argument was changed"


@given(objects(), edit_lists())
def test_rewriting_again_changes_nothing(obj: Object, edits: list[Edit]) -> None:
    once = rewrite(obj, edits)
    assert rewrite(once, edits) == once


@given(objects(), edit_lists(), edit_lists())
def test_only_the_last_edits_count(obj: Object, first: list[Edit], second: list[Edit]) -> None:
    assert rewrite(rewrite(obj, first), second) == rewrite(obj, second)


@given(objects(), edit_lists())
def test_every_edit_is_in_force(obj: Object, edits: list[Edit]) -> None:
    final = {edit.path: edit for edit in edits if isinstance(edit, SetLeaf)}
    edited = rewrite(obj, edits)
    for path, edit in final.items():
        at = edited
        for part in path:
            assert isinstance(part, str)
            at = at[part]
        assert at == edit.value


THEIRS = ("theirs-1", "theirs-2", "theirs-3")


@given(st.lists(st.sampled_from(THEIRS), unique=True), st.booleans(), st.sampled_from(["list", "csv", FLAG]))
def test_items_of_others_keep_their_order(theirs: list[str], first: bool, style: str) -> None:
    joined = ",".join(theirs)
    written = {
        "list": theirs,
        "csv": joined,
        FLAG: ["--a", f"--entryPoints.web.http.middlewares={joined}", "--b"] if theirs else ["--a", "--b"],
    }
    edited = rewrite(an_object(items=written[style]), [AddItem(("spec", "items"), "ours", style, first=first)])["spec"]["items"]
    expected = ["ours", *theirs] if first else [*theirs, "ours"]
    if style == FLAG:
        assert [item for item in edited if item.startswith("--entry")] == ["--entryPoints.web.http.middlewares=" + ",".join(expected)]
        assert [item for item in edited if not item.startswith("--entry")] == ["--a", "--b"]
    else:
        assert (edited.split(",") if style == "csv" else edited) == expected


@given(objects(), edit_lists(), st.sampled_from(sorted(LEAVES)), st.sampled_from(["somebody's", 7, None]))
def test_a_leaf_that_somebody_changed_since_stays_and_is_told(obj: Object, edits: list[Edit], path: tuple[str, ...], now: t.Any) -> None:
    edited = rewrite(obj, edits)
    ours = [edit for edit in owned(edited) if edit.path == path]
    assume(ours and isinstance(ours[-1], SetLeaf) and ours[-1].value != now)
    at = edited
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = now
    back, lost = restore(edited)
    assert Lost(path, t.cast("SetLeaf", ours[-1]).value, now) in lost
    for part in path[:-1]:
        back = back[part]
    assert back[path[-1]] == now


@pytest.mark.parametrize(
    ("style", "before", "change", "after"),
    [
        ("list", ["a"], lambda now: [*now, "new"], ["a", "new"]),
        ("csv", "a, b", lambda now: now + ",new", "a,b,new"),
        (FLAG, ["--a", "--entryPoints.web.http.middlewares=x@file"], lambda now: [*now, "--new"], None),
        (FLAG, ["--a"], lambda now: ["--new", *now], ["--new", "--a"]),
    ],
)
def test_what_others_added_beside_ours_survives(style: str, before: t.Any, change: t.Callable[[t.Any], t.Any], after: t.Any) -> None:
    edited = rewrite(an_object(items=before), [AddItem(("spec", "items"), "ours", style, first=True)])
    edited["spec"]["items"] = change(edited["spec"]["items"])
    back, lost = restore(edited)
    assert back["spec"]["items"] == (after if after is not None else [*before, "--new"])
    assert lost == []


def test_an_item_that_somebody_added_to_a_list_of_ours_keeps_the_list() -> None:
    edited = rewrite(an_object(), [AddItem(("spec", "new", "list"), "ours", seed=("seeded",))])
    assert edited["spec"] == {"new": {"list": ["seeded", "ours"]}}
    edited["spec"]["new"]["list"].append("theirs")
    assert restore(edited)[0]["spec"] == {"new": {"list": ["seeded", "theirs"]}}


def test_a_value_that_is_there_already_stays_when_we_go() -> None:
    obj = an_object(leaf=1, items=["x"])
    edited = rewrite(obj, [SetLeaf(("spec", "leaf"), 1), AddItem(("spec", "items"), "x")])
    assert not is_recorded(edited)
    assert edited == obj


def test_an_option_given_twice_becomes_one() -> None:
    """Which of two Traefik looks at is a matter of chance."""
    arguments = ["--entryPoints.web.http.middlewares=a@file", "--a", "--entrypoints.web.http.middlewares=b@file, c@file"]
    edited = rewrite(an_object(args=arguments), [AddItem(("spec", "args"), "ours", FLAG, first=True)])
    assert edited["spec"]["args"] == ["--entryPoints.web.http.middlewares=ours,a@file,b@file,c@file", "--a"]
    assert restore(edited)[0]["spec"]["args"] == arguments


@given(objects(), edit_lists())
def test_what_is_removed_is_gone(obj: Object, edits: list[Edit]) -> None:
    edited = rewrite(obj, edits)
    for edit in edits:
        if isinstance(edit, RemoveItem) and not any(isinstance(e, AddItem) and (e.path, e.item) == (edit.path, edit.item) for e in edits):
            at: t.Any = edited
            for part in edit.path:
                at = (at or {}).get(part)
            assert edit.item not in (([item.strip() for item in (at or "").split(",")]) if edit.style == "csv" else (at or []))


@pytest.mark.parametrize(
    ("style", "before", "change", "after"),
    [
        ("list", ["a", "x", "b"], lambda now: [*now, "new"], ["a", "x", "b", "new"]),
        ("list", ["a", "x", "b"], lambda now: now[1:], ["x", "b"]),
        ("list", ["x"], lambda _now: ["new"], ["x", "new"]),
        ("list", ["a", "x"], lambda now: [*now, "x"], ["a", "x"]),
        ("csv", "a, x ,b", lambda now: f"new,{now}", "new,a,x,b"),
        ("csv", "x", lambda _now: "new", "x,new"),
        ("csv", " x,a", lambda now: now, " x,a"),
    ],
)
def test_what_was_removed_comes_back_to_its_place(style: str, before: t.Any, change: t.Callable[[t.Any], t.Any], after: t.Any) -> None:
    """Beside whatever others did to the list meanwhile."""
    edited = rewrite(an_object(items=before), [RemoveItem(("spec", "items"), "x", style), AddItem(("spec", "items"), "ours", style)])
    edited["spec"]["items"] = change(edited["spec"]["items"])
    assert restore(edited)[0]["spec"]["items"] == after
    assert is_recorded(edited)


def test_a_list_that_becomes_empty_goes() -> None:
    obj = an_object(items=["x", "x"])
    edited = rewrite(obj, [RemoveItem(("spec", "items"), "x")])
    assert edited["spec"] == {}
    assert owned(edited) == [RemoveItem(("spec", "items"), "x")]
    assert restore(edited) == (obj, [])
    edited["spec"] = {"items": {"not": "a list"}}
    assert restore(edited)[0]["spec"] == {"items": {"not": "a list"}}


SERVICES = [{"name": "web", "port": 80}, {"name": "web", "port": 80}, {"name": "web", "port": 81}]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_equal_items_of_a_list_are_told_apart(place: int) -> None:
    obj = an_object(services=SERVICES)
    path: Path = ("spec", "services", selectors(SERVICES, ("name", "port", "kind"))[place], "nativeLB")
    edited = rewrite(obj, [SetLeaf(path, value=False)])
    assert [item.get("nativeLB") for item in edited["spec"]["services"]] == [False if i == place else None for i in range(3)]
    assert restore(edited) == (obj, [])


def test_a_selected_item_that_went_is_no_trouble() -> None:
    path: Path = ("spec", "services", {"name": "web"}, "nativeLB")
    edited = rewrite(an_object(services=[{"name": "web"}]), [SetLeaf(path, value=False)])
    edited["spec"]["services"] = [{"name": "other"}]
    assert restore(edited) == (an_object(services=[{"name": "other"}]), [])
    edit = SetLeaf(path, value=False)
    assert within_reach(edited, [edit]) == []
    assert within_reach(an_object(services=[{"name": "web"}]), [edit]) == [edit]


@pytest.mark.parametrize("text", ["{", "[1]", '["x"]', '[{"ours": 1}]', '[{"path": null, "ours": 1}]', '{"path": []}', "7"])
def test_a_record_that_somebody_edited_is_refused(text: str) -> None:
    obj = an_object()
    obj["metadata"]["annotations"] = {RECORD_ANNOTATION: text}
    for act in (lambda: rewrite(obj, []), lambda: restore(obj), lambda: owned(obj)):
        with pytest.raises(PlanningError, match="Thing app/it.*pimesh.linkerd/record cannot be read.*Remove the annotation"):
            act()


@pytest.mark.parametrize(
    ("spec", "edit", "words"),
    [
        ({"a": "text"}, SetLeaf(("spec", "a", "b"), 1), r"Thing app/it, spec.a.b: a cannot be reached"),
        ({"a": ["list"]}, SetLeaf(("spec", "a", "b"), 1), r"Thing app/it, spec.a.b"),
        ({"a": []}, SetLeaf(("spec", "a", {"name": "x"}, "b"), 1), r"spec.a\[name=x\].b"),
        ({"a": "x"}, AddItem(("spec", "a"), "ours"), r"Thing app/it, spec.a: it is a str, not a list"),
        ({"a": {}}, AddItem(("spec", "a"), "ours", FLAG), r"it is a dict, not a list"),
        ({"a": ["x"]}, AddItem(("spec", "a"), "ours", "csv"), r"it is a list, not text"),
    ],
)
def test_a_place_that_cannot_hold_the_edit_is_named(spec: Object, edit: Edit, words: str) -> None:
    with pytest.raises(PlanningError, match=words):
        rewrite(an_object(**spec), [edit])


def test_paths_are_shown_as_a_person_would_write_them() -> None:
    path: Path = ("spec", "routes", {"match": "Host(`a`)"}, "middlewares")
    assert show(path) == "spec.routes[match=Host(`a`)].middlewares"
    assert show(("metadata", "annotations", "linkerd.io/inject")) == "metadata.annotations['linkerd.io/inject']"


def test_of_ours_only_what_nobody_has_touched_is_held() -> None:
    edits: list[Edit] = [
        SetLeaf(("spec", "a"), 1),
        AddItem(("spec", "b"), {"type": "T", "in": {}}),
        AddItem(("spec", "b", {"type": "T"}, "in", "c"), "ours"),
        RemoveItem(("spec", "d"), "theirs"),
    ]
    obj = rewrite(an_object(d=["theirs", "more"]), edits)
    assert held(obj) == owned(obj) == edits
    obj["spec"]["b"][0]["in"]["c"].append("theirs")
    assert held(obj) == [edits[0], edits[2], edits[3]]
    obj["spec"].update(a=2, d=["theirs"])
    assert held(obj) == [edits[2]]


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        (SetLeaf(("a",), 1), SetLeaf(("a",), 2), True),
        (SetLeaf(("a",), 1), SetLeaf(("b",), 1), False),
        (SetLeaf(("a",), 1), AddItem(("a",), 1), False),
        (AddItem(("a",), {"name": "x", "value": 1}), AddItem(("a",), {"name": "x", "value": 2}), True),
        (AddItem(("a",), {"name": "x", "namespace": "n"}), AddItem(("a",), {"name": "x", "namespace": "m"}), False),
        (AddItem(("a",), {"value": 1}), AddItem(("a",), {"value": 2}), False),
        (AddItem(("a",), "x", "csv"), AddItem(("a",), "y", "csv"), False),
    ],
)
def test_an_edit_replaces_another_state_of_the_same_thing(new: Edit, old: Edit, *, same: bool) -> None:
    assert replaces(new, old) is same
