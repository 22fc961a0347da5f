# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network namespace of the test's own: addresses of Services and pods are local there, and nothing leaves it.

Mounts and process ids are its own too, so that a hosts file can stand in for cluster DNS and nothing outlives it.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from sandbox.controlplane import POD_CIDR, SERVICE_CIDR

SETUP_SECONDS = 20
HOSTS = Path("/etc/hosts")


def command() -> list[str]:
    """What to put before a command. Root needs no user namespace."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child"]


@functools.cache
def obstacle() -> str:
    """Why there cannot be one on this machine; empty when there can."""
    missing = [tool for tool in ("unshare", "ip", "mount") if shutil.which(tool) is None]
    if missing:
        return f"no network namespace: {', '.join(missing)} not found (packages util-linux and iproute2)"
    script = " && ".join(" ".join(words) for words in [*_addresses(), _bind(HOSTS)])
    run = subprocess.run([*command(), "sh", "-c", script], capture_output=True, text=True, timeout=SETUP_SECONDS, check=False)
    return f"no network namespace: {run.stderr.strip()}" if run.returncode else ""


def enter() -> None:
    """Inside: every address of the cluster becomes one of this machine's."""
    for words in _addresses():
        subprocess.run(words, check=True, timeout=SETUP_SECONDS)


def name_services(hosts: Path, names: dict[str, str]) -> None:
    """Cluster DNS, as far as a program asks for a Service by its full name. May be called again with the same file."""
    known = hosts.exists()
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in sorted(names.items()))]
    hosts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not known:
        subprocess.run(_bind(hosts), check=True, timeout=SETUP_SECONDS)


def _addresses() -> list[list[str]]:
    routes = [["ip", "route", "add", "local", cidr, "dev", "lo"] for cidr in (POD_CIDR, SERVICE_CIDR)]
    return [["ip", "link", "set", "lo", "up"], *routes]


def _bind(hosts: Path) -> list[str]:
    return ["mount", "--bind", str(hosts), str(HOSTS)]
