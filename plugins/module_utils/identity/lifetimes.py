# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cert-manager is told to issue for Linkerd, and whether those lifetimes work out. Pure, no I/O.

Rules of cert-manager's are from its API types and its admission webhook (v1.21); the limits of keys from linkerd2's
pkg/issuercerts.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass

from ..errors import InputError
from ..findings import finding
from ..model import Ref
from . import durations

if t.TYPE_CHECKING:
    from ..model import Finding, Object

Use: t.TypeAlias = "t.Literal['anchor', 'issuer', 'webhook_ca', 'webhook']"
"""What a certificate is for."""

AUTHORITIES: dict[Use, Use] = {"issuer": "anchor", "webhook": "webhook_ca"}
"""What a certificate is for -> what the one is for that signs it."""

KEYS: dict[Use, tuple[str, ...]] = {"issuer": ("ECDSA P-256",), "anchor": ("ECDSA P-256", "RSA 2048", "RSA 4096")}
"""The keys that Linkerd accepts."""

HOUR = dt.timedelta(hours=1)
WEEKEND = 72 * HOUR
"""From Friday evening to Monday morning, and some time to start."""
RARELY = dt.timedelta(days=730)
"""An anchor that is renewed more often than this is renewed while nobody thinks of it."""
ISSUANCE_LIFETIME = 24 * HOUR
"""How long proxies' certificates live, unless identity.issuer.issuanceLifetime says otherwise."""

DEFAULT_DURATION = 2160 * HOUR
SHORTEST_DURATION = HOUR
SHORTEST_RENEW_BEFORE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A Certificate: what cert-manager issues again and again."""

    ref: Ref
    use: Use
    duration: dt.timedelta
    renew_before: dt.timedelta
    new_key: bool
    """Whether a renewal changes the key."""
    key_type: str
    authority: bool
    """Whether it may sign others."""

    @property
    def renewed_after(self) -> dt.timedelta:
        return self.duration - self.renew_before


def read(certificate: Object, use: Use) -> Renewal:
    """A Certificate as cert-manager understands it, with its defaults. Raises InputError for a duration that is none."""
    ref, spec = Ref.of(certificate), certificate.get("spec") or {}
    key = spec.get("privateKey") or {}
    given = _duration(spec, "duration", ref)
    duration = DEFAULT_DURATION if given is None else given
    renew_before = _duration(spec, "renewBefore", ref)
    if renew_before is None:
        percentage = spec.get("renewBeforePercentage")
        renew_before = duration / 3 if percentage is None else duration * (100 - int(percentage)) / 100
    algorithm = key.get("algorithm") or "RSA"
    size = int(key.get("size") or {"RSA": 2048, "ECDSA": 256}.get(algorithm, 0))
    return Renewal(
        ref,
        use,
        duration,
        renew_before,
        new_key=key.get("rotationPolicy") != "Never",
        key_type={"RSA": f"RSA {size}", "ECDSA": f"ECDSA P-{size}"}.get(algorithm, algorithm),
        authority=bool(spec.get("isCA")),
    )


def _duration(spec: Object, field: str, ref: Ref) -> dt.timedelta | None:
    value = spec.get(field)
    return None if value is None else durations.parse(str(value), f"{field} of {ref}")


def issuance_lifetime(values: Object) -> dt.timedelta:
    """How long proxies' certificates live, by Linkerd's own record of its settings. Raises InputError where that is no duration."""
    given = ((values.get("identity") or {}).get("issuer") or {}).get("issuanceLifetime")
    return durations.parse(str(given), "issuanceLifetime") if given else ISSUANCE_LIFETIME


def judge_specs(certificates: t.Iterable[tuple[Object, Use]], issuance_lifetime: dt.timedelta = ISSUANCE_LIFETIME) -> list[Finding]:
    """Everything that can be said of Certificates before anything is issued."""
    findings: list[Finding] = []
    renewals: list[Renewal] = []
    for certificate, use in certificates:
        try:
            renewals.append(read(certificate, use))
        except InputError as error:
            findings.append(finding("L5D405", Ref.of(certificate), f"{error.subject}: {error.reason}"))
    return findings + judge_renewals(renewals, issuance_lifetime)


def judge_renewals(renewals: t.Sequence[Renewal], issuance_lifetime: dt.timedelta = ISSUANCE_LIFETIME) -> list[Finding]:
    findings: list[Finding] = []
    for renewal in renewals:
        refused = _refused(renewal)
        if refused:
            findings.append(finding("L5D405", renewal.ref, refused))
        else:
            findings += [*_alone(renewal, issuance_lifetime), *_with_authority(renewal, renewals)]
    return findings


def _refused(renewal: Renewal) -> str:
    duration, renew_before = renewal.duration, renewal.renew_before
    if duration < SHORTEST_DURATION:
        return f"duration {durations.text(duration)} is shorter than an hour"
    if renew_before < SHORTEST_RENEW_BEFORE:
        return f"renewBefore {durations.text(renew_before)} is shorter than five minutes"
    if renew_before >= duration:
        return f"renewBefore {durations.text(renew_before)} is not shorter than duration {durations.text(duration)}"
    return ""


def _alone(renewal: Renewal, issuance_lifetime: dt.timedelta) -> t.Iterator[Finding]:
    accepted = KEYS.get(renewal.use)
    if accepted and renewal.key_type not in accepted:
        yield finding("L5D402", renewal.ref, f"it asks for {renewal.key_type}; {' or '.join(accepted)} would do")
    if renewal.use != "webhook" and not renewal.authority:
        yield finding("L5D404", renewal.ref, "isCA is not true")
    if renewal.use == "anchor" and renewal.new_key and renewal.renewed_after < RARELY:
        reason = f"{_lifetimes(renewal)} means a new key {durations.words(renewal.renewed_after)} after each issue"
        yield finding("L5D406", renewal.ref, reason)
    if renewal.use in AUTHORITIES and renewal.renew_before < WEEKEND:
        yield finding(
            "L5D407", renewal.ref, f"{_lifetimes(renewal)} lasts for {durations.words(renewal.renew_before)} without cert-manager"
        )
    if renewal.use == "issuer" and renewal.renew_before < issuance_lifetime:
        reason = f"renewBefore {durations.text(renewal.renew_before)}, proxies' certificates live for {durations.text(issuance_lifetime)}"
        yield finding("L5D408", renewal.ref, reason)


def _with_authority(renewal: Renewal, renewals: t.Iterable[Renewal]) -> t.Iterator[Finding]:
    for authority in renewals:
        same_place = renewal.use == "issuer" or authority.ref.namespace == renewal.ref.namespace
        if authority.use == AUTHORITIES.get(renewal.use) and same_place and renewal.duration > authority.renew_before:
            lives, left = durations.words(renewal.duration), durations.words(authority.renew_before)
            yield finding("L5D409", renewal.ref, f"it lives for {lives}, and {authority.ref} is renewed only {left} before its end")


def _lifetimes(renewal: Renewal) -> str:
    return f"duration {durations.text(renewal.duration)} with renewBefore {durations.text(renewal.renew_before)}"
