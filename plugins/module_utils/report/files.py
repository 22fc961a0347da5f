# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: their names, and how they get to where they belong. What is no report of ours is never overwritten.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import typing as t
from pathlib import Path

from ..errors import InputError
from .document import GENERATOR

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

INDEX = "index"
_MOST_CHARACTERS = 80


def base_names(clusters: t.Sequence[str]) -> dict[str, str]:
    """A file name for each cluster, without its ending; another one for names that no file can have, or that differ in case alone."""
    plain = {name: _plain(name) for name in clusters}
    taken = [base.lower() for base in plain.values()]
    return {
        name: base if base == name and base.lower() != INDEX and taken.count(base.lower()) == 1 else f"{base}-{_digest(name)}"
        for name, base in plain.items()
    }


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:_MOST_CHARACTERS] or "cluster"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class Directory:
    """Where the reports are."""

    def __init__(self, dest: str) -> None:
        self.path = Path(dest)
        if self.path.exists() and not self.path.is_dir():
            raise InputError("dest", f"{dest} is not a directory", "Name a directory; it is made where it is missing.")

    def read(self, name: str) -> str:
        """What is there of an earlier report; empty for nothing."""
        path = self.path / name
        try:
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise self._taken(path)
            found = path.read_text(encoding="utf-8") if path.exists() else ""
        except UnicodeDecodeError:
            raise self._taken(path) from None
        except OSError as error:
            raise InputError("dest", f"{path} cannot be read: {error.strerror}", "Choose another directory.") from error
        if found and GENERATOR not in found:
            raise self._taken(path)
        return found

    def write(self, module: AnsibleModule, texts: t.Mapping[str, str]) -> None:
        """Each as a whole: a reader sees the old page or the new one."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, content in texts.items():
                self._put(module, name, content)
        except OSError as error:
            raise InputError(
                "dest", f"{error.filename or self.path} cannot be written: {error.strerror}", "Choose another directory."
            ) from error

    def _put(self, module: AnsibleModule, name: str, content: str) -> None:
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(self.path))
        handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode("utf-8", "replace"))
        module.atomic_move(temporary, str(self.path / name))
        module.set_mode_if_different(str(self.path / name), module.params["mode"], changed=False)

    def _taken(self, path: Path) -> InputError:
        return InputError("dest", f"{path} is there already and no report", "Name a directory for the reports alone.")
