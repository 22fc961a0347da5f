# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.diff import plan_diff
from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import LAST_APPLIED
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Phase, Ref, Step


def obj(kind: str, name: str, **content: object) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "app", "resourceVersion": "7", "uid": "u"}, **content}


def step(before: Object | None, after: Object | None, phase: Phase = Phase.OBJECTS) -> Step:
    return Step(phase, Ref.of(before or after or {}), lambda _live: after, "a test", before=before, after=after)


def test_only_what_changes_is_shown_in_the_order_of_the_plan() -> None:
    diff = plan_diff(
        [
            step(None, obj("Service", "late"), Phase.REFERENCES),
            step(obj("ConfigMap", "old", data={"a": "1"}), None, Phase.PRUNE),
            step(obj("ConfigMap", "same", data={"a": "1"}), {**obj("ConfigMap", "same", data={"a": "1"}), "status": {"x": 1}}),
            step(obj("ConfigMap", "changed", data={"a": "1"}), obj("ConfigMap", "changed", data={"a": "2"})),
        ]
    )
    before, after = (list(yaml.safe_load_all(diff[side])) for side in ("before", "after"))
    assert [doc["metadata"]["name"] for doc in before] == ["changed", "old"]
    assert [doc["metadata"]["name"] for doc in after] == ["changed", "late"]
    assert "resourceVersion" not in diff["before"]
    assert "uid" not in diff["after"]


def test_nothing_changed_is_an_empty_diff() -> None:
    assert plan_diff([step(obj("ConfigMap", "same"), obj("ConfigMap", "same"))]) == {"before": "", "after": ""}


def test_an_object_that_is_written_twice_is_shown_once_from_its_first_state_to_its_last() -> None:
    first, between, last = (obj("ConfigMap", "two-steps", data={"a": value}) for value in "123")
    diff = plan_diff([step(between, last, Phase.UNREFERENCE), step(first, between, Phase.REFERENCES)])
    before, after = (list(yaml.safe_load_all(diff[side])) for side in ("before", "after"))
    assert [doc["data"] for doc in before] == [{"a": "1"}]
    assert [doc["data"] for doc in after] == [{"a": "3"}]


def test_secrets_are_masked_and_a_changed_one_is_seen() -> None:
    before = obj("Secret", "keys", data={"key": "aHVudGVyMg==", "same": "c2FtZQ=="})
    before["metadata"]["annotations"] = {LAST_APPLIED: '{"data":{"key":"aHVudGVyMg=="}}', "note": "kept"}
    diff = plan_diff(
        [step(before, obj("Secret", "keys", data={"key": "aHVudGVyMw==", "same": "c2FtZQ=="}, stringData={"more": "hunter4"}))]
    )
    text = diff["before"] + diff["after"]
    for secret in ("aHVudGVy", "hunter", "c2FtZQ"):
        assert secret not in text
    assert "note: kept" in text
    old, new = (yaml.safe_load(diff[side])["data"] for side in ("before", "after"))
    assert old["key"] != new["key"]
    assert old["same"] == new["same"]


def test_what_kubectl_remembers_is_left_out_everywhere() -> None:
    before = obj("ConfigMap", "settings", data={"a": "1"})
    before["metadata"]["annotations"] = {LAST_APPLIED: "{}"}
    assert "last-applied" not in plan_diff([step(before, None)])["before"]


def test_text_of_several_lines_is_shown_in_lines() -> None:
    text = "deployment:\n  replicas: 2   # as many as Pis\n"
    shown = plan_diff([step(None, obj("ConfigMap", "values", data={"values": text}))])["after"]
    assert "      replicas: 2   # as many as Pis\n" in shown
    assert yaml.safe_load(shown)["data"]["values"] == text
