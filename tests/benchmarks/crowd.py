# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many routes of all kinds, each with Services of its own, as planning sees them.

As a program: ``ROUTES STRATEGY`` plans them in a process of its own, as a module does, and prints what that took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.traefik import TRAEFIK
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import plan_present
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.snapshot import Snapshot
from tests.unit.plugins.module_utils import builders as b

NAMESPACES = 50
Names = tuple[str, str, str]
"""A route's name and those of its two Services."""


def _ingress(names: Names, namespace: str) -> list[Object]:
    return [b.ingress(names[0], (names[1], 80), namespace=namespace)]


def _ingress_with_two_backends(names: Names, namespace: str) -> list[Object]:
    return [b.ingress(names[0], (names[1], "http"), (names[2], 80), namespace=namespace)]


def _ingress_route(names: Names, namespace: str) -> list[Object]:
    one, two = ({"name": name, "port": 80} for name in names[1:])
    return [b.ingress_route(names[0], b.route(f"Host(`{names[0]}`)", one), b.route("PathPrefix(`/b`)", two), namespace=namespace)]


def _weighted(names: Names, namespace: str) -> list[Object]:
    shares = [{"name": name, "port": 80, "weight": 1} for name in names[1:]]
    chosen = {"name": names[0], "kind": "TraefikService"}
    return [
        b.traefik_service(names[0], namespace, weighted={"services": shares}),
        b.ingress_route(names[0], b.route(f"Host(`{names[0]}`)", chosen), namespace=namespace),
    ]


def _http_route(names: Names, namespace: str) -> list[Object]:
    return [b.http_route(names[0], b.rule(b.ref(names[1])), b.rule(b.ref(names[2]), path="/b"), namespace=namespace)]


def _split_grpc_route(names: Names, namespace: str) -> list[Object]:
    rule = {"backendRefs": [b.ref(name) for name in names[1:]]}
    return [b.http_route(names[0], rule, namespace=namespace, kind="GRPCRoute")]


KINDS: tuple[t.Callable[[Names, str], list[Object]], ...] = (
    _ingress,
    _ingress_route,
    _ingress,
    _http_route,
    _ingress_with_two_backends,
    _weighted,
    _ingress,
    _split_grpc_route,
)


def snapshot(count: int) -> Snapshot:
    by_kind: dict[str, list[Object]] = {}
    everything = [
        *b.GATEWAY,
        b.an_object("networking.k8s.io/v1/IngressClass", "traefik", "", None, {"controller": "traefik.io/ingress-controller"}),
    ]
    for number in range(count):
        names, namespace = (f"app-{number:05}", f"one-{number:05}", f"two-{number:05}"), f"ns-{number % NAMESPACES:02}"
        everything += [*(b.service(name, namespace) for name in names[1:]), *KINDS[number % len(KINDS)](names, namespace)]
    for obj in everything:
        by_kind.setdefault(obj["kind"], []).append(obj)
    arguments = (*b.ARGUMENTS, "--providers.kubernetesgateway")
    whole = b.snapshot(workload=b.deployment(b.pod_template(arguments)), charts=(b.helm_chart(),))
    return Snapshot(
        "linkerd",
        whole.linkerd,
        whole.workload,
        whole.namespace,
        webhooks=whole.webhooks,
        charts=whole.charts,
        objects={kind: tuple(found) for kind, found in by_kind.items()},
    )


def planned(count: int, strategy: str) -> Object:
    """CPU seconds of planning alone; the collector is off, as it is in a module."""
    crowd = snapshot(count)
    gc.collect()
    gc.disable()
    began = time.process_time()
    plan = plan_present(crowd, Intent(strategy=strategy), TRAEFIK).plan
    seconds = time.process_time() - began
    unsafe = sum(not verdict.safe for verdict in plan.verdicts)
    peak = int(Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    return {"seconds": seconds, "megabytes": peak, "steps": len(plan.steps), "verdicts": len(plan.verdicts), "unsafe": unsafe}


if __name__ == "__main__":
    print(json.dumps(planned(int(sys.argv[1]), sys.argv[2])))
