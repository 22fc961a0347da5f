# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.apply_plan import IncompleteError, execute
from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Seen
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Desire, Object, Phase, Ref, Step
from tests.unit.connect import connect
from tests.unit.fake_api import Address, FakeApi, Fault

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "app"}, "data": data}


def plan(before: Object | None, desire: Desire, *, own: bool = False, phase: Phase = Phase.OBJECTS, name: str = "settings") -> Step:
    return Step(phase, Ref("v1", "ConfigMap", name, "app"), desire, "a test", own, before, desire(before))


def ours(live: Object | None) -> Object | None:
    """Set one key, keep the others."""
    wanted = copy.deepcopy(live) if live else config_map("settings")
    wanted["data"]["ours"] = "yes"
    return wanted


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([NAMESPACE]) as fake:
        yield fake


@pytest.fixture
def cluster(api: FakeApi) -> Cluster:
    return connect(api.url)


def meddle(api: FakeApi, times: int) -> None:
    """Let somebody else change the object right before each of our next writes."""
    left = list(range(times))

    def before_write(_method: str, address: Address) -> None:
        if left:
            live = api.live(address.kind, address.name, address.namespace) or config_map(address.name)
            live["data"][f"theirs-{left.pop(0)}"] = "kept"
            api.put(live)

    api.on_write = before_write


def test_phases_follow_each_other_and_are_waited_for(api: FakeApi, cluster: Cluster) -> None:
    old = api.put(config_map("old"))
    steps = [
        plan(old, lambda _live: None, own=True, phase=Phase.PRUNE, name="old"),
        plan(None, lambda _live: config_map("reference"), own=True, phase=Phase.REFERENCES, name="reference"),
        plan(None, lambda _live: config_map("one"), own=True, name="one"),
        plan(None, lambda _live: config_map("two"), own=True, name="two"),
    ]
    waited: list[tuple[Phase, int]] = []
    done = execute(cluster, steps, check_mode=False, on_phase=lambda phase: waited.append((phase, len(api.writes()))))
    assert waited == [(Phase.OBJECTS, 2), (Phase.REFERENCES, 3), (Phase.PRUNE, 4)]
    assert [step.object.name for step in done] == ["one", "two", "reference", "old"]


def test_a_foreign_object_keeps_what_others_wrote_meanwhile(api: FakeApi, cluster: Cluster) -> None:
    before = api.put(config_map("settings", theirs="kept"))
    step = plan(before, ours)
    meddle(api, 4)
    execute(cluster, [step], check_mode=False)
    live = api.live("ConfigMap", "settings", "app")
    assert live is not None
    assert live["data"] == {"theirs": "kept", "ours": "yes", **{f"theirs-{number}": "kept" for number in range(4)}}


def test_a_foreign_object_that_somebody_creates_first_is_patched(api: FakeApi, cluster: Cluster) -> None:
    step = plan(None, ours)
    meddle(api, 1)
    execute(cluster, [step], check_mode=False)
    live = api.live("ConfigMap", "settings", "app")
    assert live is not None
    assert live["data"] == {"theirs-0": "kept", "ours": "yes"}


def test_a_conflict_without_end_names_the_object(api: FakeApi, cluster: Cluster) -> None:
    step = plan(api.put(config_map("settings")), ours)
    meddle(api, 99)
    with pytest.raises(IncompleteError, match="ConfigMap app/settings: was changed by somebody else 5 times") as caught:
        execute(cluster, [step], check_mode=False)
    assert caught.value.code == "contended"
    assert len(api.writes()) == 5


def test_a_step_that_somebody_else_did_needs_no_write(api: FakeApi, cluster: Cluster) -> None:
    step = plan(api.put(config_map("settings")), ours)
    api.put(config_map("settings", ours="yes"))
    done = execute(cluster, [step], check_mode=False)
    assert done == []


def test_a_foreign_object_that_vanished_is_planned_again(api: FakeApi, cluster: Cluster) -> None:
    step = plan(api.put(config_map("settings")), lambda live: ours(live) if live else None)
    del api.objects[Address("v1", "ConfigMap", "app", "settings")]
    assert execute(cluster, [step], check_mode=False) == []


def test_a_missing_namespace_is_no_conflict(api: FakeApi, cluster: Cluster) -> None:
    del api.objects[Address("v1", "Namespace", "", "app")]
    with pytest.raises(IncompleteError, match='namespaces "app" not found'):
        execute(cluster, [plan(None, ours)], check_mode=False)
    assert len(api.writes()) == 1


def test_a_foreign_object_is_deleted_only_as_it_was_seen(api: FakeApi, cluster: Cluster) -> None:
    def gone_unless_used(live: Object | None) -> Object | None:
        return live if live and live["data"].get("used") else None

    step = plan(api.put(config_map("settings")), gone_unless_used)
    api.put(config_map("settings", used="yes"))
    done = execute(cluster, [step], check_mode=False)
    assert done == []
    assert api.live("ConfigMap", "settings", "app")


def test_an_own_object_that_was_replaced_meanwhile_is_not_deleted(api: FakeApi, cluster: Cluster) -> None:
    step = plan(api.put(config_map("settings")), lambda _live: None, own=True)
    del api.objects[Address("v1", "ConfigMap", "app", "settings")]
    api.put(config_map("settings", new="object"))
    with pytest.raises(IncompleteError, match="delete ConfigMap app/settings: HTTP 409"):
        execute(cluster, [step], check_mode=False)


def test_a_failure_in_the_middle_says_what_was_done(api: FakeApi, cluster: Cluster) -> None:
    api.faults.append(Fault(status=403, method="PATCH", path="/two", message="denied"))
    steps = [
        plan(None, lambda _live: config_map("one"), own=True, name="one"),
        plan(None, lambda _live: config_map("two"), own=True, name="two", phase=Phase.REFERENCES),
        plan(None, lambda _live: config_map("three"), own=True, name="three", phase=Phase.WORKLOAD),
    ]
    with pytest.raises(IncompleteError, match="patch ConfigMap app/two: HTTP 403: denied") as caught:
        execute(cluster, steps, check_mode=False)
    assert [step.object.name for step in caught.value.done] == ["one"]
    assert api.live("ConfigMap", "three", "app") is None


def test_a_failed_wait_says_what_was_done(api: FakeApi, cluster: Cluster) -> None:
    def wait(_phase: Phase) -> None:
        cluster.wait("Deployment app/web", lambda: Seen(done=False, words="0 of 1"), timeout=1)

    with pytest.raises(IncompleteError, match="Deployment app/web: not there after 1 s; last seen: 0 of 1") as caught:
        execute(cluster, [plan(None, lambda _live: config_map("one"), own=True, name="one")], check_mode=False, on_phase=wait)
    assert len(caught.value.done) == 1
    assert api.writes()


def test_check_mode_lets_admission_speak_and_writes_nothing(api: FakeApi, cluster: Cluster) -> None:
    before = api.put(config_map("settings"))
    waited: list[Phase] = []
    steps = [plan(before, ours), plan(None, lambda _live: config_map("one"), own=True, name="one")]
    done = execute(cluster, steps, check_mode=True, on_phase=waited.append)
    assert len(done) == 2
    assert (api.writes(), waited) == ([], [])
    assert sum(entry.query.get("dryRun") == "All" for entry in api.log) == 2
    bad = plan(None, lambda _live: {**config_map("bad"), "spec": {"invalid": True}}, own=True, name="bad")
    with pytest.raises(IncompleteError, match=r"spec\.invalid: Forbidden"):
        execute(cluster, [bad], check_mode=True)


def test_every_write_of_a_killed_connection_happens_once(api: FakeApi, cluster: Cluster) -> None:
    before = api.put(config_map("settings"))
    cluster.version()
    api.faults += [Fault(method="PATCH", path="/settings", reset=True, late=True), Fault(method="POST", reset=True, late=True)]
    execute(cluster, [plan(before, ours), plan(None, lambda live: live or config_map("new"), name="new")], check_mode=False)
    assert api.live("ConfigMap", "new", "app")
    live = api.live("ConfigMap", "settings", "app")
    assert live is not None
    assert live["data"] == {"ours": "yes"}
