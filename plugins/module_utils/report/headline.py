# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer first: is this mesh safe, and when does somebody have to act?

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import enum
import typing as t

from ..model import Severity
from .audit import Audit, Certificate, Role
from .words import count, day, listed


class State(enum.Enum):
    SAFE = "safe"
    ATTENTION = "attention"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


WORDS = {
    State.SAFE: "Safe",
    State.ATTENTION: "Needs attention",
    State.UNSAFE: "Not safe",
    State.UNKNOWN: "Not known",
}

SOON = dt.timedelta(days=30)
"""A deadline that is nearer is a warning."""


class Headline(t.NamedTuple):
    """C(worst) is what fail_on compares with; None where nothing is wrong. C(act_by) is the day on which something ends."""

    state: State
    safety: str
    action: str
    worst: Severity | None
    act_by: dt.datetime | None


def of(audit: Audit, at: dt.datetime) -> Headline:
    worst = _worst(audit, at)
    deadline = _deadline(audit)
    return Headline(_state(audit, worst), _safety(audit), _action(audit, worst, at), worst, _when(deadline)[0] if deadline else None)


def _deadline(audit: Audit) -> Certificate | None:
    return min((one for one in audit.certificates if one.deadline), key=_when, default=None)


def _when(certificate: Certificate) -> tuple[dt.datetime, str]:
    return certificate.deadline or certificate.not_after, certificate.use


def _worst(audit: Audit, at: dt.datetime) -> Severity | None:
    severities = [finding.severity for finding in audit.findings]
    states = {one.state(at) for one in _needed(audit)}
    if audit.unsafe or "expired" in states:
        severities.append(Severity.CRITICAL)
    if audit.unread or audit.lagging or _not_ready(audit) or audit.rotation or "due for renewal" in states or _soon(audit, at):
        severities.append(Severity.WARNING)
    return max(severities, default=None)


def _needed(audit: Audit) -> list[Certificate]:
    return [one for one in audit.certificates if one.role is not Role.PREVIOUS]


def _not_ready(audit: Audit) -> bool:
    return (bool(audit.linkerd) and not audit.linkerd["ready"]) or any(not one.ready for one in audit.extensions)


def _soon(audit: Audit, at: dt.datetime) -> bool:
    deadline = _deadline(audit)
    return deadline is not None and _when(deadline)[0] - at < SOON


def _state(audit: Audit, worst: Severity | None) -> State:
    if not audit.read:
        return State.UNKNOWN
    if worst is Severity.CRITICAL:
        return State.UNSAFE
    return State.ATTENTION if worst is not None and worst >= Severity.WARNING else State.SAFE


def _safety(audit: Audit) -> str:
    if not audit.read:
        return "Nothing of this cluster could be read."
    if audit.unsafe:
        return f"{len(audit.unsafe)} of {count(len(audit.routes), 'backend')} can be misused by a client."
    if not audit.routes:
        return "No route was judged."
    routes = count(len({route.object for route in audit.routes}), "route")
    if {controller.mode for controller in audit.controllers} == {"none"}:
        return (
            f"The ingress controller has no proxy: no client can choose a backend of {routes}, and nothing is encrypted on the way to one."
        )
    return f"No client can choose the backend of any of {routes}."


def _action(audit: Audit, worst: Severity | None, at: dt.datetime) -> str:
    if not audit.read:
        return "The report says what failed; audit again after that."
    expired = sorted({_inside(one) for one in _needed(audit) if one.state(at) == "expired"})
    if expired:
        return f"Act now: {listed(expired)} expired."
    return "Act now; the findings say how." if worst is Severity.CRITICAL else _later(audit, worst, at)


def _later(audit: Audit, worst: Severity | None, at: dt.datetime) -> str:
    """Where nothing is wrong enough to be put right today."""
    deadline = _deadline(audit)
    until = f"{day(_when(deadline)[0])}, when {_due(deadline)}" if deadline else ""
    if audit.rotation:
        return "The trust anchor is being rotated: go on with pimesh.linkerd.rotate_trust_anchor."
    if _soon(audit, at):
        return f"Act before {until}."
    if worst is not None and worst >= Severity.WARNING:
        what = "Act soon; the findings say how." if worst is Severity.ERROR else "The report says what to look at."
        return what + (f" Certificates are good until {until}." if until else "")
    if until:
        return f"Nothing has to be done before {until}."
    return "No certificate was read." if not audit.certificates else "Every certificate is renewed without you."


def _due(certificate: Certificate) -> str:
    if certificate.role is Role.ANCHOR and certificate.renewal:
        return "the trust anchor has to be rotated"
    return f"the {_inside(certificate)} ends"


def _inside(certificate: Certificate) -> str:
    """Its name within a sentence."""
    return certificate.use[:1].lower() + certificate.use[1:]
