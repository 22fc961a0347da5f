# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the nodes' clocks agree: certificates that live for a day do not forgive a clock that is wrong.

A kubelet renews its Lease every ten seconds and dates it by its own clock. An older cluster has only the heartbeat in
the Ready condition, which may be five minutes old. A node that is not Ready may just be off, so it is left out.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import re
import statistics
import typing as t

from ..findings import finding
from ..model import Finding, Object, Ref
from ..objects.readiness import condition_of, ready
from .view import View

LEASE_NAMESPACE = "kube-node-lease"
BY_LEASE = 60.0
"""Seconds: a Lease that is renewed late would be no proof below that."""
BY_HEARTBEAT = 310.0
"""What `linkerd check` allows: five minutes for the heartbeat, and Linkerd's own clockSkewAllowance."""
CONTROLLER = Ref("", "Host", "localhost")


class Offset(t.NamedTuple):
    """How many seconds a node's clock seems to be ahead, and how much of that may be no more than delay."""

    node: Object
    seconds: float
    tolerance: float


def findings(view: View) -> list[Finding]:
    offsets = measured(view)
    if not offsets:
        return []
    # The machine that runs Ansible is one clock among the others, and breaks the tie of two.
    clocks = [offset.seconds for offset in offsets] + ([] if len(offsets) % 2 else [0.0])
    right = statistics.median(clocks)
    apart = [offset for offset in offsets if abs(offset.seconds - right) > offset.tolerance]
    found = [finding("L5D124", Ref.of(offset.node), f"{_words(offset.seconds - right)} the others") for offset in apart]
    if abs(right) > max(offset.tolerance for offset in offsets):
        found.append(finding("L5D125", CONTROLLER, f"the machine that runs Ansible is {_words(-right)} the cluster"))
    return found


def measured(view: View) -> list[Offset]:
    renewed = {lease["metadata"]["name"]: (lease.get("spec") or {}).get("renewTime") for lease in view.leases}
    found = []
    for node in view.nodes:
        if not ready(node, "Ready").done:
            continue
        leased, beat = parse(renewed.get(node["metadata"]["name"])), parse(_heartbeat(node))
        if leased:
            found.append(Offset(node, (leased - view.now).total_seconds(), BY_LEASE))
        elif beat:
            found.append(Offset(node, (beat - view.now).total_seconds(), BY_HEARTBEAT))
    return found


def parse(text: object) -> dt.datetime | None:
    """C(2026-11-21T11:30:00Z), with or without fractions of a second."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", str(text or ""))
    try:
        return dt.datetime.fromisoformat(match.group(1)).replace(tzinfo=dt.UTC) if match else None
    except ValueError:
        return None


def _heartbeat(node: Object) -> object:
    return condition_of(node, "Ready").get("lastHeartbeatTime")


def _words(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"
