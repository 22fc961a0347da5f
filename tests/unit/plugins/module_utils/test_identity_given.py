# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PEM texts that somebody brings, and what is wrong with them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.given import Given, read
from tests.unit import pki

ROOT, OTHER = pki.authority("root"), pki.authority("other")
MIDDLE = pki.issued("middle", ROOT)
ISSUER = pki.issued("identity.linkerd.cluster.local", MIDDLE)
FILES = {
    "source": "files",
    "anchor_certificate": ROOT.text,
    "issuer_certificate": ISSUER.text + MIDDLE.text,
    "issuer_key": ISSUER.key_text(),
}
KEYS = [ISSUER.key_text(), OTHER.key_text(), ROOT.key_text()]


def refused(**options: str | None) -> InputError:
    with pytest.raises(InputError) as caught:
        read({**FILES, **options})
    assert not any(line in str(caught.value) for key in KEYS for line in key.splitlines()[1:-1])
    return caught.value


def test_both_kinds_of_files_are_read() -> None:
    assert read(FILES) == Given(ROOT.certificate, (ISSUER.certificate, MIDDLE.certificate))
    with_key = {"source": "files", "anchor_certificate": ROOT.text, "anchor_key": ROOT.key_text()}
    assert read(with_key) == Given(ROOT.certificate)
    assert read({"source": "own", "anchor_certificate": "", "issuer_key": None}) == Given()
    assert read({"source": "issuer", "anchor_certificate": ROOT.text}) == Given(ROOT.certificate)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"issuer_key": OTHER.key_text()}, "key_mismatch", "issuer_key: is not the key of CN=identity.linkerd.cluster.local"),
        ({"issuer_certificate": MIDDLE.text + ISSUER.text}, "key_mismatch", "the issuer's own certificate comes first"),
        ({"issuer_key": ISSUER.key_text("secret")}, "encrypted_key", "issuer_key: is encrypted"),
        ({"issuer_key": "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----"}, "key", "issuer_key: is no PEM private key"),
        ({"issuer_key": ISSUER.text}, "key", "issuer_key: is no PEM private key"),
        ({"anchor_certificate": ROOT.text + OTHER.text}, "certificate", "anchor_certificate: holds 2 certificates"),
        ({"anchor_certificate": ROOT.text + ROOT.key_text()}, "certificate", "anchor_certificate: holds a private key"),
        ({"anchor_certificate": "/etc/ca.crt"}, "certificate", "anchor_certificate: is no PEM certificate"),
        ({"anchor_certificate": ""}, "combination", "anchor_certificate: is missing"),
        ({"issuer_key": ""}, "combination", "issuer_key: is missing"),
        ({"issuer_certificate": None}, "combination", "issuer_certificate: is missing"),
        ({"anchor_key": ROOT.key_text()}, "combination", "anchor_key: goes with no issuer_certificate"),
        ({"source": "own"}, "combination", "anchor_certificate: does not go together with source own"),
        ({"source": "issuer"}, "combination", "issuer_certificate: does not go together with source issuer"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(options: dict[str, str | None], code: str, words: str) -> None:
    error = refused(**options)
    assert error.code == code
    assert words in str(error)


def test_a_key_of_the_same_kind_is_not_enough() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    twin = pki.issued("root", None, key=key)
    pair: dict[str, str | None] = {"anchor_key": twin.key_text(), "issuer_certificate": "", "issuer_key": ""}
    assert refused(**pair).code == "key_mismatch"
