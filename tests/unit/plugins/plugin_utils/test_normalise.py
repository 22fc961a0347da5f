# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.pimesh.linkerd.plugins.filter import authority, merge_values, port_set
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import plain


def through_a_template(value: t.Any) -> t.Any:
    """The value as a filter sees it: lazy and tagged."""
    seen: list[t.Any] = []

    def grab(item: t.Any) -> str:
        seen.append(item)
        return ""

    templar = Templar(loader=DataLoader(), variables={"value": value})
    templar._engine.environment.filters["grab"] = grab
    templar.template(trust_as_template("{{ value | grab }}"))
    return seen[0]


def test_lazy_and_tagged_values_become_plain_ones() -> None:
    source = {"a": [1, 2.5, True, None, trust_as_template("x")], "b": {"c": ["d"]}}
    result = plain(through_a_template(source))
    assert result == {"a": [1, 2.5, True, None, "x"], "b": {"c": ["d"]}}
    assert type(result) is dict
    assert type(result["a"]) is list
    assert type(result["a"][4]) is str
    assert yaml.safe_dump(result)


def test_dates_become_text() -> None:
    assert plain({"when": dt.date(2026, 11, 21)}) == {"when": "2026-11-21"}


@pytest.mark.parametrize("value", [{"a": [{"b": {1, 2}}]}, {"a": [{"b": b"x"}]}])
def test_unknown_types_are_refused_with_their_path(value: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"value\.a\[0\]\.b"):
        plain(value)


def test_authority() -> None:
    assert authority.authority("web", "app", 80) == "web.app.svc.cluster.local:80"


@pytest.mark.parametrize(("name", "port"), [("web", "http"), ("web", 0), ("web", True), ("we b", 80), ("", 80)])
def test_authority_refuses_and_names_itself(name: str, port: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"pimesh\.linkerd\.authority"):
        authority.authority(name, "app", port)


def test_port_set_merges_and_resolves() -> None:
    assert port_set.port_set("8000, 9000-9005") == "4567,4568,8000,9000-9005"
    assert port_set.port_set(["web", 8443], names={"web": 8000}) == "4567,4568,8000,8443"
    assert port_set.port_set("443", defaults="") == "443"


@pytest.mark.parametrize("value", ["web", "99999", "0", "10-5", "abc", True])
def test_port_set_refuses(value: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"pimesh\.linkerd\.port_set"):
        port_set.port_set(value)


def test_merge_values_is_helms_merge() -> None:
    merged = yaml.safe_load(merge_values.merge_values("a: {b: 1, c: [1]}\nx: 1\n", {"a": {"c": [2], "d": 3}, "x": None}))
    assert merged == {"a": {"b": 1, "c": [2], "d": 3}}


def test_merge_values_refuses_what_is_not_yaml() -> None:
    with pytest.raises(AnsibleFilterError, match="overlay 1"):
        merge_values.merge_values({}, "a: [")
