# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the certificates of a mesh fit each other, now and for long enough. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, field

from .. import certificates
from ..findings import finding
from .lifetimes import ISSUANCE_LIFETIME, KEYS, Renewal, Use, judge_renewals

if t.TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ..model import Finding, Ref

OVERDUE = dt.timedelta(hours=1)
"""cert-manager may take its time for a renewal; more than this is no delay any more."""
LAST_PART = 0.1
"""What nobody renews is mentioned when this part of its lifetime remains."""
SOON = dt.timedelta(days=60)
"""An anchor that is about to change its key by itself is mentioned this long before."""
SIGNATURES = ("sha256",)
"""Linkerd accepts ECDSAWithSHA256 and SHA256WithRSA."""


@dataclass(frozen=True, slots=True)
class Held:
    """Certificates in one place, and who renews them."""

    ref: Ref
    chain: tuple[Certificate, ...]
    ca: tuple[Certificate, ...] = ()
    """What the same Secret says about its authority (C(ca.crt))."""
    renewal: Renewal | None = None
    renewal_time: dt.datetime | None = None
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook's certificate, and what the API server verifies it by."""

    held: Held
    host: str
    configuration: Ref | None = None
    trusted: tuple[Certificate, ...] = ()


@dataclass(slots=True)
class Identity:
    """Everything that was found."""

    bundle: Held | None = None
    """What proxies trust."""
    anchor: Held | None = None
    """Where the authority of the issuer is kept, if it is in the cluster."""
    issuer: Held | None = None
    issuer_problem: str = ""
    previous: list[Held] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    issuance_lifetime: dt.timedelta = ISSUANCE_LIFETIME


def judge(found: Identity, at: dt.datetime) -> list[Finding]:
    findings = judge_renewals(found.renewals, found.issuance_lifetime)
    if found.bundle:
        findings += _bundle(found, found.bundle, at)
    if found.issuer_problem and found.issuer:
        findings.append(finding("L5D414", found.issuer.ref, found.issuer_problem))
    if found.issuer and found.issuer.chain:
        findings += [*_issuer(found, found.issuer, at), *_time(found.issuer, at)]
    if found.anchor:
        findings += [*_anchor(found.anchor, at)]
    for webhook in found.webhooks:
        findings += [*_webhook(webhook, at), *_time(webhook.held, at)]
    return list(dict.fromkeys(findings))


def judge_authority(ref: Ref, certificate: Certificate, use: Use, at: dt.datetime) -> t.Iterator[Finding]:
    """What an anchor or an issuer has to be whatever is around it."""
    kind = certificates.key_type(certificate)
    if kind not in KEYS[use]:
        yield finding("L5D402", ref, f"the key of {certificates.name(certificate)} is {kind}; {' or '.join(KEYS[use])} would do")
    digest = certificate.signature_hash_algorithm
    if digest is None or digest.name not in SIGNATURES:
        yield finding(
            "L5D402", ref, f"{certificates.name(certificate)} is signed with {digest.name if digest else 'no digest'}, not SHA-256"
        )
    if not certificates.is_authority(certificate):
        yield finding("L5D404", ref, f"{certificates.name(certificate)} may not sign other certificates")
    period = certificates.outside(certificate, at)
    if period:
        yield finding("L5D403", ref, period)


def _bundle(found: Identity, bundle: Held, at: dt.datetime) -> t.Iterator[Finding]:
    used = _anchor_of(found)
    for certificate in bundle.chain:
        if certificate == used or len(bundle.chain) == 1:
            yield from judge_authority(bundle.ref, certificate, "anchor", at)
        elif certificates.outside(certificate, at):
            yield finding("L5D410", bundle.ref, f"{certificates.outside(certificate, at)}; it can be taken out of the bundle")
    if len(bundle.chain) > 1:
        names = ", ".join(f"{certificates.name(each)} until {each.not_valid_after_utc:%Y-%m-%d}" for each in bundle.chain)
        yield finding("L5D412", bundle.ref, names)


def _anchor_of(found: Identity) -> Certificate | None:
    if not (found.bundle and found.issuer and found.issuer.chain):
        return None
    return next((each for each in found.bundle.chain if certificates.issued(found.issuer.chain[-1], each)), None)


def _issuer(found: Identity, issuer: Held, at: dt.datetime) -> t.Iterator[Finding]:
    first = issuer.chain[0]
    yield from judge_authority(issuer.ref, first, "issuer", at)
    if found.bundle is None:
        return
    # That it is not valid now was said already.
    problem = "" if certificates.outside(first, at) else certificates.chain_problem(issuer.chain, found.bundle.chain, at)
    if problem:
        yield finding("L5D401", issuer.ref, f"{problem} ({found.bundle.ref})")
    anchor = _anchor_of(found)
    if anchor and first.not_valid_after_utc > anchor.not_valid_after_utc:
        ends = f"{first.not_valid_after_utc:%Y-%m-%d %H:%M}, {certificates.name(anchor)} on {anchor.not_valid_after_utc:%Y-%m-%d %H:%M}"
        yield finding("L5D409", issuer.ref, f"it ends on {ends} UTC")
    if issuer.ca and not any(each in found.bundle.chain for each in issuer.ca):
        yield finding("L5D413", issuer.ref, f"{certificates.name(issuer.ca[0])} is not in {found.bundle.ref}")


def _anchor(anchor: Held, at: dt.datetime) -> t.Iterator[Finding]:
    if anchor.has_key:
        yield finding("L5D411", anchor.ref)
    changes = anchor.renewal is not None and anchor.renewal.new_key
    if changes and anchor.renewal_time and at < anchor.renewal_time < at + SOON:
        yield finding("L5D406", anchor.ref, f"cert-manager gives it a new key on {anchor.renewal_time:%Y-%m-%d %H:%M} UTC")
    yield from _time(anchor, at)


def _time(held: Held, at: dt.datetime) -> t.Iterator[Finding]:
    """What is late, and what nobody will renew."""
    if held.renewal_time:
        if at > held.renewal_time + OVERDUE:
            yield finding("L5D410", held.ref, f"cert-manager was to renew it on {held.renewal_time:%Y-%m-%d %H:%M} UTC and did not")
        return
    for certificate in held.chain[:1]:
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if at < end and (end - at) < (end - begin) * LAST_PART:
            yield finding("L5D410", held.ref, f"{certificates.name(certificate)} ends on {end:%Y-%m-%d %H:%M} UTC, and nobody renews it")


def _webhook(webhook: Webhook, at: dt.datetime) -> t.Iterator[Finding]:
    held = webhook.held
    if not held.chain:
        return
    first = held.chain[0]
    if certificates.outside(first, at):
        yield finding("L5D415", held.ref, certificates.outside(first, at))
    elif webhook.configuration and webhook.trusted:
        problem = certificates.chain_problem(held.chain, webhook.trusted, at)
        if problem:
            yield finding("L5D415", held.ref, f"{webhook.configuration} does not accept it: {problem}")
    if webhook.host not in certificates.hosts(first):
        yield finding("L5D415", held.ref, f"it is not for {webhook.host}, where the API server calls")
    for authority in held.ca[:1]:
        if first.not_valid_after_utc > authority.not_valid_after_utc:
            yield finding(
                "L5D409", held.ref, f"{certificates.name(authority)} ends before it, on {authority.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            )
