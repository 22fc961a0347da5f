# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m sandbox up|down|status|kubeconfig``."""

from __future__ import annotations

import argparse
import json
import sys

from sandbox import api
from sandbox.cluster import PARTS, Sandbox
from sandbox.errors import SandboxError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A simulated Raspberry Pi k3s cluster.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, purpose in (
        ("up", "start it, or complete it"),
        ("down", "end it and forget it"),
        ("status", "say what runs"),
        ("kubeconfig", "print the path of its kubeconfig"),
    ):
        one = commands.add_parser(command, help=purpose, description=purpose)
        one.add_argument("--name", default="default", help="several sandboxes can run side by side")
        if command == "up":
            one.add_argument("--empty", action="store_true", help="only what k3s itself brings")
            one.add_argument(
                "--without",
                action="append",
                default=[],
                metavar="PART",
                choices=PARTS,
                help=f"leave a part out, repeatable: {', '.join(PARTS)}",
            )
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"sandbox: interrupted; python -m sandbox down --name {options.name} cleans up", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    def report(message: str) -> None:
        print(f"sandbox: {message}", file=sys.stderr, flush=True)

    if options.command == "up":
        Sandbox(options.name, empty=options.empty, without=options.without, report=report).up()
        return 0
    sandbox = Sandbox(options.name, report=report)
    if options.command == "down":
        sandbox.down()
        return 0
    if options.command == "status":
        return _status(sandbox)
    if not sandbox.kubeconfig.exists():
        raise SandboxError(f"sandbox {options.name} is not up; run: python -m sandbox up --name {options.name}")
    print(sandbox.kubeconfig)
    return 0


def _status(sandbox: Sandbox) -> int:
    """A line for each process; the exit code says whether all of it is there."""
    state = sandbox.state()
    if state is None:
        print(f"{sandbox.name}: down")
        return 1
    healthy = True
    for name, process in sandbox.processes.items():
        runs = sandbox.agent_answers(state) if name == "agent" else process.running()
        healthy = healthy and runs
        print(f"{name:24} {f'runs, process {process.pid()}' if runs else f'ended, see {process.log}'}")
    certificate = sandbox.directory / "certs" / "apiserver.crt"
    ready = api.ready(state.server, certificate, state.tokens["homelab-owner"])
    print(f"{'API':24} {state.server} {'ready' if ready else 'does not answer'}")
    playing = sandbox.directory / "playing.json"
    names = json.loads(playing.read_text(encoding="utf-8")) if playing.exists() else []
    print(f"{'plays':24} {', '.join(names) or 'nothing'}")
    print(f"{'kubeconfig':24} {sandbox.kubeconfig}")
    return 0 if healthy and ready else 1


if __name__ == "__main__":
    sys.exit(main())
