# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option probe: whom to ask, how much, and what comes of it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ..cluster import Cluster, Query
from ..controllers.base import Controller
from ..errors import InputError
from ..model import Finding, Object, Verdict
from ..planning.snapshot import Snapshot
from . import addresses
from .report import findings
from .sending import Sender, require_library, resolve
from .session import Budget, Outcome, Session
from .targets import Target, targets
from .variants import NAMES, Endpoint

WORKERS = 8
OPTIONS: dict[str, t.Any] = {
    "address": {"type": "str", "required": True},
    "port": {"type": "int", "default": 80},
    "tls_port": {"type": "int", "default": 443},
    "http2": {"type": "bool", "default": True},
    "variants": {"type": "list", "elements": "str", "choices": NAMES},
    "timeout": {"type": "float", "default": 5.0},
    "limit": {"type": "int", "default": 2000},
    "duration": {"type": "float", "default": 120.0},
}
BOUNDS = {"port": (0, 65535), "tls_port": (0, 65535), "timeout": (0.1, 60), "limit": (1, 100_000), "duration": (1, 3600)}


@dataclass(frozen=True, slots=True)
class Probed:
    """For the result: findings, and what else is shown."""

    findings: list[Finding] = field(default_factory=list)
    shown: Object = field(default_factory=dict)


class Probe:
    """The option of one module run; without it, nothing is asked of anybody."""

    def __init__(self, cluster: Cluster, controller: Controller, params: Object) -> None:
        self._cluster, self._controller = cluster, controller
        self._options: Object = params.get("probe") or {}
        if self.wanted:
            _check_options(self._options, params["state"], wait=params["wait"])
            require_library()

    @property
    def wanted(self) -> bool:
        return bool(self._options)

    def of(self, snapshot: Snapshot, verdicts: t.Sequence[Verdict]) -> Probed:
        ip = self.check(snapshot)
        if ip is None:
            return Probed()
        domain = snapshot.linkerd.cluster_domain if snapshot.linkerd else "cluster.local"
        outcomes = self._send(ip, targets(self._controller.read(snapshot).routes, verdicts, domain))
        return Probed(findings(outcomes), {"probe": [outcome.to_dict() for outcome in outcomes]})

    def check(self, snapshot: Snapshot) -> addresses.IP | None:
        """The address to connect to. Raises InputError where it is not the controller's."""
        if not self.wanted:
            return None
        address = self._options["address"]
        resolved = resolve(address)
        foreign = self._foreign(resolved, snapshot)
        if foreign or not resolved:
            where = ", ".join(str(ip) for ip in foreign) or "nothing"
            raise InputError("probe.address", f"{address!r} leads to {where}, which is not the ingress controller's", addresses.REMEDY)
        return resolved[0]

    def _foreign(self, resolved: list[addresses.IP], snapshot: Snapshot) -> list[addresses.IP]:
        """Nodes are read only where nothing else fits."""
        own = addresses.of_pods(snapshot.pods)
        if not addresses.foreign(resolved, own):
            return []
        namespace = snapshot.workload["metadata"]["namespace"]
        own |= addresses.of_services(self._cluster.list(Query("v1", "Service", namespace)), snapshot.workload["spec"]["template"])
        if not addresses.foreign(resolved, own):
            return []
        return addresses.foreign(resolved, own | addresses.of_nodes(self._cluster.list(Query("v1", "Node"))))

    def _send(self, ip: addresses.IP, wanted: t.Sequence[Target]) -> list[Outcome]:
        options = self._options
        budget = Budget(options["limit"], time.monotonic() + options["duration"], time.monotonic)
        session = Session(endpoints(options), options["variants"], budget, Sender(ip, options["timeout"]))
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(session.probe, wanted))


def endpoints(options: Object) -> list[Endpoint]:
    """HTTP/1.1 first, so that a port nobody listens on is found out by it."""
    return [
        Endpoint(port, tls, http2)
        for tls, port in ((False, options["port"]), (True, options["tls_port"]))
        if port
        for http2 in (False, True)
        if options["http2"] or not http2
    ]


def _check_options(options: Object, state: str, *, wait: bool) -> None:
    if state == "absent" or (state == "present" and not wait):
        raise InputError("probe", "it looks at what is in force: with state: audit, or after present has waited", "Leave it out here.")
    for name, (least, most) in BOUNDS.items():
        if not least <= options[name] <= most:
            raise InputError(f"probe.{name}", f"{options[name]} is out of range", f"Give a number from {least} to {most}.")
    if not options["port"] and not options["tls_port"]:
        raise InputError("probe", "port and tls_port are both 0, which means none", "Give one of them.")
