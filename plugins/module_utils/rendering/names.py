# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One file name per object: C(<kind>-<namespace>-<name>.yaml), with a suffix only where two objects would share one.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from collections import Counter

from ..model import Ref

RESERVED = ("values-", "chart-", "kustomization")
"""How the names of files that hold no object begin."""
_LONGEST = 200
"""Most file systems end at 255 bytes; a temporary name is longer than the final one."""


def file_names(refs: t.Iterable[Ref]) -> dict[Ref, str]:
    """Names that differ on file systems that know no capitals too."""
    plain = {ref: _plain(ref) for ref in refs}
    uses = Counter(name for name in plain.values())
    return {ref: f"{name}.yaml" if _is_clear(ref, name, uses) else f"{name[:_LONGEST]}-{_digest(ref)}.yaml" for ref, name in plain.items()}


def _plain(ref: Ref) -> str:
    return _safe("-".join(part for part in (ref.kind, ref.namespace, ref.name) if part))


def _safe(name: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "_", name.lower())


def _is_clear(ref: Ref, name: str, uses: Counter[str]) -> bool:
    """Alone under its name, and found again under the whole of it."""
    whole = "-".join(part for part in (ref.kind, ref.namespace, ref.name) if part).lower()
    return uses[name] == 1 and len(name) <= _LONGEST and name == whole and not name.startswith(RESERVED)


def _digest(ref: Ref) -> str:
    return hashlib.sha256(f"{ref.api_version}|{ref.kind}|{ref.namespace}|{ref.name}".encode()).hexdigest()[:8]
