# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on a fresh sandbox: site.yml twice, then what was found, changed and proven. Fails when a promise is not kept."""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import textwrap
import time
import typing as t
from pathlib import Path

from sandbox.cluster import Sandbox
from sandbox.errors import SandboxError
from tools.build_copy import ROOT

BIN = Path(sys.executable).parent
SITE = "pimesh.linkerd.site"
AUDIT = "pimesh.linkerd.audit"
GROUP = "linkerd_clusters"
OWNER = "homelab-owner"
TIMEOUT = 1800
TIMES = {
    "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
    "PROFILE_TASKS_SUMMARY_ONLY": "true",
    "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "8",
}
"""The tasks that took longest, below the recap."""
RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def headline(text: str) -> None:
    """A line that stands out of ansible's output."""
    print(f"\n=== {text}\n", flush=True)


def play(inventory: Path, *, again: bool) -> int:
    """Run site.yml with its output shown, skipped tasks left out; the second time only what is notable, and where the time goes.

    Returns the number of changed tasks.
    """
    command = [str(BIN / "ansible-playbook"), "-i", str(inventory), SITE]
    shown = {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0", "ANSIBLE_DISPLAY_OK_HOSTS": str(int(not again)), **(TIMES if again else {})}
    lines = []
    with subprocess.Popen(command, env={**os.environ, **shown}, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode != 0:
        raise SystemExit(f"demo: {SITE} failed (exit {process.returncode}); the sandbox is left as it is, to look at")
    return sum(int(match[2]) for match in RECAP.finditer("".join(lines)))


def ask(inventory: Path, kubeconfig: Path, module: str, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result of one module that changes nothing."""
    command = [str(BIN / "ansible"), GROUP, "-i", str(inventory), "-m", module, *(["-a", json.dumps(arguments)] if arguments else [])]
    settings = {
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "K8S_AUTH_KUBECONFIG": str(kubeconfig),
    }
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    try:
        answer = json.loads(done.stdout)["plays"][0]["tasks"][0]["hosts"]
    except (ValueError, LookupError) as error:
        raise SystemExit(f"demo: {module} gave no answer:\n{done.stdout}{done.stderr}") from error
    (result,) = answer.values()
    if result.get("failed"):
        raise SystemExit(f"demo: {module} failed: {result.get('msg')}")
    return t.cast(dict[str, t.Any], result)


def report(inventory: Path, directory: Path) -> Path:
    """The page that the playbook audit writes."""
    command = [str(BIN / "ansible-playbook"), "-i", str(inventory), AUDIT, "-e", json.dumps({"audit_dest": str(directory)})]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    if done.returncode != 0:
        raise SystemExit(f"demo: {AUDIT} failed (exit {done.returncode}):\n{done.stdout}{done.stderr}")
    return next(directory.glob("*.html"))


def containers(inventory: Path, kubeconfig: Path, workload: str) -> list[str]:
    """The containers of the controller's pods, sidecars included."""
    namespace, _, name = workload.rsplit(maxsplit=1)[-1].partition("/")
    arguments = {"kind": "Pod", "namespace": namespace, "label_selectors": [f"app.kubernetes.io/name={name}"]}
    pods = ask(inventory, kubeconfig, "kubernetes.core.k8s_info", arguments)["resources"]
    return sorted(
        {container["name"] for pod in pods for part in ("initContainers", "containers") for container in pod["spec"].get(part, [])}
    )


def written(sandbox: Sandbox, since: int) -> dict[str, int]:
    """How many objects of each kind were written with the owner's credentials, from the API's own audit log."""
    objects = {
        (event.resource, event.namespace, event.name)
        for event in sandbox.audit()[since:]
        if event.user == OWNER and event.succeeded and not event.dry_run and not event.subresource
    }
    return dict(sorted(collections.Counter(resource for resource, _, _ in objects).items()))


def named(reference: dict[str, str]) -> str:
    """Kind namespace/name."""
    return f"{reference['kind']} {reference['namespace']}/{reference['name']}"


def table(verdicts: list[dict[str, t.Any]]) -> str:
    """One line for each backend of each route."""
    rows = [(named(verdict["object"]), verdict["rule"], verdict["backend"], verdict["verdict"]) for verdict in verdicts]
    widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
    return "\n".join("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in sorted(rows))


def counted(counts: dict[str, int]) -> str:
    """3 of this, 4 of that."""
    return ", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing"


def section(title: str, text: str) -> None:
    """A titled paragraph of the summary."""
    print(textwrap.fill(text, 110, initial_indent=f"{title:10}", subsequent_indent=" " * 10))


def viz_of(mesh: dict[str, t.Any]) -> str:
    """What there is of viz, once the API server reaches its tap; empty where it does not."""
    out_of_reach = [finding for finding in mesh["findings"] if finding["code"] == "L5D175"]
    ends = [f"viz {viz['version']} runs in {viz['namespace']}, tap answers, metrics from {viz['prometheus_url']}" for viz in mesh["viz"]]
    return "" if out_of_reach else "; ".join(ends)


def broken_promises(audit: dict[str, t.Any], names: list[str], viz: str, changed_again: int) -> list[str]:
    """What the demo should have proven and did not."""
    unsafe = [named(verdict["object"]) for verdict in audit["verdicts"] if not verdict["safe"]]
    return [
        *(["no route was found"] if not audit["verdicts"] else []),
        *(["Traefik's pod has no linkerd-proxy"] if "linkerd-proxy" not in names else []),
        *([] if viz else ["viz is not there, or its tap does not answer"]),
        *([f"routes that are not safe: {', '.join(unsafe)}"] if unsafe else []),
        *([f"the second run changed {changed_again} task(s)"] if changed_again else []),
    ]


def lost_spans(tracing: dict[str, t.Any]) -> list[str]:
    """What keeps the mesh's traces from arriving."""
    if not tracing["collector"]:
        return ["the proxies export their spans nowhere"]
    return [f"{finding['code']}: {finding['reason']}" for finding in tracing["findings"] if finding["severity"] in ("error", "critical")]


def main() -> None:
    """Sandbox, site.yml, site.yml again, summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="demo", help="name of the sandbox")
    name = parser.parse_args().name
    started = time.monotonic()
    sandbox = Sandbox(name, report=lambda message: print(f"sandbox: {message}", file=sys.stderr, flush=True))
    try:
        sandbox.down()
        sandbox.up()
    except SandboxError as error:
        raise SystemExit(f"sandbox: {error}") from error
    inventory, kubeconfig = sandbox.directory / "inventory.yml", sandbox.kubeconfig
    before = ask(inventory, kubeconfig, "pimesh.linkerd.l5d_ingress_mesh", {"state": "audit"})
    since = len(sandbox.audit())

    headline(f"ansible-playbook -i {inventory.relative_to(ROOT)} {SITE}")
    changed = play(inventory, again=False)
    objects = written(sandbox, since)
    headline("the same again: a second run has to change nothing; the tasks that took longest come last")
    changed_again = play(inventory, again=True)

    audit = ask(inventory, kubeconfig, "pimesh.linkerd.l5d_ingress_mesh", {"state": "audit"})
    tracing = ask(inventory, kubeconfig, "pimesh.linkerd.l5d_tracing_info", {})
    controller = audit["controller"]
    viz = viz_of(ask(inventory, kubeconfig, "pimesh.linkerd.l5d_mesh_info", {"parts": ["viz"]}))
    names = containers(inventory, kubeconfig, controller["workload"])
    headline("what was found, changed and proven")
    section("Found", f"{controller['name']} {controller['version']}, {controller['workload']}, proxy mode {before['controller']['mode']}")
    section("", f"{before['summary']['routes']} routes, their backends: {counted(before['summary']['verdicts'])}")
    section("Changed", f"{changed} tasks; objects written: {counted(objects)}")
    section("Proven", f"the pod runs {', '.join(names)}; proxy mode {controller['mode']}")
    section("", viz)
    section("", f"the second run changed {changed_again} tasks")
    if tracing["collector"]:
        section("", "traces go to {endpoint}, which is meshed as {service_account}.{namespace}".format(**tracing["collector"]))
    section("", f"{audit['summary']['routes']} routes, their backends: {counted(audit['summary']['verdicts'])}")
    print(f"\n{table(audit['verdicts'])}\n")
    for finding in audit["findings"]:
        print(f"  {finding['code']} {finding['severity']}: {named(finding['object'])}: {finding['reason']}")
    print(f"\nThe same and more as a page: {report(inventory, sandbox.directory / 'audit').relative_to(ROOT)}")
    print(f"The cluster still runs: KUBECONFIG={kubeconfig.relative_to(ROOT)}; make sandbox-down NAME={name} ends it.")
    broken = broken_promises(audit, names, viz, changed_again) + lost_spans(tracing)
    if broken:
        raise SystemExit("demo: FAILED: " + "; ".join(broken))
    print(f"demo: all promises kept, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
