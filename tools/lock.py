# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve requirements/ with the Python that runs this, in an environment of its own, and write that Python's lock."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def main() -> None:
    """Install within the bounds, write down what came."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="lock-") as directory:
        subprocess.run([sys.executable, "-m", "venv", directory], check=True, timeout=300)
        pip = [f"{directory}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        sources = [argument for name in ("dev.in", "go.in") for argument in ("-r", str(REQUIREMENTS / name))]
        subprocess.run([*pip, "install", "--quiet", *sources], check=True, timeout=1800)
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True, timeout=60).stdout
    lock = REQUIREMENTS / f"py{version}.txt"
    lock.write_text(f"# Made by `make lock` with Python {version}; do not edit.\n{frozen}", encoding="utf-8")
    print(f"lock: wrote {lock.name}")


if __name__ == "__main__":
    main()
