# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules in the page on RBAC are enough, and one that is missing is one clear error."""

from __future__ import annotations

import base64
import textwrap
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.transport import Request
from tests.integration import contents
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref, connect

PAGE = Path(__file__).resolve().parents[2] / "docs/docsite/rst/rbac.rst"
RBAC = "rbac.authorization.k8s.io/v1"
USER = "system:serviceaccount:default:player"
PATIENCE = 60


def roles() -> tuple[Object, Object]:
    """To read, and to write, as documented."""
    _words, *blocks = PAGE.read_text(encoding="utf-8").split(".. code-block:: yaml\n")
    indented = ["".join(line for line in block.splitlines(keepends=True) if line.startswith("  ")) for block in blocks]
    reading, writing = (yaml.safe_load(textwrap.dedent(text)) for text in indented)
    return reading, writing


class Account:
    """A ServiceAccount with some rules, and the options with which a module is it."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab = lab
        meta = {"name": "player", "namespace": "default"}
        lab.admin.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        config = yaml.safe_load(lab.kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
        self.options: Object = {"kubeconfig": None, "host": config["server"], "api_key": self._token(), **authority_of(config, directory)}

    def _token(self) -> str:
        path = "/api/v1/namespaces/default/serviceaccounts/player/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        answer = self.lab.admin._transport.send(Request("create", "token", "POST", path, {}, body))
        return str(answer["status"]["token"])

    def may(self, *granted: Object) -> None:
        """Exactly this, and wait until the API knows."""
        rules = [rule for role in granted for rule in role["rules"]]
        self.lab.admin.apply({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": "player"}, "rules": rules})
        subjects = [{"kind": "ServiceAccount", "name": "player", "namespace": "default"}]
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "player"}
        meta = {"name": "player"}
        self.lab.admin.apply(
            {"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": meta, "roleRef": reference, "subjects": subjects}
        )
        self.lab.until(lambda: self._known() == granted_of(rules), "the rules are in force", PATIENCE)

    def _known(self) -> set[tuple[str, str, str]]:
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": "default"}}
        mine = connect(**self.options)
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        rules = mine._transport.send(Request("create", "review", "POST", path, {}, body))["status"]["resourceRules"]
        return {entry for entry in granted_of(rules) if not entry[0].startswith(("authorization.", "authentication."))}


def granted_of(rules: list[Object]) -> set[tuple[str, str, str]]:
    return {(g, r, v) for rule in rules for g in rule["apiGroups"] for r in rule["resources"] for v in rule["verbs"]}


def authority_of(config: Object, directory: Path) -> Object:
    if "certificate-authority" in config:
        return {"ca_cert": config["certificate-authority"]}
    path = directory / "ca.crt"
    path.write_bytes(base64.b64decode(config["certificate-authority-data"]))
    return {"ca_cert": str(path)}


@pytest.fixture
def account(few: Lab, tmp_path: Path) -> t.Iterator[Account]:
    before = contents.of(few)
    yield Account(few, tmp_path)
    few.done(state="absent")
    assert contents.differing(before, contents.of(few)) == []
    for ref in (Ref(RBAC, "ClusterRoleBinding", "player"), Ref(RBAC, "ClusterRole", "player")):
        few.admin.delete(ref)


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
