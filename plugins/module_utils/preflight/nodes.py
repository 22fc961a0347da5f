# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the nodes can run Linkerd's images.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re

from ..findings import finding
from ..model import Finding, Object, Ref
from ..objects.readiness import ready
from .view import Facts, View

_PI_OS_32 = "Raspbian"
"""How Raspberry Pi OS names itself where its programs have 32 bits; with 64 it says Debian."""


def findings(view: View) -> list[Finding]:
    known = view.wanted.architectures or view.wanted.release.architectures
    found = []
    for node in view.nodes:
        info = _info(node)
        architecture, system = info.get("architecture", ""), info.get("osImage", "")
        if architecture not in known:
            found.append(finding("L5D122", Ref.of(node), f"{architecture or 'unknown'}, not {' or '.join(known)}{_way_out(info)}"))
        elif architecture == "arm64" and _PI_OS_32 in system:
            found.append(finding("L5D123", Ref.of(node), f"{system} on a 64-bit kernel"))
    return found


def facts(view: View) -> list[Facts]:
    return [_facts(node) for node in view.nodes]


def _facts(node: Object) -> Facts:
    info = _info(node)
    return {
        "name": node["metadata"]["name"],
        "architecture": info.get("architecture", ""),
        "system": info.get("osImage", ""),
        "kernel": info.get("kernelVersion", ""),
        "kubelet": info.get("kubeletVersion", ""),
        "ready": ready(node, "Ready").done,
        "schedulable": schedulable(node),
    }


def schedulable(node: Object) -> bool:
    """Whether an ordinary pod may run there."""
    spec = node.get("spec") or {}
    tainted = any(taint.get("effect") in ("NoSchedule", "NoExecute") for taint in spec.get("taints") or [])
    return not spec.get("unschedulable") and not tainted and ready(node, "Ready").done


def _info(node: Object) -> dict[str, str]:
    return (node.get("status") or {}).get("nodeInfo") or {}


def _way_out(info: dict[str, str]) -> str:
    """A Pi whose kernel has 64 bits already needs no more than another system."""
    if re.search(r"v8|aarch64|rpi-2712", info.get("kernelVersion", "")):
        return f"; its kernel {info['kernelVersion']} is a 64-bit one, only the system on it is not"
    return ""
