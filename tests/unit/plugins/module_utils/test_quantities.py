# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.quantities import cores, mebibytes, quantity

SUFFIXES = ("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-2")


@given(st.decimals(min_value=0, max_value=10**6, places=3), st.sampled_from(SUFFIXES[:-2]))
def test_amounts_are_those_of_the_kubernetes_client(number: object, suffix: str) -> None:
    assert quantity(f"{number}{suffix}") == parse_quantity(f"{number}{suffix}")


@pytest.mark.parametrize(("text", "amount"), [("1e3", 1000), ("2E-2", "0.02"), (".5", "0.5"), (4, 4), (None, 0), ("", 0), ("1E", 10**18)])
def test_other_spellings(text: object, amount: object) -> None:
    assert quantity(text) == quantity(str(amount))


@pytest.mark.parametrize("wrong", ["lots", "1 Gi", "10mi", "1e9999", "--1", "1.2.3", "Ki"])
def test_what_is_none_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(InputError, match=r"no quantity .* 20Mi"):
        quantity(wrong)


def test_amounts_read_like_those_of_a_manifest() -> None:
    assert (cores(quantity("1.25")), mebibytes(quantity("1Gi"))) == ("1250m", "1024Mi")
