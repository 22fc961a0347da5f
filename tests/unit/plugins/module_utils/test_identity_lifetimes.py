# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lifetimes and keys of Certificates, before anything is issued."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.identity import durations, lifetimes

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.lifetimes import Use

Object = dict[str, t.Any]
ECDSA = {"algorithm": "ECDSA", "rotationPolicy": "Always"}
HOURS = st.integers(1, 200_000)


def certificate(use: str, duration: str | None = "1440h", renew_before: str | None = "960h", **spec: t.Any) -> tuple[Object, Use]:
    lives = {"duration": duration, "renewBefore": renew_before}
    meta = {"name": f"linkerd-{use}", "namespace": "cert-manager" if use == "anchor" else "linkerd"}
    wanted = {"isCA": use != "webhook", "privateKey": ECDSA, **{key: value for key, value in lives.items() if value}, **spec}
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": wanted}, t.cast("Use", use)


def codes(*certificates: tuple[Object, Use], issuance: float = 24) -> set[str]:
    return {entry.code for entry in lifetimes.judge_specs(certificates, dt.timedelta(hours=issuance))}


def reason(*certificates: tuple[Object, Use]) -> str:
    return " ".join(entry.reason for entry in lifetimes.judge_specs(certificates))


ANCHOR = certificate("anchor", "87600h0m0s", "2160h0m0s")


def test_what_the_role_asks_for_is_fine() -> None:
    webhook_ca = certificate("webhook_ca", "87600h0m0s", "8760h0m0s")
    assert codes(ANCHOR, certificate("issuer"), webhook_ca, certificate("webhook")) == set()


def test_the_anchor_of_many_guides_renews_after_sixty_days() -> None:
    sample = certificate("anchor", "8760h0m0s", "7320h0m0s")
    assert codes(sample) == {"L5D406"}
    assert "60 days after each issue" in reason(sample)
    assert codes(certificate("anchor", "8760h0m0s", "7320h0m0s", privateKey={**ECDSA, "rotationPolicy": "Never"})) == set()


def test_the_issuer_of_two_days_does_not_last_over_a_weekend() -> None:
    short = certificate("issuer", "48h0m0s", "25h0m0s")
    assert codes(short) == {"L5D407"}
    assert "lasts for 25 hours" in reason(short)
    assert codes(certificate("webhook", "24h", "1h")) == {"L5D407"}


@pytest.mark.parametrize(
    ("duration", "renew_before"),
    [("48h", "48h"), ("48h", "49h"), ("59m", "10m"), ("48h", "4m59s"), ("48", "25h"), ("2d", "25h"), ("-48h", "25h")],
)
def test_what_cert_manager_refuses(duration: str, renew_before: str) -> None:
    assert codes(certificate("issuer", duration, renew_before)) == {"L5D405"}


def test_an_issuer_that_cuts_the_proxies_certificates_short() -> None:
    assert "L5D408" in codes(certificate("issuer", "48h", "20h"))
    assert "L5D408" not in codes(certificate("issuer", "48h", "20h"), issuance=12)


def test_an_issuer_that_could_outlive_its_anchor() -> None:
    assert codes(certificate("anchor", "87600h", "720h"), certificate("issuer")) == {"L5D409"}
    assert codes(certificate("webhook_ca", "87600h", "720h"), certificate("webhook")) == {"L5D409"}


@pytest.mark.parametrize(
    ("use", "key", "found"),
    [
        ("issuer", {"algorithm": "ECDSA", "size": 384}, {"L5D402"}),
        ("issuer", {"algorithm": "RSA"}, {"L5D402"}),
        ("issuer", {}, {"L5D402"}),
        ("issuer", {"algorithm": "Ed25519"}, {"L5D402"}),
        ("anchor", {"algorithm": "RSA", "size": 4096}, set()),
        ("anchor", {"algorithm": "RSA", "size": 3072}, {"L5D402"}),
        ("webhook", {}, set()),
    ],
)
def test_keys(use: str, key: Object, found: set[str]) -> None:
    lives = ("87600h", "2160h") if use == "anchor" else ("1440h", "960h")
    assert codes(certificate(use, *lives, privateKey=key)) == found


def test_one_that_has_to_sign_and_may_not() -> None:
    assert codes(certificate("issuer", isCA=False)) == {"L5D404"}


def test_defaults_are_those_of_cert_manager() -> None:
    plain = lifetimes.read(certificate("issuer", None, None)[0], "issuer")
    assert (durations.text(plain.duration), durations.text(plain.renew_before)) == ("2160h0m0s", "720h0m0s")
    percentage = lifetimes.read(certificate("issuer", "100h", None, renewBeforePercentage=25)[0], "issuer")
    assert durations.text(percentage.renew_before) == "75h0m0s"


@given(HOURS, HOURS, HOURS, HOURS)
def test_without_a_finding_lifetimes_hold_together(anchor: int, anchor_before: int, issuer: int, issuer_before: int) -> None:
    """No finding means: renewed in time, off for a weekend, and nothing outlives its authority whenever it was issued."""
    pair = (certificate("anchor", f"{anchor}h", f"{anchor_before}h"), certificate("issuer", f"{issuer}h", f"{issuer_before}h"))
    if codes(*pair) == set():
        assert anchor > anchor_before >= issuer > issuer_before >= 72
        assert anchor - anchor_before >= 2 * 365 * 24


@given(st.integers(0, 100_000), st.integers(0, 100_000))
@example(0, 5)
def test_refused_is_what_cert_manager_refuses(duration: int, renew_before: int) -> None:
    """In minutes; the rule of its webhook."""
    refused = duration < 60 or renew_before < 5 or renew_before >= duration
    assert ("L5D405" in codes(certificate("webhook", f"{duration}m", f"{renew_before}m"))) is refused


def test_how_long_proxies_certificates_live_is_linkerds_own_setting() -> None:
    def read(given: str) -> dt.timedelta:
        return lifetimes.issuance_lifetime({"identity": {"issuer": {"issuanceLifetime": given}}})

    assert lifetimes.issuance_lifetime({}) == read("") == read("24h0m0s") == dt.timedelta(days=1)
    assert read("1h30m") == dt.timedelta(minutes=90)
    with pytest.raises(InputError, match="issuanceLifetime"):
        read("1d")
