# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment's definition names what the collection needs, and nobody's registry."""

from __future__ import annotations

import re

import yaml

from tools.build_copy import ROOT

NAMED = yaml.safe_load((ROOT / "meta/execution-environment.yml").read_text(encoding="utf-8"))


def entries(path: str) -> list[str]:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_the_definition_names_files_that_are_there() -> None:
    assert set(NAMED) == {"dependencies", "version"}
    assert set(NAMED["dependencies"]) == {"python", "system"}
    assert all(entries(path) for path in NAMED["dependencies"].values())


def test_python_packages_are_those_of_the_runtime_without_ansible() -> None:
    runtime = [line for line in entries("requirements/runtime.in") if not line.startswith("ansible")]
    assert entries(NAMED["dependencies"]["python"]) == runtime


def test_system_packages_are_written_as_bindep_reads_them() -> None:
    for line in entries(NAMED["dependencies"]["system"]):
        assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]* \[platform:(rpm|dpkg)\]", line), line


def test_no_registry_is_named() -> None:
    lines = [line for path in ("meta/execution-environment.yml", *NAMED["dependencies"].values()) for line in entries(path)]
    assert [line for line in lines if re.search(r"://|image|[a-z]+\.(io|com)/", line)] == []
