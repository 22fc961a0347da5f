# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody who may do no more than the page on RBAC grants."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.transport import Request
from tests.integration.ingress_lab import Lab, Object, Ref, connect

PAGE = Path(__file__).resolve().parents[2] / "docs/docsite/rst/rbac.rst"
RBAC = "rbac.authorization.k8s.io/v1"
USER = "system:serviceaccount:default:player"
PATIENCE = 60


def documented(name: str) -> Object:
    """The role of this name on the page on RBAC."""
    _words, *blocks = PAGE.read_text(encoding="utf-8").split(".. code-block:: yaml\n")
    indented = ["".join(line for line in block.splitlines(keepends=True) if line.startswith("  ")) for block in blocks]
    found: dict[str, Object] = {role["metadata"]["name"]: role for role in (yaml.safe_load(textwrap.dedent(text)) for text in indented)}
    return found[name]


def roles() -> tuple[Object, Object]:
    """Of the ingress modules: to read, and to write."""
    return documented("pimesh-linkerd-ingress-audit"), documented("pimesh-linkerd-ingress")


class Account:
    """A ServiceAccount with some rules, and the options with which a module is it."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab = lab
        meta = {"name": "player", "namespace": "default"}
        lab.admin.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        config = yaml.safe_load(lab.kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]
        self.options: Object = {"kubeconfig": None, "host": config["server"], "api_key": self._token(), **authority_of(config, directory)}

    def gone(self) -> None:
        """Take the rules away again."""
        for kind in ("ClusterRoleBinding", "ClusterRole"):
            self.lab.admin.delete(Ref(RBAC, kind, "player"))

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
