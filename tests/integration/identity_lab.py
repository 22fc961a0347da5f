# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox with the real cert-manager and trust-manager, and the role linkerd_identity run on it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from tests.integration.ingress_lab import Lab
from tests.integration.site_runs import Run, host_variables, inventory, play

if t.TYPE_CHECKING:
    from sandbox.cluster import Sandbox
    from tests.integration.ingress_lab import Object

ROLE = "pimesh.linkerd.linkerd_identity"
CONNECTION = {
    "group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"},
    "kubernetes.core.helm": {"kubeconfig": "{{ linkerd_kubeconfig }}", "binary_path": "{{ linkerd_helm_binary }}"},
    "pimesh.linkerd.l5d_apply": {"binary_path": "{{ linkerd_helm_binary }}"},
    "kubernetes.core.helm_template": {"binary_path": "{{ linkerd_helm_binary }}"},
}


class IdentityLab(Lab):
    """Somebody's own playbook with the role, on a cluster whose managers came with Helm alone."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        super().__init__(sandbox)
        self.home = home
        self.inventory = inventory(home, {"pi": host_variables(sandbox)})

    def install_managers(self) -> None:
        for chart, values in (("cert-manager", {"crds": {"enabled": True}}), ("trust-manager", {"defaultPackage": {"enabled": False}})):
            install = ("upgrade", "--install", "--namespace", "cert-manager", "--create-namespace", "--wait")
            self.helm(*install, chart, str(self.charts / chart), values=values)

    def role(self, *arguments: str, tasks: str = "main", role: str = ROLE, **variables: t.Any) -> Run:
        """The role, or one of its task files, from a foreign playbook."""
        prefix = role.rpartition(".")[2]
        given = {f"{prefix}_{name}": value for name, value in variables.items()}
        task = {"ansible.builtin.include_role": {"name": role, "tasks_from": tasks}, "vars": given}
        path = self.home / "play.yml"
        play_ = {"hosts": "all", "gather_facts": False, "module_defaults": CONNECTION, "tasks": [task]}
        path.write_text(yaml.safe_dump([play_]), encoding="utf-8")
        return play(self.home, str(path), "-i", self.inventory, *arguments)

    def secret(self, namespace: str, name: str) -> Object:
        return self.get("v1", "Secret", namespace, name)

    def names(self, api_version: str, kind: str, namespace: str = "") -> set[str]:
        return {obj["metadata"]["name"] for obj in self.all(api_version, kind, namespace)}
