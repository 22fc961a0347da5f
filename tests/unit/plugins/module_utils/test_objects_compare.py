# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError, L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects import helm
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.compare import Comparison, compare
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.expecting import Expectation
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import FakeApi, Fault
from tests.unit.helm_records import NOW, revision

RELEASE = helm.Release("web", "app")


def config_map(name: str, *, annotations: dict[str, str] | None = None, **data: str) -> Object:
    meta: Object = {"name": name, **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def definition(**spec: t.Any) -> Object:
    names = {"kind": "Thing", "plural": "things"}
    content = {"group": "things.example", "names": names, "scope": "Namespaced", "versions": [{"name": "v1"}], **spec}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.things.example"},
        "spec": content,
    }


def live(obj: Object) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "namespace": "app"}}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}]) as fake:
        yield fake


def compared(api: FakeApi, *rendered: Object, expected: t.Iterable[str] = ()) -> Comparison:
    result = compare(connect(api.url, pauses=Pauses()), rendered, RELEASE, Expectation.parse(expected))
    assert api.writes() == []
    return result


def listed(result: Comparison) -> list[str]:
    return [f"{step.verb} {step.object}" for step in result.steps]


def test_a_release_that_is_what_its_chart_renders(api: FakeApi) -> None:
    settings = config_map("settings", a="1")
    api.put(revision(1, "deployed", settings))
    api.put(live(settings))
    result = compared(api, settings, config_map("job", annotations={"helm.sh/hook": "pre-install"}))
    assert (result.differs, result.steps, str(result.history.status)) == (False, [], "deployed")


def test_objects_are_in_the_namespace_of_the_release_unless_they_say_another(api: FakeApi) -> None:
    other = {**config_map("other"), "metadata": {"name": "other", "namespace": "kube-system"}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "role"}, "rules": []}
    result = compared(api, config_map("settings"), other, role, expected=["Namespace/kube-system"])
    assert listed(result) == ["create ConfigMap app/settings", "create ConfigMap kube-system/other", "create ClusterRole role"]
    assert [entry.pending for entry in result.pending] == ["an earlier step brings namespace kube-system"]


def test_the_last_deployed_revision_counts_not_the_last_one(api: FakeApi) -> None:
    old, new = config_map("settings", a="1"), config_map("settings", a="2")
    api.put(revision(9, "superseded", config_map("ancient")))
    api.put(revision(10, "deployed", old))
    api.put(revision(11, "pending-upgrade", new))
    api.put(live(old))
    assert (compared(api, old).steps, compared(api, old).differs) == ([], True)
    result = compared(api, new)
    assert listed(result) == ["patch ConfigMap app/settings"]
    assert (result.history.status, result.history.number) == ("pending-upgrade", 11)


def test_an_object_in_another_version_of_its_group_is_the_same_object(api: FakeApi) -> None:
    api.kinds["things.example/v1"] = {"Thing": ("things", True)}
    api.kinds["things.example/v2"] = {"Thing": ("things", True)}
    old: Object = {"apiVersion": "things.example/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {}}
    new = {**old, "apiVersion": "things.example/v2"}
    api.put(revision(1, "deployed", old))
    api.put(live(new))
    assert listed(compared(api, new)) == ["patch Thing app/one"]


def test_a_dropped_object_goes_unless_it_is_gone_or_to_be_kept(api: FakeApi) -> None:
    kept = config_map("kept", annotations={"helm.sh/resource-policy": "keep"})
    unserved: Object = {"apiVersion": "gone.example/v1", "kind": "Thing", "metadata": {"name": "one"}}
    api.put(revision(1, "deployed", config_map("dropped"), config_map("gone"), kept, unserved))
    api.put(live(config_map("dropped")))
    api.put(live(kept))
    assert listed(compared(api)) == ["delete ConfigMap app/dropped"]


def test_definitions_of_the_crds_directory_are_made_once_and_left_alone(api: FakeApi) -> None:
    assert listed(compared(api, definition())) == ["create CustomResourceDefinition things.things.example"]
    api.put(definition(scope="Cluster"))
    api.put(revision(1, "deployed"))
    assert not compared(api, definition()).differs
    api.put(revision(1, "deployed", definition()))
    assert listed(compared(api, definition(versions=[{"name": "v2"}]))) == ["patch CustomResourceDefinition things.things.example"]


def test_what_the_chart_itself_brings_is_pending(api: FakeApi) -> None:
    thing: Object = {"apiVersion": "things.example/v1", "kind": "Thing", "metadata": {"name": "one"}}
    result = compared(api, definition(), thing)
    assert [entry.pending for entry in result.pending] == ["the same call brings its CRD"]
    with pytest.raises(L5dError, match="does not serve this kind"):
        compared(api, thing)


def test_what_cannot_be_written_back_differs(api: FakeApi) -> None:
    settings = config_map("settings", a="1")
    api.put(revision(1, "deployed", settings))
    api.put(live(settings))
    api.faults.append(Fault(status=422, method="PATCH", message="field is immutable", times=2))
    result = compared(api, settings)
    assert listed(result) == ["patch ConfigMap app/settings"]
    assert "field is immutable" in result.steps[0].why


def test_what_helm_would_not_put_back_is_no_difference_but_said(api: FakeApi) -> None:
    api.kinds["things.example/v1"] = {"Thing": ("things", True)}
    thing: Object = {"apiVersion": "things.example/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {"size": 1}}
    settings = config_map("settings", a="1")
    api.put(revision(1, "deployed", thing, settings))
    api.put(live({**thing, "spec": {"size": 2}}))
    api.put(live(config_map("settings", a="2")))
    result = compared(api, thing, settings)
    assert [str(ref) for ref in result.drifted] == ["Thing app/one"]
    assert listed(result) == ["patch ConfigMap app/settings"]
    assert listed(compared(api, {**thing, "spec": {"size": 3}}, settings))[0] == "patch Thing app/one"


def test_missing_rights_are_no_difference(api: FakeApi) -> None:
    settings = config_map("settings", a="1")
    api.put(live(settings))
    api.faults.append(Fault(status=403, method="PATCH", message='User "x" cannot patch resource "configmaps"'))
    with pytest.raises(ClusterError, match="cannot patch"):
        compared(api, settings)


# -------------------------------------------------------------------- what Helm remembers


def test_revisions_are_read_with_and_without_compression(api: FakeApi) -> None:
    cluster = connect(api.url)
    for compress in (True, False):
        api.put(revision(1, "deployed", config_map("a"), config_map("b"), compress=compress))
        current = helm.history(cluster, RELEASE).current
        assert current is not None
        assert [obj["metadata"]["name"] for obj in helm.manifest(cluster, current)] == ["a", "b"]
        assert helm.chart_of(cluster, current) == {"name": "web", "version": "1.2.3", "appVersion": "9"}


def test_a_record_that_helm_did_not_write_is_named_and_not_shown(api: FakeApi) -> None:
    broken = revision(1, "deployed")
    broken["data"]["release"] = base64.b64encode(b"hunter2").decode()
    api.put(broken)
    with pytest.raises(ClusterError, match=r"Secret app/sh\.helm\.release\.v1\.web\.v1: is no release") as caught:
        compared(api)
    assert "hunter2" not in str(caught.value)


def test_the_data_of_releases_is_not_kept_in_memory(api: FakeApi) -> None:
    api.put(revision(1, "deployed"))
    assert "data" not in helm.history(connect(api.url), RELEASE).revisions[0].secret


def repair(api: FakeApi, *, stale_after: float = 120, check: bool = False) -> tuple[list[str], Pauses]:
    pauses = Pauses()
    steps = helm.repair(connect(api.url, pauses=pauses), RELEASE, stale_after=stale_after, check_mode=check, now=NOW)
    return [f"{step.verb} {step.object}" for step in steps], pauses


DELETED = ["delete Secret app/sh.helm.release.v1.web.v2"]


@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_an_old_pending_revision_is_forgotten_at_once(api: FakeApi, status: str) -> None:
    api.put(revision(1, "deployed"))
    api.put(revision(2, status))
    assert repair(api, check=True) == (DELETED, [])
    assert api.writes() == []
    assert repair(api) == (DELETED, [])
    assert api.live("Secret", "sh.helm.release.v1.web.v2", "app") is None
    assert api.live("Secret", "sh.helm.release.v1.web.v1", "app")


@pytest.mark.parametrize("status", ["deployed", "failed", "uninstalling"])
def test_what_is_not_pending_is_left_alone(api: FakeApi, status: str) -> None:
    assert repair(api) == ([], [])
    api.put(revision(1, "pending-install"))
    api.put(revision(2, status))
    assert repair(api) == ([], [])


def test_a_young_pending_revision_is_given_time(api: FakeApi) -> None:
    api.put(revision(2, "pending-install", age=100))
    deleted, pauses = repair(api)
    assert deleted == DELETED
    assert 18 <= sum(pauses) <= 20


def test_a_clock_that_is_wrong_does_not_make_it_wait_for_longer(api: FakeApi) -> None:
    api.put(revision(2, "pending-install", age=-9000))
    assert sum(repair(api, stale_after=5)[1]) <= 5


def test_a_helm_that_finishes_meanwhile_needs_no_repair(api: FakeApi) -> None:
    api.put(revision(2, "pending-install", age=0))
    pauses = Pauses()
    cluster = connect(api.url, pauses=pauses)

    def finish(seconds: float) -> None:
        pauses.append(seconds)
        api.put(revision(2, "deployed", age=0))

    cluster._sleep = finish
    assert helm.repair(cluster, RELEASE, stale_after=60, check_mode=False, now=NOW) == []
    assert api.writes() == []
