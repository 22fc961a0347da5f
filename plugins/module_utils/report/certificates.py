# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of an audit, as l5d_mesh_info groups them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ..model import Object
from .audit import Certificate, Role
from .redact import redact

GROUPS = {
    "anchor": (Role.ANCHOR, "Trust anchor"),
    "previous_anchors": (Role.PREVIOUS, "Previous trust anchor"),
    "trust_anchors": (Role.ANCHOR, "Trust anchor"),
    "issuer": (Role.ISSUER, "Identity issuer"),
    "webhooks": (Role.OTHER, "Webhook"),
}
"""The bundle of trust anchors holds the one that signs and the previous ones too; whichever group comes first here knows better."""

SUFFIX = "-k8s-tls"
"""Of the Secrets of Linkerd's webhooks; their names say which webhook it is."""


def read(groups: t.Mapping[str, t.Any]) -> tuple[Certificate, ...]:
    """By what hangs on them. An anchor that several groups name is there once, with all that they know."""
    together: dict[tuple[str, ...], list[Certificate]] = {}
    for group in sorted(groups, key=lambda name: (list(GROUPS).index(name) if name in GROUPS else len(GROUPS), name)):
        for entry in groups[group] if isinstance(groups[group], list) else [groups[group]]:
            one = _certificate(group, entry) if isinstance(entry, dict) else None
            if one:
                together.setdefault(_identity(one), []).append(one)
    return tuple(sorted(map(_merged, together.values()), key=_order))


def _identity(one: Certificate) -> tuple[str, ...]:
    return (one.fingerprint,) if one.role in (Role.ANCHOR, Role.PREVIOUS) and one.fingerprint else tuple(map(str, one))


def _merged(same: list[Certificate]) -> Certificate:
    """The anchor's own Secret alone says when it is renewed."""
    renewal = min((one.renewal for one in same if one.renewal is not None), default=None)
    return same[0]._replace(renewal=renewal, secret=max(one.secret for one in same))


def _order(one: Certificate) -> tuple[t.Any, ...]:
    return one.role.value, one.use, one.not_after, one.subject, one.fingerprint, one.secret


def _certificate(group: str, entry: Object) -> Certificate | None:
    begin, end = time_of(entry.get("not_before")), time_of(entry.get("not_after"))
    if begin is None or end is None or begin >= end:
        return None
    subject, issuer, key_type, name, fingerprint = (
        str(redact(entry.get(key) or "")) for key in ("subject", "issuer", "key_type", "name", "fingerprint_sha256")
    )
    secret = entry.get("secret")
    place = [str(redact(secret.get(key) or "")) for key in ("namespace", "name")] if isinstance(secret, dict) else ["", name]
    role, use = GROUPS.get(group, (Role.OTHER, str(redact(group))))
    return Certificate(
        role=role,
        use=f"{use} {place[1].removesuffix(SUFFIX)}".strip() if role is Role.OTHER else use,
        subject=subject,
        issuer=issuer,
        key_type=key_type,
        not_before=begin,
        not_after=end,
        renewal=_renewal(entry, begin, end),
        secret="/".join(part for part in place if part),
        fingerprint=fingerprint,
    )


def _renewal(entry: Object, begin: dt.datetime, end: dt.datetime) -> dt.datetime | None:
    """When cert-manager means to renew it, by its own word or by its rule; None where it does not, or says something impossible."""
    said = entry.get("renewal")
    if not isinstance(said, dict):
        return None
    after = said.get("after")
    planned = begin + (end - begin) * after if isinstance(after, float) and 0 <= after <= 1 else None
    renewal = time_of(said.get("time")) or (planned.replace(microsecond=0) if planned else None)
    return renewal if renewal is not None and begin <= renewal <= end else None


def time_of(value: t.Any) -> dt.datetime | None:
    """A time with a zone, in UTC and whole seconds."""
    try:
        time = dt.datetime.fromisoformat(value)
        return time.astimezone(dt.UTC).replace(microsecond=0) if time.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None
