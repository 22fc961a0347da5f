# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files one process runs, when several share the tests, and which ones begin.

A session's fixture is made in every process that asks for it, and some take minutes: a live experiment, a cluster with a mesh.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
SHARED = re.compile(r"^def .*\b(evidence: Object|homelab: Lab|few: Lab)\b", re.MULTILINE)
"""How a test or a fixture asks for what the session shares."""
LONGEST_FIRST = ("tests/live", "tests/integration", "tests/sandbox", "tests/browser", "tests/project", "tests/unit")


@functools.cache
def group_of(file: str) -> str:
    """The shared fixture that the file asks for, else the file itself."""
    asked = SHARED.search((ROOT / file).read_text(encoding="utf-8"))
    return asked[1] if asked else file


def turn_of(nodeid: str) -> tuple[bool, int]:
    """To sort tests by: what shares something comes first, what needs no cluster last."""
    file = nodeid.partition("::")[0]
    known = [turn for turn, directory in enumerate(LONGEST_FIRST) if file.startswith(f"{directory}/")]
    return group_of(file) == file, known[0] if known else len(LONGEST_FIRST)


class Scheduler(LoadScopeScheduling):
    """xdist's own, with groups of files."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])
