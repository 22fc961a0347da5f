# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime as dt

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils import certificates
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from tests.unit import pki

ROOT = pki.authority("root", days=100)
INTERMEDIATE = pki.issued("intermediate", ROOT)
ISSUER = pki.issued("issuer", INTERMEDIATE)


def problem(chain: list[pki.Identity], anchors: list[pki.Identity], at: dt.datetime = pki.NOW) -> str:
    return certificates.chain_problem([entry.certificate for entry in chain], [entry.certificate for entry in anchors], at)


def test_a_chain_leads_through_its_intermediates_in_any_order() -> None:
    more = pki.issued("leaf", ISSUER)
    assert problem([more, INTERMEDIATE, ISSUER], [ROOT]) == ""
    assert problem([INTERMEDIATE], [ROOT]) == ""
    assert problem([ISSUER], [pki.authority("other"), INTERMEDIATE]) == ""


def test_a_gap_names_the_missing_issuer() -> None:
    assert problem([ISSUER], [ROOT]) == "CN=issuer was issued by CN=intermediate, which is none of the 1 certificates in the bundle"


def test_the_same_name_with_another_key_is_no_anchor() -> None:
    assert "which is none of the" in problem([INTERMEDIATE], [pki.authority("root", days=100)])


def test_what_has_expired_does_not_chain() -> None:
    assert problem([INTERMEDIATE], [ROOT], pki.NOW + dt.timedelta(days=9)).startswith("CN=intermediate is valid from ")
    long = pki.issued("long", ROOT, days=1000)
    assert problem([long], [ROOT], pki.NOW + dt.timedelta(days=200)) == "its anchor CN=root has expired, or is not valid yet"


def test_facts_give_the_remaining_part_of_the_lifetime() -> None:
    facts = certificates.facts(INTERMEDIATE.certificate, pki.NOW + dt.timedelta(days=4))
    assert (facts["subject"], facts["issuer"], facts["key_type"]) == ("CN=intermediate", "CN=root", "ECDSA P-256")
    assert (facts["remaining"], facts["expired"]) == (0.5, False)
    late = certificates.facts(INTERMEDIATE.certificate, pki.NOW + dt.timedelta(days=40))
    assert (late["remaining"], late["expired"]) == (0.0, True)


def test_no_certificate_is_said_by_name() -> None:
    with pytest.raises(InputError, match="Secret linkerd/issuer: holds no PEM certificate"):
        certificates.load(b"nonsense", "Secret linkerd/issuer")
