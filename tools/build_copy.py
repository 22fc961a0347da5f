# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy git's files to .build/ansible_collections/pimesh/linkerd, where ansible finds the collection by its name.

Only what changed is copied, what git no longer lists goes. Caches that tools keep there stay.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
COPY = BUILD / "ansible_collections/pimesh/linkerd"
KEPT = (".ansible",)


def listed_by_git() -> set[Path]:
    """Every file that is committed or could be: ignored ones are left out, deleted ones too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.split("\0")
    return {Path(name) for name in names if name and ((ROOT / name).is_symlink() or (ROOT / name).exists())}


def is_current(source: Path, target: Path) -> bool:
    """Same size, time and mode: nobody writes into the copy."""
    if source.is_symlink() or target.is_symlink() or not target.exists():
        return False
    ours, theirs = source.stat(), target.stat()
    return (ours.st_size, ours.st_mtime_ns, ours.st_mode) == (theirs.st_size, theirs.st_mtime_ns, theirs.st_mode)


def place(source: Path, target: Path) -> None:
    """Copy one file so that a reader sees the old one or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)
    shutil.copy2(source, temporary, follow_symlinks=False)
    temporary.replace(target)


def is_kept(relative: Path) -> bool:
    """A cache that tools keep in the copy."""
    return any(relative.is_relative_to(kept) or Path(kept).is_relative_to(relative) for kept in KEPT)


def remove_stale(wanted: set[Path]) -> None:
    """Whatever is in the copy and not in git."""
    parents = {parent for path in wanted for parent in path.parents}
    for path in sorted(COPY.rglob("*"), reverse=True):
        relative = path.relative_to(COPY)
        if relative in wanted or relative in parents or is_kept(relative):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def build() -> Path:
    """Bring the copy up to date and say where it is."""
    wanted = listed_by_git()
    COPY.mkdir(parents=True, exist_ok=True)
    remove_stale(wanted)
    for relative in sorted(wanted):
        if not is_current(ROOT / relative, COPY / relative):
            place(ROOT / relative, COPY / relative)
    # An empty configuration, so that nobody's ~/.ansible.cfg decides how the checks end.
    (BUILD / "ansible.cfg").touch()
    return COPY


if __name__ == "__main__":
    build()
