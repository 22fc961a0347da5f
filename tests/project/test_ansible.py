# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible itself makes of the collection; runs on every supported ansible-core."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.build_copy import COPY

BIN = Path(sys.executable).parent
PLAYBOOKS = sorted(path.stem for path in (COPY / "playbooks").glob("*.yml") if not path.stem.startswith("inventory"))
DOCUMENTED = [("module", path.stem) for path in sorted((COPY / "plugins/modules").glob("*.py"))]
DOCUMENTED += [("filter", path.stem) for path in sorted((COPY / "plugins/filter").glob("*.yml"))]
DOCUMENTED += [("role", path.name) for path in sorted((COPY / "roles").iterdir())]


def run(program: str, *arguments: str) -> str:
    """One of ansible's programs, in the environment that the Makefile set."""
    done = subprocess.run([str(BIN / program), *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbook_syntax(playbook: str) -> None:
    run("ansible-playbook", "-i", "cluster,", "--syntax-check", f"pimesh.linkerd.{playbook}")


def test_ansible_doc_knows_everything() -> None:
    for kind in ("module", "filter", "role"):
        names = [f"pimesh.linkerd.{name}" for of_kind, name in DOCUMENTED if of_kind == kind]
        assert names, f"no {kind} found"
        documents = json.loads(run("ansible-doc", "--json", "-t", kind, *names))
        assert sorted(documents) == sorted(names)
