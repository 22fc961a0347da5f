# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of k3s, each a directory with the files that a person edits there.

``servers/NAME/etc/rancher/k3s/`` holds ``config.yaml`` and ``config.yaml.d/*.yaml``, ``servers/NAME/manifests``
whatever k3s shall apply, and ``servers/NAME/restart`` restarts that server when it is touched.

What a start of k3s does (its configfilearg, nodeconfig and deploy packages), and this does alike:

- Files are read in the order of their names. The last one that has a key counts; ``key+`` adds to a list instead, and
  a later plain ``key`` drops what was added.
- The arguments that come of it are written down at the Node (``k3s.io/node-args``).
- With ``disable: [traefik]`` what the packaged ``traefik.yaml`` brought is deleted, and so is its Addon. Without, that
  file is applied; fields and annotations that others added stay.
- Every manifest is applied, at the start and whenever the file changes, and its objects get k3s' marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sandbox.rest import Object, Rest

if TYPE_CHECKING:
    from sandbox.context import Cluster

PACKAGED = Path(__file__).parent.parent / "homelab" / "k3s" / "30-traefik.yaml"
NODE_ARGUMENTS = "k3s.io/node-args"
MANAGER = "deploy@pi-1"
OBJECTSET = "objectset.rio.cattle.io"


def root(state: Path) -> Path:
    return state / "servers"


def make(state: Path, name: str) -> Path:
    """The directory of one server, as its owner finds it."""
    directory = root(state) / name
    (directory / "etc/rancher/k3s/config.yaml.d").mkdir(parents=True, exist_ok=True)
    (directory / "manifests").mkdir(exist_ok=True)
    return directory


def configuration(directory: Path) -> Object:
    """What k3s makes of its files."""
    home = directory / "etc/rancher/k3s"
    found: Object = {}
    for file in [home / "config.yaml", *sorted((home / "config.yaml.d").glob("*.yaml"))]:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None
        for key, value in (content or {}).items():
            values = value if isinstance(value, list) else [value]
            adds = key.endswith("+")
            found[key.removesuffix("+")] = [*(found.get(key.removesuffix("+"), []) if adds else []), *values]
    return found


def arguments(directory: Path) -> list[str]:
    pairs = [[f"--{key}", str(value)] for key, values in configuration(directory).items() for value in values]
    return ["server", *(part for pair in pairs for part in pair)]


class Servers:
    """Follows the files of every server."""

    def __init__(self, rest: Rest, context: Cluster) -> None:
        self._rest, self._context = rest, context
        self._seen: dict[Path, int] = {file: self._stamp(file) for file in self._files()}

    def look(self) -> None:
        for directory in sorted(root(self._context.state).glob("*")):
            if self._touched(directory / "restart"):
                self._start(directory)
            for file in sorted((directory / "manifests").glob("*.yaml")):
                if self._touched(file):
                    self._deploy(file)

    def _files(self) -> list[Path]:
        return [*root(self._context.state).glob("*/restart"), *root(self._context.state).glob("*/manifests/*.yaml")]

    @staticmethod
    def _stamp(file: Path) -> int:
        return file.stat().st_mtime_ns if file.is_file() else 0

    def _touched(self, file: Path) -> bool:
        now = self._stamp(file)
        before, self._seen[file] = self._seen.get(file, 0), now
        return now not in (0, before)

    def _start(self, directory: Path) -> None:
        given = arguments(directory)
        self._context.log(f"k3s: {directory.name} starts with {' '.join(given)}")
        if "traefik" in configuration(directory).get("disable", []):
            self._withdraw()
        else:
            self._deploy(PACKAGED)
        for file in sorted((directory / "manifests").glob("*.yaml")):
            self._deploy(file)
        self._rest.merge(f"/api/v1/nodes/{directory.name}", {"metadata": {"annotations": {NODE_ARGUMENTS: json.dumps(given)}}})

    def _withdraw(self) -> None:
        addon = self._rest.get("/apis/k3s.cattle.io/v1/namespaces/kube-system/addons/traefik")
        if addon is None:
            return
        for obj in yaml.safe_load_all(PACKAGED.read_text(encoding="utf-8")):
            self._rest.delete(self._rest.path_of(obj))

    def _deploy(self, file: Path) -> None:
        for obj in filter(None, yaml.safe_load_all(file.read_text(encoding="utf-8"))):
            if file == PACKAGED:
                self._rest.apply(obj, MANAGER)
                continue
            meta = obj["metadata"]
            marks = {f"{OBJECTSET}/owner-gvk": "k3s.cattle.io/v1, Kind=Addon", f"{OBJECTSET}/owner-name": file.name.partition(".")[0]}
            marked = {**obj, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), **marks}}}
            self._rest.apply(marked, MANAGER)
        self._context.log(f"k3s: applied {file.name}")
