# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that are on their way out and do not get there, and what holds them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt

from ..findings import finding
from ..model import Finding, Object, Ref
from ..namespaces import held_by
from .clocks import parse
from .view import Facts, View

PATIENCE = dt.timedelta(minutes=5)
"""For namespaces of others: so long an ordinary end may take."""


def findings(view: View) -> list[Finding]:
    found = []
    for obj in _terminating(view):
        reason = f"since {obj['metadata']['deletionTimestamp']}; {'; '.join(held_by(obj)) or 'the cluster does not say why'}"
        if obj["metadata"]["name"] in view.wanted.namespaces:
            found.append(finding("L5D132", Ref.of(obj), reason))
        elif _since(obj, view.now) > PATIENCE:
            found.append(finding("L5D133", Ref.of(obj), reason))
    return found


def facts(view: View) -> list[Facts]:
    return [
        {"name": obj["metadata"]["name"], "since": obj["metadata"]["deletionTimestamp"], "held_by": held_by(obj)}
        for obj in _terminating(view)
    ]


def _terminating(view: View) -> list[Object]:
    return [obj for obj in view.namespaces if obj["metadata"].get("deletionTimestamp")]


def _since(obj: Object, now: dt.datetime) -> dt.timedelta:
    begin = parse(obj["metadata"]["deletionTimestamp"])
    return now - begin if begin else dt.timedelta()
