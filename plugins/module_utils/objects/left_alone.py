# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warnings about objects that a run leaves as they are.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..model import Ref

Warn: t.TypeAlias = t.Callable[[str], None]


def kept(refs: t.Iterable[Ref], warn: Warn) -> None:
    _each(refs, "stays: it was not made by this collection (force removes it all the same)", warn)


def drifted(refs: t.Iterable[Ref], warn: Warn) -> None:
    _each(refs, "was changed since Helm wrote it, and Helm does not put it back: undo the change, or delete the object", warn)


def _each(refs: t.Iterable[Ref], words: str, warn: Warn) -> None:
    for ref in refs:
        warn(f"{ref} {words}")
