# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's result for C(state=rendered), and the files where a directory is given.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Object, Ref
from .directory import Directory
from .render import Rendering, files, refuse_keys

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


_HELD_BACK = "a Secret does not belong into a repository; bring it by a secrets operator"


def open_directory(module: AnsibleModule, author: str) -> Directory | None:
    return Directory(module.params["dest"], author) if module.params["dest"] else None


def result(rendering: Rendering) -> Object:
    refuse_keys(rendering.values, f"release {rendering.release}")
    for obj in rendering.manifests:
        refuse_keys(obj, str(Ref.of(obj)), "the object")
    return {"manifests": rendering.manifests, "helm_values": rendering.values, "withheld": rendering.withheld}


def write(module: AnsibleModule, rendering: Rendering, directory: Directory | None) -> Object:
    """Nothing is written in check mode; the result is the same."""
    for entry in rendering.withheld:
        module.warn(f"{entry['kind']} {entry['namespace']}/{entry['name']} is not rendered: {entry['reason']}")
    if directory is None:
        return {"changed": False, "files": []}
    wanted = files(rendering, directory.author)
    changes = directory.changes(wanted)
    for name in directory.left_alone(wanted):
        module.warn(f"{directory.path / name} is not ours and stays as it is; name the files of this rendering in it yourself")
    if changes and not module.check_mode:
        directory.write(module, changes)
    outcome: Object = {"changed": bool(changes), "files": [str(directory.path / name) for name in wanted]}
    if module._diff:  # noqa: SLF001 - the documented way for a module to learn of --diff
        outcome["diff"] = [_diff(str(directory.path / name), *pair) for name, pair in changes.items()]
    return outcome


def without_secrets(objects: t.Iterable[Object]) -> tuple[list[Object], list[Object]]:
    """The objects that a repository may keep, and what is said about the Secrets."""
    kept: list[Object] = []
    withheld: list[Object] = []
    for obj in objects:
        if obj["kind"] == "Secret":
            withheld.append({**Ref.of(obj).to_dict(), "reason": _HELD_BACK})
        else:
            kept.append(obj)
    return kept, withheld


def _diff(path: str, before: str, after: str) -> Object:
    return {"before_header": path, "after_header": path, "before": before, "after": after}
