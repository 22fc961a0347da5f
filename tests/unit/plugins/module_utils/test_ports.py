# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port sets: linkerd-init gets the text unchecked, so it is checked here."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.ports import PortRange, contains, merge, parse, render

PORTS = st.integers(1, 65535)
RANGES = st.builds(lambda a, b: PortRange(min(a, b), max(a, b)), PORTS, PORTS)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("4567,4568", "4567,4568"),
        ("8000, 9000-9005 ,", "8000,9000-9005"),
        (443, "443"),
        (["web", 25, "9000-9005"], "25,8000,9000-9005"),
        (("25", "25"), "25"),
        ("9000-9010,9005-9020", "9000-9020"),
        ("", ""),
        ([], ""),
        ("443-443", "443"),
    ],
)
def test_ports_are_read_and_written_without_spaces(written: t.Any, text: str) -> None:
    assert render(parse(written, names={"web": 8000})) == text


@pytest.mark.parametrize(
    "written",
    ["web", "99999", "abc", "0", "-1", "80-", "-", "9005-9000", "1-65536", [True], [None], "\uff18\uff10", "8 0", {"a": 1}, "80:443", 1.5],
)
def test_what_is_no_port_is_refused_with_its_text(written: t.Any) -> None:
    with pytest.raises(InputError, match=r"^skip: .* (is not a port|is outside)") as error:
        parse(written, names={"https": 8443}, subject="skip")
    assert error.value.remedy


def test_the_names_that_would_do_are_told() -> None:
    with pytest.raises(InputError, match="Known names: https, metrics"):
        parse("web", names={"metrics": 9100, "https": 8443})


@given(st.lists(RANGES))
def test_merging_keeps_exactly_the_ports(ranges: list[PortRange]) -> None:
    merged = merge(ranges)
    edges = {port + step for item in ranges for port in item for step in (-1, 0, 1)}
    assert all(contains(merged, port) == contains(ranges, port) for port in edges)
    assert all(one.last < other.first for one, other in itertools.pairwise(merged))


@given(st.lists(RANGES))
def test_what_is_rendered_is_read_back(ranges: list[PortRange]) -> None:
    assert parse(render(merge(ranges))) == merge(ranges)
