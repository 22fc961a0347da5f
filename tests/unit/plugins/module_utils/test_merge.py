# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import merge_patch, same_content, strip_server_fields
from tests.unit.fake_api import merge_patched

KEYS = st.sampled_from(["a", "b", "c", "metadata", ""])
SCALARS = st.one_of(st.booleans(), st.integers(-2, 2), st.text(max_size=3), st.sampled_from([0.0, 1.0]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)), max_leaves=12
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(OBJECTS, OBJECTS)
def test_the_patch_makes_the_one_the_other(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    untouched = copy.deepcopy((before, after))
    patched = merge_patched(before, merge_patch(before, after))
    assert patched == after
    assert (before, after) == untouched


@given(OBJECTS)
def test_nothing_to_change_is_an_empty_patch(obj: dict[str, t.Any]) -> None:
    assert merge_patch(obj, copy.deepcopy(obj)) == {}


@given(OBJECTS, OBJECTS)
def test_a_patch_is_empty_only_when_nothing_changes(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    if merge_patch(before, after) == {}:
        assert before == after


def test_true_is_not_one() -> None:
    assert merge_patch({"a": 1}, {"a": True}) == {"a": True}
    assert merge_patch({"a": [0]}, {"a": [False]}) == {"a": [False]}
    assert not same_content({"spec": {"a": True}}, {"spec": {"a": 1}})


def test_a_null_that_stays_needs_no_patch() -> None:
    assert merge_patch({"metadata": {"creationTimestamp": None}}, {"metadata": {"creationTimestamp": None}}) == {}


def test_the_servers_own_fields_do_not_count() -> None:
    live = {
        "kind": "ConfigMap",
        "metadata": {"name": "x", "uid": "1", "resourceVersion": "2", "managedFields": [], "generation": 3, "labels": {"a": "b"}},
        "data": {"a": "1"},
        "status": {"ready": True},
    }
    assert strip_server_fields(live) == {"kind": "ConfigMap", "metadata": {"name": "x", "labels": {"a": "b"}}, "data": {"a": "1"}}
    assert same_content(live, {"kind": "ConfigMap", "metadata": {"name": "x", "labels": {"a": "b"}}, "data": {"a": "1"}})
    assert not same_content(live, {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}})
