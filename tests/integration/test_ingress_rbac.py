# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules in the page on RBAC are enough, and one that is missing is one clear error."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration import contents
from tests.integration.accounts import USER, Account, roles
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object


@pytest.fixture
def account(few: Lab, tmp_path: Path) -> t.Iterator[Account]:
    before = contents.of(few)
    account = Account(few, tmp_path)
    yield account
    few.done(state="absent")
    assert contents.differing(before, contents.of(few)) == []
    account.gone()


def test_the_documented_rules_are_enough(few: Lab, account: Account) -> None:
    account.may(*roles())
    since = len(few.sandbox.audit())
    for options in ({"strategy": "header"}, {"strategy": "cluster_ip"}):
        few.done(MESH, check=True, **options, **account.options)
        assert few.done(MESH, **options, **account.options)["changed"]
        assert not few.done(POLICY, **options, **account.options)["changed"]
    assert few.done(MESH, state="absent", **account.options)["changed"]
    assert few.writes(since, USER)


def test_the_reading_rules_are_enough_for_an_audit_and_a_rendering(few: Lab, account: Account) -> None:
    few.done(strategy="header")
    account.may(roles()[0])
    since = len(few.sandbox.audit())
    assert few.done(MESH, state="audit", **account.options)["verdicts"]
    assert few.done(MESH, strategy="header", **account.options)["steps"] == []
    assert few.done(MESH, state="rendered", strategy="cluster_ip", **account.options)["manifests"]
    refused = few.run(MESH, strategy="cluster_ip", **account.options)
    assert_forbidden(refused, "patch", "services")
    assert few.writes(since, USER) == []


def assert_forbidden(result: Object, verb: str, resource: str) -> None:
    assert result["failed"]
    assert result["failure"]["code"] == "forbidden"
    assert USER in result["msg"]
    assert f'cannot {verb} resource "{resource}"' in result["msg"]


def test_what_only_serves_foresight_may_be_left_out(few: Lab, account: Account) -> None:
    reading, writing = roles()
    foresight = {"networkpolicies", "jobs", "cronjobs"}
    rules = [{**rule, "resources": [name for name in rule["resources"] if name not in foresight]} for rule in reading["rules"]]
    for rule in rules:
        if {"namespaces", "configmaps"} & set(rule["resources"]):
            rule["verbs"] = ["get"]
    account.may({"rules": [rule for rule in rules if rule["resources"]]}, writing)
    for options in ({"state": "audit"}, {"strategy": "header"}):
        reasons = {
            f["reason"].rpartition(" ")[2] for f in few.done(MESH, **options, **account.options)["findings"] if f["code"] == "L5D113"
        }
        assert reasons == {"NetworkPolicies", "Namespaces", "ConfigMaps"}


@pytest.mark.parametrize("resource", ["services", "pods", "mutatingwebhookconfigurations", "helmchartconfigs"])
def test_a_missing_rule_for_reading_is_one_clear_error_before_anything_is_written(few: Lab, account: Account, resource: str) -> None:
    reading, writing = roles()
    short = [{**rule, "resources": [name for name in rule["resources"] if name != resource]} for rule in reading["rules"]]
    account.may({"rules": [rule for rule in short if rule["resources"]]}, writing)
    since = len(few.sandbox.audit())
    result = few.run(MESH, strategy="header", **account.options)
    assert_forbidden(result, "list", resource)
    assert "ClusterRole" in result["failure"]["remedy"]
    assert few.writes(since, USER) == []
