# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every generation of Traefik from plain manifests: check, create, repeat, change, remove, against a real API.

Simulated nodes run the pods; no such Traefik really starts here.
"""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import old_traefiks
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.module_runs import Result
from tests.integration.old_traefiks import NAMESPACE, OLD

HERE: Object = {"controller_ref": f"{NAMESPACE}/traefik"}
NEW = "traefik.io"


@pytest.fixture(scope="module")
def lab(few: Lab) -> t.Iterator[Lab]:
    few.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    old_traefiks.serve_old_group(few)
    yield few
    old_traefiks.forget(few)


def checked(lab: Lab, **options: t.Any) -> Result:
    """A run in check mode, that must not write."""
    before, events = old_traefiks.contents(lab), len(lab.sandbox.audit())
    result = lab.done(check=True, diff=True, **HERE, **options)
    assert lab.writes(events) == []
    assert old_traefiks.contents(lab) == before
    return result


def checked_then_done(lab: Lab, **options: t.Any) -> Result:
    foretold = checked(lab, **options)
    result = lab.done(diff=True, **HERE, **options)
    assert (result["steps"], result["diff"]) == (foretold["steps"], foretold["diff"])
    return result


def assert_settled(lab: Lab, **options: t.Any) -> None:
    for repeated in (lab.done(**HERE, **options), checked(lab, **options)):
        assert (repeated["changed"], repeated["steps"]) == (False, [])


@pytest.mark.parametrize(
    ("tag", "group", "strategy", "mode"),
    [
        ("v1.7", "", "header", "ingress"),
        ("v2.2.11", OLD, "header", "ingress"),
        ("v2.5", OLD, "header", "ingress"),
        ("v2.9", OLD, "header", "ingress"),
        ("v2.11", OLD, "cluster_ip", "enabled"),
        ("v2.11", NEW, "header", "ingress"),
        ("v2.11", NEW, "cluster_ip", "enabled"),
        ("v3.0", NEW, "cluster_ip", "enabled"),
        ("v3.0", NEW, "header", "ingress"),
        ("v3.7", NEW, "cluster_ip", "enabled"),
        ("v3.7", NEW, "header", "ingress"),
    ],
)
def test_create_repeat_change_remove(lab: Lab, tag: str, group: str, strategy: str, mode: str) -> None:
    old_traefiks.make(lab, tag, group)
    try:
        before = old_traefiks.contents(lab)
        created = checked_then_done(lab, strategy=strategy)
        assert (created["changed"], created["strategy"], created["controller"]["mode"]) == (True, strategy, mode)
        assert created["verdicts"]
        assert all(verdict["safe"] and verdict["verdict"] != "broken" for verdict in created["verdicts"])
        assert_settled(lab, strategy=strategy)
        assert lab.done(state="audit", **HERE)["verdicts"] == created["verdicts"]
        lab.admin.create(old_traefiks.ingress("later", "api"))
        changed = checked_then_done(lab, strategy=strategy)
        assert "later" in {verdict["object"]["name"] for verdict in changed["verdicts"]}
        assert_settled(lab, strategy=strategy)
        lab.admin.delete(Ref.of(old_traefiks.ingress("later", "api")))
        lab.done(strategy=strategy, **HERE)
        checked_then_done(lab, state="absent")
        assert old_traefiks.contents(lab) == before
        assert_settled(lab, state="absent")
    finally:
        lab.done(state="absent", **HERE)
        old_traefiks.remove(lab, tag, group)


@pytest.mark.parametrize(("tag", "group", "words"), [("v2.0", OLD, "upgrade to 2.2 or newer"), ("v1.7", "", "Traefik 1.7 has no strip")])
def test_what_no_header_can_make_safe_is_refused_before_anything_is_written(lab: Lab, tag: str, group: str, words: str) -> None:
    old_traefiks.make(lab, tag, group)
    several = old_traefiks.ingress("later", "web", "api")
    lab.admin.create(several)
    try:
        events = len(lab.sandbox.audit())
        refused = lab.run(**HERE)
        assert refused["failed"]
        assert words in refused["msg"]
        assert lab.writes(events) == []
    finally:
        lab.admin.delete(Ref.of(several))
        old_traefiks.remove(lab, tag, group)
