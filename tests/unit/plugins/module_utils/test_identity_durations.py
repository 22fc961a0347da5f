# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.identity import durations

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("8760h0m0s", 8760 * HOUR),
        ("48h", 48 * HOUR),
        ("1.5h", 1.5 * HOUR),
        ("1h30m", 1.5 * HOUR),
        (".5h", 0.5 * HOUR),
        ("1.h", HOUR),
        ("-25h", -25 * HOUR),
        ("+1h", HOUR),
        ("0", 0 * HOUR),
        ("1m1m", dt.timedelta(minutes=2)),
        ("1500ms", dt.timedelta(seconds=1.5)),
        ("1\u00b5s", dt.timedelta(microseconds=1)),
        ("2562047h47m16.854775807s", dt.timedelta(microseconds=((1 << 63) - 1) // 1000)),
    ],
)
def test_what_go_reads_is_read(given_text: str, wanted: dt.timedelta) -> None:
    assert durations.parse(given_text, "duration") == wanted


@pytest.mark.parametrize(
    "given_text", ["", "-", "h", ".h", "10", "60d", "1 h", "1h ", "1H", "1h-1m", "90days", "\u0661h", "--1h", "2562048h"]
)
def test_what_go_refuses_is_refused_by_name(given_text: str) -> None:
    with pytest.raises(InputError) as refused:
        durations.parse(given_text, "duration of the issuer")
    assert "duration of the issuer" in str(refused.value)
    assert repr(given_text) in str(refused.value)


@given(st.timedeltas(dt.timedelta(days=-100_000), dt.timedelta(days=100_000)))
def test_what_is_printed_is_read_again(duration: dt.timedelta) -> None:
    assert durations.parse(durations.text(duration), "x") == duration


@given(st.text(alphabet="0123456789.hmsnu+- \u00b5", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = durations.parse(text, "x")
    except InputError:
        return
    assert durations.parse(durations.text(read), "x") == read


@pytest.mark.parametrize(
    ("hours", "wanted"), [(1440, "60 days"), (25, "25 hours"), (48, "48 hours"), (72, "3 days"), (1.5, "90 minutes"), (0.01, "36 seconds")]
)
def test_words_for_people(hours: float, wanted: str) -> None:
    assert durations.words(hours * HOUR) == wanted
