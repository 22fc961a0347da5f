# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What names an item of a list, also where others look the same or are not what they should be."""

from __future__ import annotations

import copy
import time
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import AddItem, SetLeaf, restore, rewrite, within_reach
from ansible_collections.pimesh.linkerd.plugins.module_utils.places import ABSENT, Tree, selectors

KEYS = ("name", "port", "matches")
VALUES = st.none() | st.sampled_from(["web", "api", "", 80, 1, True, "80"]) | st.just({"a": 1}) | st.just([{"b": []}])
ITEMS = st.dictionaries(st.sampled_from([*KEYS, "weight"]), VALUES, max_size=4)


@given(st.lists(ITEMS, max_size=6))
def test_a_selector_finds_its_own_item(items: list[Object]) -> None:
    numbered = [{**item, "place": place} for place, item in enumerate(items)]
    tree = Tree({"spec": {"items": numbered}})
    found = [tree.get(("spec", "items", selector, "place")) for selector in selectors(numbered, KEYS)]
    assert found == list(range(len(items)))


@given(st.lists(ITEMS, max_size=5), st.lists(st.integers(0, 4), max_size=5))
def test_items_keep_their_place_whatever_is_put_into_them(items: list[Object], places: list[int]) -> None:
    obj = {"spec": {"items": items}}
    before = copy.deepcopy(obj)
    tree = Tree(obj)
    wanted = copy.deepcopy(obj)
    chosen = selectors(items, KEYS)
    for number, place in enumerate(place for place in places if place < len(items)):
        tree.put(("spec", "items", chosen[place], "note"), number)
        wanted["spec"]["items"][place]["note"] = number
    assert tree.root == wanted
    assert obj == before, "the object was changed"


def test_what_is_not_there() -> None:
    tree = Tree({"spec": {"items": ["text", {"name": "web"}], "null": None}})
    assert tree.get(("spec", "items", {"name": "api"})) is ABSENT
    assert tree.get(("spec", "items", {"name": "web", "#": 1})) is ABSENT
    assert tree.get(("spec", {"name": "web"})) is ABSENT
    assert [tree.depth(path) for path in (("spec", "more", "x"), ("spec", "null", "x"), ("spec", "items"))] == [1, 2, 2]


def test_thousands_of_items_take_their_number_not_its_square() -> None:
    def seconds(count: int) -> float:
        items: list[t.Any] = [{"name": f"s{number}", "port": 80} for number in range(count)]
        obj = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "it"}, "spec": {"items": items}}
        began = time.process_time()
        paths = [("spec", "items", selector) for selector in selectors(items, KEYS)]
        edits = [edit for path in paths for edit in (SetLeaf((*path, "lb"), value=True), AddItem((*path, "chain"), "ours"))]
        assert restore(rewrite(obj, within_reach(obj, edits))) == (obj, [])
        return time.process_time() - began

    small, large = min(seconds(500) for _try in range(3)), seconds(5_000)
    assert large < 40 * small
