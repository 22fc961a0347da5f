# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run playbooks the way users do, and look at what they reported and at what they wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes.client import ApisApi, CoreV1Api, CustomObjectsApi

from sandbox import api

if t.TYPE_CHECKING:
    from sandbox.audit import WriteEvent
    from sandbox.cluster import Sandbox

OWNER = "homelab-owner"
BUILD = Path(__file__).resolve().parents[2] / ".build"
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"
SECONDS = 900
CONTROLLERS = frozenset({"assert", "debug", "fail", "include_role", "include_tasks", "set_fact", "validate_argument_spec"})
"""Actions that Ansible carries out by itself."""

Write = tuple[str, str, str, str]
"""verb, kind, namespace, name."""


@dataclass(frozen=True)
class Run:
    """A playbook's end: its exit code, and every task's result per host."""

    code: int
    report: dict[str, t.Any]
    text: str

    @property
    def changed(self) -> int:
        return sum(host["changed"] for host in self.report["stats"].values())

    def tasks(self) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        """Name and result of every task on every host."""
        for play in self.report["plays"]:
            for task in play["tasks"]:
                for result in task["hosts"].values():
                    yield task["task"]["name"], result

    def starts(self) -> list[str]:
        """The tasks that started a module, once for each time: that is most of what a run without changes does."""
        return [
            name
            for name, result in self.tasks()
            for entry in result.get("results", [result])
            if not result.get("skipped") and result["action"].removeprefix("ansible.builtin.") not in CONTROLLERS
        ]

    @property
    def changed_tasks(self) -> list[str]:
        return [name for name, result in self.tasks() if result.get("changed")]

    @property
    def messages(self) -> str:
        """What went wrong, for an assertion about it."""
        return "\n".join(str(result.get("msg", "")) for _name, result in self.tasks() if result.get("failed")) + self.text

    def steps(self) -> list[Write]:
        """Every step that a module of ours listed."""
        found = [step for _name, result in self.tasks() for step in result.get("steps", [])]
        return [(step["verb"], step["kind"], step.get("namespace", ""), step["name"]) for step in found]


def environment(directory: Path) -> dict[str, str]:
    """Of an ordinary user, with a home of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_", "HELM_", "KUBECONFIG"))}
    return {
        **kept,
        "HOME": str(directory),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "ansible/tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_NOCOWS": "1",
    }


def start(directory: Path, playbook: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Begin a run; ``finish`` waits for its end."""
    return subprocess.Popen(
        [str(PLAYBOOK), playbook, *arguments],
        cwd=directory,
        env={**environment(directory), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Run:
    """The run's end. One that takes too long is ended."""
    try:
        output, errors = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        raise
    begin = output.find("{\n")
    report = json.loads(output[begin : output.rindex("}") + 1]) if begin >= 0 else {"plays": [], "stats": {}}
    return Run(process.returncode, report, output[: max(begin, 0)] + errors)


def play(directory: Path, playbook: str, *arguments: str, **variables: str) -> Run:
    """Run a playbook to its end."""
    return finish(start(directory, playbook, *arguments, **variables))


def inventory(directory: Path, hosts: dict[str, dict[str, t.Any]], group: str = "linkerd_clusters") -> str:
    """Write an inventory and say where it is."""
    path = directory / "inventory.yml"
    path.write_text(yaml.safe_dump({group: {"hosts": hosts}}), encoding="utf-8")
    return str(path)


def host_variables(sandbox: Sandbox) -> dict[str, t.Any]:
    """What the sandbox's own inventory says about its cluster."""
    written = yaml.safe_load((sandbox.directory / "inventory.yml").read_text(encoding="utf-8"))
    (variables,) = written["linkerd_clusters"]["hosts"].values()
    return t.cast(dict[str, t.Any], variables)


def writes(sandbox: Sandbox, since: int = 0) -> list[Write]:
    """What the cluster's owner really changed, in the order of the answers."""
    kinds = Kinds(sandbox)
    events = [event for event in sandbox.audit()[since:] if event.user == OWNER and event.succeeded and not event.dry_run]
    return [
        (verb_of(event), kinds.kind_of(event), event.namespace if kinds.namespaced(event) else "", event.name)
        for event in events
        if not event.subresource
    ]


def verb_of(event: WriteEvent) -> str:
    """In the words of a plan: an apply that answers 201 made the object."""
    if event.verb == "patch":
        return "create" if event.code == 201 else "patch"
    return event.verb


class Kinds:
    """The audit log names resources, people name kinds."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}
        with api.connect(sandbox.kubeconfig) as client:
            self._add("", CoreV1Api(client).get_api_resources().resources)
            for group in ApisApi(client).get_api_versions().groups:
                for version in group.versions:
                    found = CustomObjectsApi(client).get_api_resources(group.name, version.version)
                    self._add(group.name, found.resources)

    def _add(self, group: str, resources: t.Iterable[t.Any]) -> None:
        for resource in resources:
            if "/" not in resource.name:
                self._kinds[group, resource.name] = (resource.kind, resource.namespaced)

    def kind_of(self, event: WriteEvent) -> str:
        return self._kinds[event.api_group, event.resource][0]

    def namespaced(self, event: WriteEvent) -> bool:
        return self._kinds[event.api_group, event.resource][1]
