# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the module's options to files.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ..errors import InputError
from ..rendering.directory import Directory
from ..rendering.render import Rendering
from ..rendering.run import result, write
from . import argocd, flux
from .parts import Step, steps
from .place import Place, label

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

    from ..model import Object

AUTHOR = "l5d_gitops"
NAMESPACES = {"argocd": "argocd", "flux": "flux-system"}
OPTIONS: dict[str, dict[str, t.Any]] = {
    "tool": {"type": "str", "choices": list(NAMESPACES), "required": True},
    "root": {"type": "path", "required": True},
    "parts": {"type": "list", "elements": "str", "required": True},
    "cluster": {"type": "str", "required": True},
    "repository": {"type": "str"},
    "source": {"type": "str", "default": "flux-system"},
    "revision": {"type": "str", "default": "HEAD"},
    "path": {"type": "str", "default": ""},
    "namespace": {"type": "str"},
    "server": {"type": "str", "default": "https://kubernetes.default.svc"},
}
CONSTRAINTS: dict[str, t.Any] = {"required_if": [("tool", "argocd", ["repository"])]}


def lay_out(module: AnsibleModule) -> Object:
    """Files beside those of the roles: one directory named like the tool, and for Flux one more in it for each chart."""
    place, root = _place(module.params), Path(module.params["root"])
    found = steps(root, module.params["parts"])
    kept = [step for step in found if not step.local]
    withheld = [_withheld(step) for step in found if step.local]
    tool = module.params["tool"]
    top = argocd.objects(kept, place) if tool == "argocd" else flux.objects(kept, place)
    inner = flux.directories(kept, place) if tool == "flux" else {}
    dest = root / tool
    gone: dict[str, list[Object]] = {path.name: [] for path in sorted(dest.glob("*/")) if path.name not in inner} if dest.is_dir() else {}
    outcomes = [_write(module, dest, Rendering(own=top, withheld=withheld))]
    outcomes += [_write(module, dest / name, Rendering(own=objects)) for name, objects in {**gone, **inner}.items()]
    outcome: Object = {
        # A first rendering in check mode has no files yet to look at.
        "changed": any(part["changed"] for part in outcomes) or (module.check_mode and not found),
        "order": [step.name for step in kept],
        "files": [name for part in outcomes for name in part["files"]],
        "manifests": [*top, *(obj for objects in inner.values() for obj in objects)],
        "withheld": withheld,
    }
    if module._diff:  # noqa: SLF001 - the documented way for a module to learn of --diff
        outcome["diff"] = [entry for part in outcomes for entry in part["diff"]]
    return outcome


def _write(module: AnsibleModule, dest: Path, rendering: Rendering) -> Object:
    result(rendering)  # refuses private keys
    return write(module, rendering, Directory(str(dest), AUTHOR))


def _withheld(step: Step) -> Object:
    chart = step.chart or {}
    reason = f"its chart {chart.get('chart')} is a path on the machine that rendered; give the role a repository or an oci:// reference"
    return {"apiVersion": "", "kind": "Helm release", "namespace": str(chart.get("namespace", "")), "name": step.name, "reason": reason}


def _place(params: t.Mapping[str, t.Any]) -> Place:
    path = str(params["path"]).strip("/").removeprefix("./")
    if ".." in path.split("/"):
        raise InputError("path", f"{params['path']!r} leaves the repository", "Give the path from the top of the repository.")
    if not label(params["cluster"]):
        raise InputError("cluster", f"{params['cluster']!r} holds no letter or digit", "Give a name like pi.")
    if re.search(r"://[^/@\s]*:[^/@\s]*@", params["repository"] or ""):
        raise InputError("repository", "it holds a password", "Give the address alone; Argo CD keeps credentials in a Secret of its own.")
    return Place(
        cluster=params["cluster"],
        repository=params["repository"] or "",
        source=params["source"],
        revision=params["revision"],
        path="" if path == "." else path,
        layout=params["tool"],
        namespace=params["namespace"] or NAMESPACES[params["tool"]],
        server=params["server"],
    )
