# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role linkerd_viz with its state rendered: files, and no cluster."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import yaml

from tests.integration.site_runs import Run, play

NOBODY = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "nobody",
    "contexts": [{"name": "nobody", "context": {"cluster": "nobody", "user": "nobody"}}],
    "clusters": [{"name": "nobody", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "nobody", "user": {}}],
}
"""Rendering asks no cluster, and wants to know which one it does not ask."""


def render(home: Path, **variables: t.Any) -> Path:
    """The directory of the files."""
    rendering(home, **variables)
    return home / "rendered"


def rendering(home: Path, *arguments: str, **variables: t.Any) -> Run:
    given = {
        f"linkerd_viz_{name}": value for name, value in {"state": "rendered", "rendered_dir": str(home / "rendered"), **variables}.items()
    }
    (home / "kubeconfig").write_text(yaml.safe_dump(NOBODY), encoding="utf-8")
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": str(home / "kubeconfig")}}
    roles = [{"role": "pimesh.linkerd.linkerd_viz", **given}]
    play_ = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "roles": roles}
    (home / "play.yml").write_text(yaml.safe_dump([play_]), encoding="utf-8")
    interpreter = f"ansible_python_interpreter={sys.executable}"
    run = play(home, str(home / "play.yml"), "-i", "localhost,", "-c", "local", "-e", interpreter, *arguments)
    assert run.code == 0, run.messages
    return run
