# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's background process: plays programs for Deployments and lets the API server reach them."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubernetes.client import ApiClient, AppsV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from sandbox import api
from sandbox.bound import end_with_parent_in_background
from sandbox.context import Context
from sandbox.egress import EgressProxy
from sandbox.players import load_players
from sandbox.state import USERS, State

if TYPE_CHECKING:
    from types import FrameType

    from sandbox.player import Player

RELIST_SECONDS = 30

Key = tuple[str, str]


class Agent:
    """Keeps the running players equal to the Deployments that are there."""

    def __init__(self, context: Context, players: list[Player]) -> None:
        self.context = context
        self.players = players
        self.wanted: set[Key] = set()
        """Deployments that ask for replicas."""
        self.playing: set[str] = set()
        """Names of the running players."""

    def run(self, client: ApiClient, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self._follow(AppsV1Api(client))
            except (ApiException, HTTPError, OSError) as error:
                self.context.log(f"watching Deployments: {type(error).__name__}; listing again")
                stopping.wait(1)

    def stop(self) -> None:
        for player in self.players:
            if player.name in self.playing:
                self._stop(player)

    def _follow(self, apps: AppsV1Api) -> None:
        """One LIST, then the changes since; the LIST again after a while heals whatever was missed."""
        listing: Any = apps.list_deployment_for_all_namespaces()
        self.wanted = set()
        for deployment in listing.items:
            self._observe("ADDED", deployment)
        self._reconcile()
        events = Watch().stream(
            apps.list_deployment_for_all_namespaces, resource_version=listing.metadata.resource_version, timeout_seconds=RELIST_SECONDS
        )
        for event in events:
            self._observe(event["type"], event["object"])
            self._reconcile()

    def _observe(self, change: str, deployment: Any) -> None:
        key = (deployment.metadata.namespace, deployment.metadata.name)
        self.wanted.discard(key)
        if change != "DELETED" and deployment.spec.replicas:
            self.wanted.add(key)

    def _reconcile(self) -> None:
        before = set(self.playing)
        for player in self.players:
            wanted = player.deployment is None or player.deployment in self.wanted
            if wanted and player.name not in self.playing:
                self._start(player)
            elif not wanted and player.name in self.playing:
                self._stop(player)
        if self.playing != before:
            write_playing(self.context.state, sorted(self.playing))

    def _start(self, player: Player) -> None:
        try:
            player.start(self.context)
        except Exception as error:  # noqa: BLE001  one part's failure must not end the others
            self.context.log(f"{player.name} did not start: {error!r}")
            return
        self.playing.add(player.name)
        self.context.log(f"plays {player.name}")

    def _stop(self, player: Player) -> None:
        self.playing.remove(player.name)
        try:
            player.stop()
        except Exception as error:  # noqa: BLE001  likewise
            self.context.log(f"{player.name} did not stop cleanly: {error!r}")
        self.context.log(f"stopped {player.name}")


def write_playing(state: Path, names: list[str]) -> None:
    """For ``status``: what is played now."""
    temporary = state / "playing.json.new"
    temporary.write_text(json.dumps(names), encoding="utf-8")
    temporary.replace(state / "playing.json")


def find_service(client: ApiClient, address: str) -> Key | None:
    """The Service with this cluster IP."""
    try:
        listing: Any = CoreV1Api(client).list_service_for_all_namespaces(field_selector=f"spec.clusterIP={address}")
    except (ApiException, HTTPError) as error:
        raise LookupError(f"asking for the Service with the address {address}: {error}") from error
    found = listing.items
    return (found[0].metadata.namespace, found[0].metadata.name) if found else None


def main(directory: Path, *, bound: bool) -> None:
    if bound:
        end_with_parent_in_background(directory)
    state = State.load(directory)
    if state is None:
        raise SystemExit(f"{directory} holds no sandbox; run: python -m sandbox up")
    context = Context(directory.name, directory / USERS["sandbox-agent"], directory, Path(state.components))
    stopping = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    with api.connect(context.kubeconfig) as client, api.connect(context.kubeconfig) as lookups:
        EgressProxy(
            state.egress_socket, context.services, lambda address: find_service(lookups, address), context.log
        ).serve_in_background()
        agent = Agent(context, load_players(state.without))
        write_playing(directory, [])
        try:
            agent.run(client, stopping)
        finally:
            agent.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), bound="--bound" in sys.argv[2:])
