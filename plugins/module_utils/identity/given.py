# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A trust anchor and an issuer that somebody brings as PEM texts. Keys are compared, and never shown.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import certificates
from ..errors import InputError

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
except ImportError:  # said by certificates.load
    UnsupportedAlgorithm = ValueError  # type: ignore[assignment,misc]

if t.TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ..model import Object

OPTIONS = {"anchor": ("anchor_certificate", "anchor_key"), "issuer": ("issuer_certificate", "issuer_key")}


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, checked piece by piece; whether the pieces are any good is judged elsewhere."""

    anchor: Certificate | None = None
    issuer: tuple[Certificate, ...] = ()


def read(wanted: Object) -> Given:
    """From the options; the first thing that does not fit is refused by the option's name."""
    source = wanted["source"]
    given = {name: (wanted.get(name) or "").strip() for pair in OPTIONS.values() for name in pair}
    _refuse_combination(source, given)
    anchors = _certificates(given, "anchor_certificate")
    if len(anchors) > 1:
        raise InputError(
            "anchor_certificate",
            f"holds {len(anchors)} certificates",
            "Give the trust anchor alone. A previous one goes into a ConfigMap with the label pimesh.linkerd/trust-anchor=previous.",
            code="certificate",
        )
    issuer = _certificates(given, "issuer_certificate")
    _refuse_other_key(given, "anchor", anchors)
    _refuse_other_key(given, "issuer", issuer)
    return Given(anchors[0] if anchors else None, tuple(issuer))


def _refuse_combination(source: str, given: t.Mapping[str, str]) -> None:
    there = [name for name, text in given.items() if text]
    if source == "issuer":
        there = [name for name in there if name != "anchor_certificate"]
    if source != "files" and there:
        raise _pair(there[0], f"does not go together with source {source}", "Set source: files, or leave it out.")
    if source != "files":
        return
    if not given["anchor_certificate"]:
        raise _pair("anchor_certificate", "is missing", "Give the trust anchor's certificate; source files means that it is yours.")
    if given["anchor_key"] and (given["issuer_certificate"] or given["issuer_key"]):
        raise _pair("anchor_key", "goes with no issuer_certificate", "Give the anchor's key to have an issuer issued, or bring the issuer.")
    if not given["anchor_key"]:
        for name in OPTIONS["issuer"]:
            if not given[name]:
                raise _pair(name, "is missing", "Give certificate and key of the issuer, or the anchor's key to have an issuer issued.")


def _pair(name: str, reason: str, remedy: str) -> InputError:
    return InputError(name, reason, remedy, code="combination")


def _certificates(given: t.Mapping[str, str], name: str) -> list[Certificate]:
    if not given[name]:
        return []
    if "PRIVATE KEY" in given[name]:
        raise InputError(name, "holds a private key", "Give the certificate alone; the key has an option of its own.", code="certificate")
    try:
        return certificates.load(given[name].encode(), name)
    except InputError as error:
        remedy = "Give the text of the file, which begins with -----BEGIN CERTIFICATE-----."
        raise InputError(name, "is no PEM certificate", remedy, code="certificate") from error


def _refuse_other_key(given: t.Mapping[str, str], which: str, chain: t.Sequence[Certificate]) -> None:
    certificate_option, key_option = OPTIONS[which]
    if not (chain and given[key_option]):
        return
    public = _public(given[key_option], key_option)
    if public != chain[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise InputError(
            key_option,
            f"is not the key of {certificates.name(chain[0])} in {certificate_option}",
            "Give the two files that were made together; with a chain, the issuer's own certificate comes first.",
            code="key_mismatch",
        )


def _public(pem: str, name: str) -> bytes:
    """The public half. Nothing of what the library says is repeated: it has seen the key."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        remedy = "Decrypt it, for example with `openssl pkey -in encrypted.key`, and keep it in a vault instead."
        raise InputError(name, "is encrypted", remedy, code="encrypted_key") from None
    except (ValueError, UnsupportedAlgorithm):
        remedy = "Give the text of the file, which begins with -----BEGIN PRIVATE KEY----- or -----BEGIN EC PRIVATE KEY-----."
        raise InputError(name, "is no PEM private key", remedy, code="key") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
