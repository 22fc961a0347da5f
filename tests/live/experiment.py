# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C(python -m tests.live.experiment SCENARIO DIRECTORY): try every route under every strategy, and write down what happened.

Runs inside the namespace as long as its standard input is open, and judges nothing; the tests do. A stage is one run of the real module, then the real
Traefik with the arguments that the pod has after it.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import sys
import threading
import time
import typing as t
from pathlib import Path

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import proxy_mode
from sandbox.cluster import Sandbox
from sandbox.rest import Object
from tests.integration.site_runs import Run, play
from tests.live import directory, h2c, namespace, releases
from tests.live.backends import REQUEST_ID, Backends
from tests.live.client import Attack, Lines, request
from tests.live.cluster import Cluster
from tests.live.proxy_rule import Mesh, authority
from tests.live.scenarios import SCENARIOS
from tests.live.scene import Route
from tests.live.traefik import Traefik

LOAD_SECONDS = 60
MIRROR_SECONDS = 2.0
STAGES: dict[str, Object] = {
    "open": {"strategy": "none", "mode": "ingress", "allow_relayable": True},
    "header": {"strategy": "header"},
    "cluster_ip": {"strategy": "cluster_ip"},
}
POINTS = ("web", "websecure", "metrics", "traefik")
PROBED = "plain"
MARK_A, MARK_B = "shop-mark-a@kubernetescrd", "shop-mark-b@kubernetescrd"
PROBES: dict[str, list[str]] = {
    "options given twice": [
        f"--entryPoints.web.http.middlewares={MARK_A}",
        f"--entryPoints.web.http.middlewares={MARK_B}",
        "--providers.kubernetescrd.nativeLBByDefault=false",
        "--entryPoints.web.asDefault=true",
    ],
    "other spellings": [
        f"--ENTRYPOINTS.web.HTTP.middlewares={MARK_A}, {MARK_B}",
        "--providers.kubernetesCRD.nativeLBByDefault=false",
        "--providers.kubernetescrd.nativelbbydefault",
    ],
}
"""Arguments after the pod's own, to hold our reading of Traefik's static configuration to Traefik's."""


class Experiment:
    """One cluster, and what was seen on it."""

    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.cluster, self.home = cluster, home
        self.scene = cluster.scenario.scene
        self.backends = Backends()
        self.numbers = itertools.count()
        self.addresses: dict[str, Object] = {}
        self.release = cluster.scenario.releases[0]

    def run(self) -> Object:
        self.cluster.prepare()
        self._open_addresses()
        seen: Object = {}
        for release in self.cluster.scenario.releases:
            self.release = release
            if seen:
                self.cluster.run_release(release)
            seen[release] = self._release()
        self.backends.close()
        return {"addresses": self.addresses, "releases": seen}

    def _release(self) -> Object:
        evidence: Object = {"stages": {}}
        if self.scene.mistake:
            self.cluster.apply(self.scene.mistake)
        evidence["stages"]["open"] = self._stage("open")
        if self.scene.mistake and self.release == releases.NEWEST:
            evidence["refusal"] = self._play(STAGES["header"]).messages
        if self.scene.mistake:
            self.cluster.delete(self.scene.mistake)
        for stage in ("header", "cluster_ip"):
            evidence["stages"][stage] = self._stage(stage)
        if self.scene.on_default_entry_points:
            evidence["probes"] = {name: self._probe(name, arguments) for name, arguments in PROBES.items()}
        return evidence

    def _open_addresses(self) -> None:
        """A server wherever a route to a Service can end, and the Services' names for whoever asks by name."""
        for address in directory.addresses(self.cluster.rest, self.scene.namespaces):
            self.backends.listen(address.ip, address.port)
            self.addresses.setdefault(str(address), {"services": [], "pod": address.pod})["services"].append(address.service)
        namespace.name_services(self.home / "hosts", directory.dns_names(self.cluster.rest, self.scene.namespaces))

    def _stage(self, name: str) -> Object:
        started = time.monotonic()
        run = self._play(STAGES[name])
        if run.code:
            raise SystemExit(f"l5d_ingress_mesh {STAGES[name]}: {run.messages}")
        (result,) = (result for task, result in run.tasks() if task == "mesh")
        applied = time.monotonic()
        pod, routes = self.cluster.traefik_pod(), self.scene.of_stage(name, self.release)
        self.backends.mesh = Mesh(proxy_mode(pod), {service for address in self.addresses.values() for service in address["services"]})
        with self._traefik(name, pod, [], routes) as traefik:
            loaded = time.monotonic()
            observations = [seen for route in routes for attack in route.attacks for seen in self._attack(traefik, route, attack)]
            entry_points = self._entry_points(traefik)
            unserved = self._unserved(traefik, self.scene.routes)
            sent = time.monotonic()
            probed = self._try(traefik) if self.release == releases.NEWEST else {"probe": [], "findings": [], "changed": False}
        return {
            "mode": proxy_mode(pod),
            "arguments": traefik.arguments,
            "module": {key: result[key] for key in ("changed", "strategy", "steps", "findings", "verdicts")},
            "observations": observations,
            "entry_points": entry_points,
            "unserved": unserved,
            "probed": {key: probed[key] for key in ("probe", "findings", "changed")},
            "seconds": {"module": applied - started, "load": loaded - applied, "requests": sent - loaded, "probe": time.monotonic() - sent},
        }

    def _probe(self, name: str, more: list[str]) -> Object:
        with self._traefik(name, self.cluster.traefik_pod(), more, self.scene.of_stage("cluster_ip", self.release)) as traefik:
            arrival = self._send(traefik, self.scene.route(PROBED), [])["arrivals"][-1]
            return {"arguments": traefik.arguments, "arrival": arrival, "entry_points": self._entry_points(traefik)[PROBED]}

    def _traefik(self, name: str, pod: Object, more: list[str], routes: t.Sequence[Route]) -> Traefik:
        """One that starts when the block does, and serves all routes before it goes on."""
        log = self.home / f"traefik-{self.release}-{name.replace(' ', '-')}.log"
        return Traefik(
            releases.program(self.release),
            pod,
            more,
            kubeconfig=self.cluster.kubeconfig,
            log=log,
            unserved=lambda traefik: self._unserved(traefik, routes),
            seconds=LOAD_SECONDS,
        )

    def _try(self, traefik: Traefik) -> Object:
        """The probe of l5d_header_policy, on what is in force."""
        probe = {"address": traefik.address, "port": traefik.port("web"), "tls_port": traefik.port("websecure")}
        run = self._play({"state": "audit", "probe": probe}, "l5d_header_policy")
        if run.code:
            raise SystemExit(f"l5d_header_policy with a probe: {run.messages}")
        return next(result for task, result in run.tasks() if task == "mesh")

    def _play(self, options: Object, module: str = "l5d_ingress_mesh") -> Run:
        """A play with one task, as a user would write it."""
        task = {"name": "mesh", f"pimesh.linkerd.{module}": {"kubeconfig": str(self.cluster.kubeconfig), **options}}
        variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        content = [{"name": "live", "hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}]
        playbook = self.home / "play.yml"
        playbook.write_text(json.dumps(content), encoding="utf-8")
        return play(self.home, str(playbook), "-i", "localhost,")

    def _attack(self, traefik: Traefik, route: Route, attack: Attack) -> t.Iterator[Object]:
        own = authority(route.backends[0]) if route.backends else ""
        for _turn in range(route.turns):
            yield {
                "route": route.name,
                "attack": attack.name,
                **self._send(traefik, route, attack.headers(authority(self.scene.victim), own)),
            }

    def _send(self, traefik: Traefik, route: Route, headers: Lines, entry_point: str = "") -> Object:
        identity, point = str(next(self.numbers)), entry_point or route.entry_point
        sent = [(REQUEST_ID, identity), *route.headers, *headers]
        send = h2c.call if route.grpc else functools.partial(request, tls=point == "websecure")
        status = send((traefik.address, traefik.port(point)), route.host, route.path, sent)
        if route.mirrored:
            self.backends.await_arrivals(identity, 2, MIRROR_SECONDS)
        return {"status": status, "arrivals": [arrival.to_dict() for arrival in self.backends.take(identity)]}

    def _unserved(self, traefik: Traefik, routes: t.Sequence[Route]) -> list[str]:
        return [route.name for route in routes if not self._served(traefik, route)]

    def _served(self, traefik: Traefik, route: Route) -> bool:
        seen = self._send(traefik, route, [])
        services = {service for arrival in seen["arrivals"] for service in self.addresses[arrival["local"]]["services"]}
        return seen["status"] == route.status and bool(services & set(route.backends or (route.asked,)))

    def _entry_points(self, traefik: Traefik) -> Object:
        """Where routes without entry points of their own are served."""
        routes = [self.scene.route(name) for name in self.scene.on_default_entry_points]
        return {route.name: [p for p in POINTS if self._send(traefik, route, [], p)["arrivals"]] for route in routes}


def _end_with_parent() -> None:
    """The first process of a namespace takes all others with it."""
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    scenario, home = SCENARIOS[sys.argv[1]], Path(sys.argv[2])
    namespace.enter()
    started = time.monotonic()
    with Sandbox("live", without=scenario.without, root=home, report=lambda text: print(text, flush=True)) as sandbox:
        up = time.monotonic()
        evidence = Experiment(Cluster(sandbox, scenario), home).run()
    evidence["seconds"] = {"sandbox": up - started, "all": time.monotonic() - started}
    (home / "evidence.json").write_text(json.dumps(evidence, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
