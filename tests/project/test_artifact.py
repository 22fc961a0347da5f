# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artifact: what is in it, and that it works where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tools.build_copy import COPY, ROOT

BIN = Path(sys.executable).parent
PATTERNS = [
    line for line in (Path(__file__).parent / "artifact_files.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]


def ansible(directory: Path, program: str, *arguments: str) -> str:
    """Run one of ansible's programs in its own home below the directory, and hand back what it printed."""
    home = {
        "ANSIBLE_HOME": str(directory / "home"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(directory),
    }
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=directory,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the copy of git's files."""
    directory = tmp_path_factory.mktemp("artifact")
    ansible(directory, "ansible-galaxy", "collection", "build", "--output-path", str(directory), str(COPY))
    (built,) = directory.glob("pimesh-linkerd-*.tar.gz")
    return built


@pytest.fixture(scope="module")
def installed(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collections path that the artifact was installed into."""
    directory = tmp_path_factory.mktemp("installed")
    ansible(directory, "ansible-galaxy", "collection", "install", "--no-deps", "--offline", "-p", str(directory), str(artifact))
    return directory


def files_of(artifact: Path) -> list[str]:
    """The regular files in the artifact."""
    with tarfile.open(artifact) as archive:
        return sorted(member.name for member in archive.getmembers() if not member.isdir())


def allowed(name: str) -> list[str]:
    """The patterns that a file matches; a star does not cross a slash."""
    return [pattern for pattern in PATTERNS if pattern.count("/") == name.count("/") and PurePosixPath(name).match(pattern)]


def test_artifact_holds_the_files_of_the_list_and_no_other(artifact: Path) -> None:
    files = files_of(artifact)
    assert [name for name in files if not allowed(name)] == []
    used = {pattern for name in files for pattern in allowed(name)}
    assert [pattern for pattern in PATTERNS if pattern not in used] == []


def test_artifact_is_the_same_when_built_in_a_used_checkout(artifact: Path, tmp_path: Path) -> None:
    """galaxy does not ask git: build_ignore alone keeps environments, caches and outputs out."""
    ansible(tmp_path, "ansible-galaxy", "collection", "build", "--output-path", str(tmp_path), str(ROOT))
    (built,) = tmp_path.glob("*.tar.gz")
    assert files_of(built) == files_of(artifact)


def test_whatever_git_ignores_the_build_ignores() -> None:
    ignored_by_build = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    ignored_by_galaxy_itself = ["*.pyc", "tests/output"]
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert line.strip("/") in [*ignored_by_build, *ignored_by_galaxy_itself]


def test_playbooks_work_from_an_installed_artifact(installed: Path) -> None:
    playbooks = sorted((installed / "ansible_collections/pimesh/linkerd/playbooks").glob("*.yml"))
    names = [playbook.stem for playbook in playbooks if not playbook.stem.startswith("inventory")]
    assert "site" in names
    for name in names:
        checked = ansible(installed, "ansible-playbook", "-i", "cluster,", "--syntax-check", f"pimesh.linkerd.{name}")
        assert str(installed) in checked
