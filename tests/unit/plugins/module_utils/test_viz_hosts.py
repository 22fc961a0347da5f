# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Host headers viz' dashboard accepts: its names, with any port, and nobody else's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.hosts import admitted, regexp

OWN = ("localhost", "127.0.0.1", "[::1]", "web.linkerd-viz.svc.cluster.local", "web.linkerd-viz.svc")
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(st.lists(LABEL, min_size=1, max_size=4).map(".".join).filter(lambda name: not name.replace(".", "").isdigit()), max_size=3)


def accepts(pattern: str, host: str) -> bool:
    """As the dashboard asks: a match anywhere is enough."""
    return re.search(pattern, host) is not None


@given(HOSTS, st.integers(0, 65535))
def test_every_given_name_and_the_own_ones_are_accepted_with_any_port(hosts: list[str], port: int) -> None:
    pattern = regexp(hosts, "linkerd-viz", "cluster.local")
    for name in (*OWN, *hosts):
        assert accepts(pattern, name)
        assert accepts(pattern, f"{name}:{port}")


@given(HOSTS, st.text(alphabet="abcxyz019.-:@[]/", min_size=1, max_size=30))
def test_nothing_else_is(hosts: list[str], text: str) -> None:
    pattern = regexp(hosts, "linkerd-viz", "cluster.local")
    known = {*OWN, *hosts}
    assert accepts(pattern, text) == (text in known or re.sub(r":[0-9]+$", "", text) in known)


@given(HOSTS.filter(bool), st.data())
def test_strangers_who_look_like_it_are_not(hosts: list[str], data: st.DataObject) -> None:
    pattern = regexp(hosts, "linkerd-viz", "cluster.local")
    name = data.draw(st.sampled_from([*OWN, *hosts]))
    place = data.draw(st.integers(0, len(name)))
    for evil in (
        f"{name}.evil.invalid",
        f"evil-{name}",
        f"{name}:80@evil.invalid",
        f"{name[:place]}_{name[place:]}",
        f"{name}:",
        f"{name}:80a",
    ):
        assert not accepts(pattern, evil)
    for place, letter in enumerate(name):
        if letter == ".":
            assert not accepts(pattern, f"{name[:place]}_{name[place + 1 :]}")


@given(HOSTS)
def test_what_is_made_here_admits_no_stranger(hosts: list[str]) -> None:
    assert admitted(regexp(hosts, "linkerd-viz", "cluster.local")) == []


@pytest.mark.parametrize(
    "pattern",
    [".*", "", "linkerd.example.com", "^linkerd.example\\.com$", "^linkerd\\.example\\.com", "^localhost|linkerd\\.example\\.com$", "^.+$"],
)
def test_a_pattern_that_lets_strangers_in_is_noticed(pattern: str) -> None:
    assert admitted(pattern)


@pytest.mark.parametrize("pattern", ["^linkerd\\.example\\.com(:\\d+)?$", "^(a|b\\.example)$", "^(unclosed"])
def test_a_pattern_that_lets_nobody_else_in_is_left_alone(pattern: str) -> None:
    assert admitted(pattern) == []


def test_capitals_are_written_as_browsers_send_them() -> None:
    assert accepts(regexp(["Linkerd.Example.com"], "viz", "cluster.local"), "linkerd.example.com")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ".*",
        "https://a.example",
        "a.example:443",
        "*.example.com",
        "a..b",
        "-a.example",
        "a_b.example",
        "a.example/x",
        "büro.example",
        "1.2.3.4.5",
        "999.1.1.1",
    ],
)
def test_what_is_no_host_name_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(InputError, match="host name"):
        regexp([wrong], "linkerd-viz", "cluster.local")
