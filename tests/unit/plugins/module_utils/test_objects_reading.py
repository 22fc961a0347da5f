# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.expecting import Expectation
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.reading import rank, read


def obj(kind: str, name: str, **content: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **content}


def test_texts_lists_and_empty_documents_are_flattened() -> None:
    text = "---\n# only a comment\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\n"
    wrapped = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [obj("ConfigMap", "c"), obj("ConfigMap", "d")]}
    given = [obj("ConfigMap", "a"), text, None, {}, "", [wrapped, [obj("ConfigMap", "e")]]]
    assert [found["metadata"]["name"] for found in read(given)] == ["a", "b", "c", "d", "e"]


def test_an_empty_list_of_items_is_no_object() -> None:
    assert read([{"apiVersion": "v1", "kind": "List", "items": []}]) == []


def test_a_date_stays_text() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {made: 2026-11-21}}\ndata: {number: 012}\n"
    found = read([text])[0]
    assert found["metadata"]["annotations"] == {"made": "2026-11-21"}
    assert found["data"] == {"number": 10}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([42], r"resources\[0\]: is a int, not an object"),
        ([{"kind": "ConfigMap", "metadata": {"name": "a"}}], r"resources\[0\]: has no apiVersion"),
        ([obj("ConfigMap", "")], r"has no metadata\.name"),
        (["kind: ConfigMap\n---\na: 1"], r"resources\[0\], document 1: has no apiVersion and no metadata\.name"),
        ([None, "stringData: {password: hunter2\n\tbad: x"], r"resources\[1\]: is not YAML: .* in line 2"),
        ([obj("ConfigMap", "a"), [obj("ConfigMap", "a")]], "ConfigMap a: is given twice"),
    ],
)
def test_what_is_no_object_is_refused_by_its_place(given: list[t.Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(given)
    assert "hunter2" not in str(caught.value)


def test_what_others_need_comes_first() -> None:
    kinds = ["Certificate", "ValidatingWebhookConfiguration", "Deployment", "ConfigMap", "CustomResourceDefinition", "Namespace"]
    ranked = sorted(kinds, key=lambda kind: rank(obj(kind, "a")))
    assert ranked == ["Namespace", "CustomResourceDefinition", "ConfigMap", "Deployment", "ValidatingWebhookConfiguration", "Certificate"]


def test_expectations_are_groups_and_namespaces() -> None:
    expectation = Expectation.parse(["cert-manager.io", "Namespace/linkerd", "Namespace/cert-manager"])
    assert expectation == Expectation(frozenset({"cert-manager.io"}), frozenset({"linkerd", "cert-manager"}))


@pytest.mark.parametrize("entry", ["Certificate/x", "Namespace/", "", "cert-manager.io/v1"])
def test_an_expectation_that_is_neither_is_refused(entry: str) -> None:
    with pytest.raises(InputError, match="neither an API group nor a namespace"):
        Expectation.parse([entry])
