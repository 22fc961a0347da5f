# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing many things at once, and waiting: both bounded."""

from __future__ import annotations

import itertools
import threading
import time
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster, Seen
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError, L5dError, RolloutError
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import FakeApi


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def cluster(pauses: Pauses) -> t.Iterator[Cluster]:
    with FakeApi() as api:
        yield connect(api.url, pauses=pauses)


def test_map_is_parallel_bounded_and_in_order(cluster: Cluster) -> None:
    running: list[int] = []
    most = 0

    def work(number: int) -> int:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        time.sleep(0.01)
        running.remove(number)
        return number * 2

    assert cluster.map(work, range(40)) == [number * 2 for number in range(40)]
    assert 2 <= most <= 8


def test_map_ends_what_runs_and_starts_nothing_more(cluster: Cluster) -> None:
    started: list[int] = []
    ended: list[int] = []
    failed = threading.Event()

    def work(number: int) -> None:
        started.append(number)
        if number == 3:
            failed.set()
            raise ClusterError("three", "fails")
        failed.wait(5)
        time.sleep(0.01)
        ended.append(number)

    with pytest.raises(ClusterError, match="three"):
        cluster.map(work, range(100))
    assert len(started) < 20
    assert set(ended) == set(started) - {3}


def test_waiting_ends_when_the_probe_says_so(cluster: Cluster, pauses: Pauses) -> None:
    words = iter(["0 of 2 ready", "1 of 2 ready"])

    def probe() -> Seen:
        seen = next(words, None)
        return Seen(seen is None, seen or "")

    cluster.wait("Deployment web", probe, timeout=60)
    assert pauses == [0.5, 0.5]


def test_waiting_in_vain_names_the_last_thing_seen(cluster: Cluster, pauses: Pauses) -> None:
    count = itertools.count()

    def probe() -> Seen:
        return Seen(done=False, words=f"look {next(count)}")

    with pytest.raises(RolloutError, match=r"Deployment web: not there after 2 s; last seen: look 4\. kubectl describe") as caught:
        cluster.wait("Deployment web", probe, timeout=2, remedy="kubectl describe")
    assert isinstance(caught.value, L5dError)
    assert sum(pauses) <= 2


def test_waiting_outlasts_an_api_that_is_away_but_not_a_refusal(cluster: Cluster) -> None:
    errors = iter([ClusterError("get", "connection refused", code="unreachable"), ClusterError("get", "no", code="forbidden")])

    def probe() -> Seen:
        raise next(errors)

    with pytest.raises(ClusterError, match="get: no"):
        cluster.wait("it", probe, timeout=60)
