# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module of the collection without ansible around it: here, or in a process that can be killed.

As a program it reads {"module": …, "args": …} on stdin and prints what the module prints.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible.module_utils.testing import patch_module_args
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

ROOT = Path(__file__).resolve().parents[2]
MODULES = "ansible_collections.pimesh.linkerd.plugins.modules"
SECONDS = 300

Result = dict[str, t.Any]


def run(module: str, *, check: bool = False, diff: bool = False, **args: t.Any) -> Result:
    """In this process; the module's result, also of a failure."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        _main(module, {**args, "_ansible_check_mode": check, "_ansible_diff": diff})
    return parse(output.getvalue())


def shown(option: str, value: str) -> str:
    """How a message shows it: older releases of kubernetes.core hold the path of a kubeconfig for a secret."""
    known = t.cast("dict[str, dict[str, t.Any]]", AUTH_ARG_SPEC)
    return "*" * 8 if known[option].get("no_log") else value


def start(module: str, **args: t.Any) -> subprocess.Popen[str]:
    """In a process of its own; C(finish) waits for it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / ".build"), str(ROOT)))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.module_runs"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"module": module, "args": args}))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[str]) -> Result | None:
    """What the module said; None when it was killed."""
    output, errors = process.communicate(timeout=SECONDS)
    if process.returncode == -9:
        return None
    assert output.strip(), errors
    return parse(output)


def parse(output: str) -> Result:
    return t.cast(Result, json.loads(output.strip().splitlines()[-1]))


def _main(module: str, args: Result) -> None:
    with patch_module_args(args):
        importlib.import_module(f"{MODULES}.{module}").main()


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    _main(wanted["module"], wanted["args"])
