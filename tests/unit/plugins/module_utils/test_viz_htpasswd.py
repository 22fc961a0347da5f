# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The htpasswd line for a generated password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.htpasswd import SHORTEST, apr1, line

PASSWORD = st.text(min_size=SHORTEST, max_size=40)


@pytest.mark.parametrize(
    ("password", "salt", "digest"),
    [
        ("a" * 33, "abcdefgh", "hFG7XZjIFZVm.luxoueds."),
        ("hello world this is long", "xyz", "K0U3ACgSWEnNGRTb1IdoS1"),
        ("short", "aaaaaaaa", "hcbxUruIuBA7rR4VIIbrV1"),
        ("x" * 16, "12345678", "8Y1fyTBfqhQchI9nKtqAQ0"),
    ],
)
def test_the_hash_is_the_one_that_openssl_passwd_makes(password: str, salt: str, digest: str) -> None:
    assert apr1(password, salt) == f"$apr1${salt}${digest}"


@given(PASSWORD)
def test_the_same_pair_gives_the_same_line_and_its_salt_fits_it(password: str) -> None:
    made = line("admin", password)
    user, _colon, digest = made.partition(":")
    assert (user, made) == ("admin", line("admin", password))
    assert apr1(password, digest.split("$")[2]) == digest
    assert line("somebody", password).partition(":")[2] != digest


@given(PASSWORD, PASSWORD)
def test_another_password_gives_another_line(one: str, other: str) -> None:
    assert (line("admin", one) == line("admin", other)) == (one == other)


def test_a_short_password_is_refused_without_being_shown() -> None:
    with pytest.raises(InputError, match="htpasswd -nB") as refused:
        line("admin", "hunter2")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("user", ["", "a:b", "a b"])
def test_a_name_that_breaks_the_line_is_refused(user: str) -> None:
    with pytest.raises(InputError, match="user"):
        line(user, "x" * SHORTEST)
