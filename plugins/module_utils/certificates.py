# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.509 certificates: facts about them, and whether one chains to a bundle. Private keys are never read.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import typing as t

from .errors import ClusterError, InputError

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def load(pem: bytes, subject: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text; at least one."""
    if MISSING is not None:
        raise ClusterError(
            "cryptography", str(MISSING), "Install cryptography >= 40 for the interpreter that runs the play.", code="missing_library"
        )
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise InputError(subject, f"holds no PEM certificate: {error}", "Look at how it is issued.", code="certificate") from error


def decoded(value: str) -> bytes:
    """A value of a Secret's data; empty when it is not what the API would let pass."""
    try:
        return base64.b64decode(value)
    except binascii.Error:
        return b""


def pem(certificates: t.Iterable[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def facts(certificate: x509.Certificate, at: dt.datetime) -> dict[str, t.Any]:
    """What a person wants to know of a certificate at a glance."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    lifetime = (end - begin).total_seconds()
    return {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "not_before": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "remaining": round(max(0.0, (end - at).total_seconds()) / lifetime, 4) if lifetime > 0 else 0.0,
        "expired": at >= end,
        "key_type": key_type(certificate),
        "authority": is_authority(certificate),
        "fingerprint_sha256": fingerprint(certificate),
    }


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def key_type(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else type(key).__name__


def chain_problem(chain: t.Sequence[x509.Certificate], anchors: t.Sequence[x509.Certificate], at: dt.datetime) -> str:
    """Why the first certificate does not lead, through the others, to one of the anchors; empty when it does."""
    current, unused = chain[0], list(chain[1:])
    while True:
        if outside(current, at):
            return outside(current, at)
        fitting = [entry for entry in anchors if entry == current or issued(current, entry)]
        if any(not outside(anchor, at) for anchor in fitting):
            return ""
        if fitting:
            return f"its anchor {name(fitting[0])} has expired, or is not valid yet"
        issuer = next((entry for entry in unused if issued(current, entry)), None)
        if issuer is None:
            return f"{name(current)} was issued by {current.issuer.rfc4514_string()}, which is none of the {len(anchors)} certificates in the bundle"
        unused.remove(issuer)
        current = issuer


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether that issuer signed it."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "the certificate"


def common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may sign others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def hosts(certificate: x509.Certificate) -> list[str]:
    """The DNS names that it is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.DNSName)


def outside(certificate: x509.Certificate, at: dt.datetime) -> str:
    """Why it is not valid at that time; empty when it is."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begin <= at < end:
        return ""
    return f"{name(certificate)} is valid from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC only"
