# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the session shares is made once, however many processes run the tests."""

from __future__ import annotations

import re

import pytest

from tests import side_by_side
from tools.build_copy import ROOT

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("fixture", ["homelab", "few", "evidence"])
def test_who_uses_it_stays_together(fixture: str) -> None:
    def uses(file: str) -> bool:
        return bool(re.search(rf"^def [^(]+\([^)]*\b{fixture}:", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))

    using = [file for file in FILES if uses(file) and not file.startswith("tests/unit/")]
    assert len(using) > 1
    assert {side_by_side.group_of(file) for file in using} == {side_by_side.group_of(using[0])}
    assert side_by_side.group_of("tests/integration/test_site.py") == "tests/integration/test_site.py"


def test_every_cluster_of_the_session_is_known() -> None:
    text = (ROOT / "tests/integration/conftest.py").read_text(encoding="utf-8")
    named = re.findall(r'scope="session"\)\ndef (\w+)\(', text)
    assert named
    assert [name for name in named if not side_by_side.SHARED.search(f"def test({name}: Lab)")] == []


def test_the_longest_begin() -> None:
    files = sorted(FILES, key=lambda file: side_by_side.turn_of(f"{file}::test"))
    shared = [side_by_side.group_of(file) != file for file in files]
    assert shared == sorted(shared, reverse=True)
    assert files[0].startswith("tests/live/")
    assert files[-1].startswith("tests/benchmarks/")


def test_pytest_is_given_both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = [side_by_side.turn_of(item.nodeid) for item in request.session.items]
    assert turns == sorted(turns)
    monkeypatch.setattr(side_by_side.Scheduler, "__init__", lambda *_arguments: None)
    made = request.config.hook.pytest_xdist_make_scheduler(config=request.config, log=None)
    assert isinstance(made, side_by_side.Scheduler)
    assert made._split_scope("tests/live/test_probe.py::test_x[a]") == "evidence: Object"
