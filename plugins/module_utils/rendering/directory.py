# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory of a rendering. Files that do not say that we made them are somebody's, and never touched.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t
from pathlib import Path

from ..errors import InputError
from ..model import Object, Ref
from .render import KUSTOMIZATION, LINT, MARK, MERGED, head

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

with contextlib.suppress(ImportError):  # the kubernetes client needs it as well, and the cluster layer reports that one
    import yaml

_MOST_BYTES = 4_000_000
"""Above what etcd takes; a longer file is none of ours."""


class Directory:
    """O(dest) as it is, seen by one author."""

    def __init__(self, dest: str, author: str) -> None:
        self.path = Path(dest)
        self.author = author
        if self.path.exists() and not self.path.is_dir():
            raise InputError("dest", f"{dest} is not a directory", "Name a directory; it is made where it is missing.")
        self._there = {path.name: _read(path) for path in self._yaml_files()}
        start = "".join(f"# {line}\n" for line in head(author))
        self.ours = {name: text for name, text in self._there.items() if text.startswith(start)}

    def merged(self) -> list[Ref]:
        """The objects of others that an earlier rendering wrote down."""
        return [Ref.of(obj) for text in self.ours.values() if f"\n# {MERGED}\n" in text for obj in _parsed(text)]

    def changes(self, wanted: t.Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Before and after by file name, of the files that change. An empty text is no file."""
        written = {name: text for name, text in wanted.items() if name not in self.left_alone(wanted)}
        for name in written:
            if name in self._there and name not in self.ours:
                raise self._taken(name)
        names = sorted({*written, *self.ours})
        pairs = {name: (self.ours.get(name, ""), written.get(name, "")) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def left_alone(self, wanted: t.Mapping[str, str]) -> list[str]:
        """An index that somebody wrote by hand stays theirs."""
        theirs = KUSTOMIZATION in self._there and not self._is_rendered(KUSTOMIZATION)
        return [KUSTOMIZATION] if theirs and KUSTOMIZATION in wanted else []

    def write(self, module: AnsibleModule, changes: t.Mapping[str, tuple[str, str]]) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name, (_before, after) in changes.items():
                if after:
                    self._put(module, name, after)
                else:
                    (self.path / name).unlink()
        except OSError as error:
            raise InputError(
                "dest", f"{error.filename or self.path} cannot be written: {error.strerror}", "Choose another directory."
            ) from error

    def _put(self, module: AnsibleModule, name: str, text: str) -> None:
        handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        module.atomic_move(temporary, str(self.path / name))

    def _yaml_files(self) -> list[Path]:
        return sorted(path for path in self.path.glob("*.yaml")) if self.path.is_dir() else []

    def _is_rendered(self, name: str) -> bool:
        return self._there[name].startswith(f"# {LINT}\n# {MARK}")

    def _taken(self, name: str) -> InputError:
        whose = "another rendering's" if self._is_rendered(name) else "not ours"
        return InputError("dest", f"{self.path / name} is there already and {whose}", "Give each rendering a directory of its own.")


def _read(path: Path) -> str:
    """Its text; something for what is no file of ours whatever is in it."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return "something else"
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return "something else"


def _parsed(text: str) -> t.Iterator[Object]:
    """The object in a file of ours; none if somebody has spoilt it."""
    with contextlib.suppress(yaml.YAMLError, ValueError):
        obj = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
        if isinstance(obj, dict):
            yield obj
