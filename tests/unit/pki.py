# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates for tests, made in a moment."""

from __future__ import annotations

import datetime as dt
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


Key: t.TypeAlias = "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"


class Identity(t.NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def text(self) -> str:
        return self.pem.decode()

    def key_text(self, password: str = "") -> str:
        encryption = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


def issued(
    name: str,
    issuer: Identity | None,
    *,
    begin: dt.datetime = NOW - dt.timedelta(days=1),
    days: float = 10,
    key: Key | None = None,
    ca: bool = True,
    host: str = "",
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
) -> Identity:
    """A certificate signed by the issuer, or by itself; one that may sign others, unless told otherwise."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return Identity(builder.sign(issuer.key if issuer else key, digest or hashes.SHA256()), key)


def authority(name: str, **validity: t.Any) -> Identity:
    """A root."""
    return issued(name, None, **validity)
