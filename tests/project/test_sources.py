# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may not be in any file, and what the make targets leave outside of the checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tools.build_copy import ROOT, listed_by_git

LONGEST_SOURCE = 450
SOURCES = (".py", ".go", ".yml", ".yaml", ".sh", ".j2")
GENERATED = ("injected-pod", "changelog.yaml")
# Assembled, so that this file does not match itself.
FORBIDDEN = {
    "a path of somebody's machine": "|".join([r"(?<![\w.~}])/" + name + "/" for name in ("work", "root", r"home/\w+", r"Users/\w+")]),
    "a registry set by hand": "|".join(["GO" + "PROXY" + "=", "--index" + "-url", "--extra" + "-index"]),
    "unfinished work": r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error"]) + r")\b",
}


def texts() -> dict[str, str]:
    """Every text file that git lists."""
    found = {}
    for path in sorted(listed_by_git()):
        try:
            found[str(path)] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    hits = [f"{name}: {match[0]}" for name, text in texts().items() if not name.startswith("LICENSES") for match in pattern.finditer(text)]
    assert hits == []


def test_source_files_stay_readable_in_one_sitting() -> None:
    long = {name: text.count("\n") for name, text in texts().items() if name.endswith(SOURCES) and not name.startswith(GENERATED)}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_SOURCE} == {}


def test_every_script_is_executable_or_started_by_an_interpreter() -> None:
    for name, text in texts().items():
        if text.startswith("#!") and not name.startswith("plugins/modules/"):
            assert (ROOT / name).stat().st_mode & 0o111, name


def test_locks_hold_exact_versions_and_cover_every_requirement() -> None:
    locks = sorted((ROOT / "requirements").glob("py3.*.txt"))
    assert locks
    asked = re.findall(
        r"^[A-Za-z][\w-]*", "".join(path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.in")), re.MULTILINE
    )
    for lock in locks:
        lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+-]+", line)] == []
        pinned = {line.partition("==")[0].lower() for line in lines}
        assert [name for name in asked if name.lower() not in pinned] == [], lock.name


def test_make_leaves_the_home_directory_alone(tmp_path: Path) -> None:
    """The build and a playbook's syntax check, in a home that was empty."""
    probe = 'cd "$HOME" && ansible-playbook -i cluster, --syntax-check pimesh.linkerd.site && ansible -i cluster, -c local -m ping cluster'
    makefile = f"include Makefile\nprobe:\n\t@{probe.replace('$', '$$')}\n"
    subprocess.run(
        ["make", "-f", "-", "probe"],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        input=makefile,
        text=True,
        check=True,
        timeout=120,
    )
    assert list(tmp_path.iterdir()) == []
