# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as data, for programs: what the page shows, and nothing that it does not.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import typing as t

from ..model import Object, Ref, Severity
from . import headline
from .audit import Audit
from .words import stamp

GENERATOR = "pimesh.linkerd l5d_report"
FORMAT = 1
"""Goes up when a key goes or changes its meaning."""


def data(audit: Audit, at: dt.datetime) -> Object:
    return {
        "generator": GENERATOR,
        "format": FORMAT,
        "generated_at": stamp(at),
        "summary": summary(audit, at),
        **{name: _plain(getattr(audit, name)) for name in _SHOWN},
        "certificates": [{**_plain(one._asdict()), "state": one.state(at)} for one in audit.certificates],
    }


_SHOWN = (
    "kubernetes",
    "linkerd",
    "extensions",
    "collector",
    "nodes",
    "controllers",
    "routes",
    "rotation",
    "pods",
    "unmeshed",
    "unmeshed_left_out",
    "lagging",
    "ingress_mode",
    "findings",
    "unread",
)


def summary(audit: Audit, at: dt.datetime) -> Object:
    """The answer in a few keys, also for a play that goes on from it."""
    said = headline.of(audit, at)
    return {
        "cluster": audit.name,
        "read": audit.read,
        "state": said.state.value,
        "safety": said.safety,
        "action": said.action,
        "act_by": stamp(said.act_by) if said.act_by else None,
        "worst": said.worst.name.lower() if said.worst is not None else None,
        "routes": len({route.object for route in audit.routes}),
        "backends": len(audit.routes),
        "unsafe": len(audit.unsafe),
        "findings": {severity.name.lower(): sum(one.severity is severity for one in audit.findings) for severity in Severity},
    }


def to_json(content: Object) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, enum.IntEnum):
        return value.name.lower()
    if isinstance(value, dt.datetime):
        return stamp(value)
    if isinstance(value, Ref):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
