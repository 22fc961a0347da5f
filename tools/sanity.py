# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity on the unpacked artifact, with kubernetes.core beside it, in a home of its own below .build.

ansible-test gives each of its tests a virtual environment without pip and downloads a get-pip script to fill it. Python's
own ensurepip does the same from what is installed, so a script that calls it is put where ansible-test keeps its download.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from importlib.util import find_spec
from pathlib import Path

from tools.build_copy import BUILD, ROOT

HOME = BUILD / "sanity"
COLLECTIONS = HOME / "ansible_collections"
CONTENT = COLLECTIONS / "pimesh/linkerd"
TIMEOUT = 1200

BOOTSTRAP = """\
import subprocess, sys

subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip=={version}"])
"""


def pip_version() -> str:
    """The pip that this ansible-test wants."""
    package = find_spec("ansible_test._internal")
    if package is None or package.origin is None:
        raise SystemExit("sanity: this environment has no ansible-test; run it with make sanity")
    source = Path(package.origin).with_name("python_requirements.py").read_text(encoding="utf-8")
    found = re.search(r"\bpip='([\d.]+)'", source)
    if found is None:
        raise SystemExit("sanity: cannot tell which pip this ansible-test wants; has its python_requirements.py changed?")
    return found[1]


def prepare_home() -> None:
    """The bootstrap script, and pip's settings, which ansible-test takes out of the environment."""
    version = pip_version()
    cache = HOME / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP.format(version=version), encoding="utf-8")
    settings = configparser.RawConfigParser(default_section="")
    settings.read([Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf", os.environ.get("PIP_CONFIG_FILE", "")])
    chosen = {name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if name.startswith("PIP_")}
    chosen.pop("config-file", None)
    settings.read_dict({"global": chosen})
    config = HOME / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    with config.open("w", encoding="utf-8") as file:
        settings.write(file)


def unpack() -> None:
    """What Galaxy would get, the settings of the tests, and the collection that ours imports from."""
    artifacts = list((BUILD / "artifact").glob("pimesh-linkerd-*.tar.gz"))
    if len(artifacts) != 1:
        raise SystemExit(f"sanity: one artifact wanted in {BUILD / 'artifact'}, {len(artifacts)} found; run it with make sanity")
    shutil.rmtree(CONTENT, ignore_errors=True)
    with tarfile.open(artifacts[0]) as archive:
        archive.extractall(CONTENT, filter="data")
    (CONTENT / "tests").mkdir()
    shutil.copy(ROOT / "tests/config.yml", CONTENT / "tests")
    kubernetes = Path(sysconfig.get_path("purelib")) / "ansible_collections/kubernetes"
    link = COLLECTIONS / "kubernetes"
    link.unlink(missing_ok=True)
    link.symlink_to(kubernetes)


def main() -> int:
    """All sanity tests on this Python."""
    prepare_home()
    unpack()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [str(Path(sys.executable).with_name("ansible-test")), "sanity", "--local", "--python", python, "--color", "no", *sys.argv[1:]]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX" and not name.startswith("ANSIBLE_")}
    # Without the content root ansible-test would walk up to the clone's .git, which ignores all of .build.
    environment |= {"HOME": str(HOME), "ANSIBLE_TEST_CONTENT_ROOT": str(CONTENT)}
    return subprocess.run(command, cwd=CONTENT, env=environment, check=False, timeout=TIMEOUT).returncode


if __name__ == "__main__":
    sys.exit(main())
