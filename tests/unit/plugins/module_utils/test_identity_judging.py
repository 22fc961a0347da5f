# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether issued certificates fit each other."""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.judging import Held, Identity, Webhook, judge
from ansible_collections.pimesh.linkerd.plugins.module_utils.identity.lifetimes import Renewal
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from tests.unit import pki

if t.TYPE_CHECKING:
    from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Finding

DAY = dt.timedelta(days=1)
ROOTS = Ref("v1", "ConfigMap", "linkerd-identity-trust-roots", "linkerd")
ISSUER = Ref("v1", "Secret", "linkerd-identity-issuer", "linkerd")
ANCHOR = Ref("v1", "Secret", "linkerd-trust-anchor", "cert-manager")
CONFIGURATION = Ref("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config")
HOST = "linkerd-proxy-injector.linkerd.svc"

ROOT = pki.authority("root.linkerd.cluster.local", days=1000)
OTHER = pki.authority("other", days=1000)
SIGNING = pki.issued("identity.linkerd.cluster.local", ROOT, days=60)
HOOK_CA = pki.authority("webhook", days=1000)


def held(ref: Ref, *chain: pki.Identity, ca: pki.Identity | None = None, **more: t.Any) -> Held:
    return Held(ref, tuple(each.certificate for each in chain), (ca.certificate,) if ca else (), **more)


def mesh(issuer: pki.Identity | Held, *anchors: pki.Identity, **more: t.Any) -> Identity:
    signing = issuer if isinstance(issuer, Held) else held(ISSUER, issuer)
    return Identity(bundle=held(ROOTS, *(anchors or (ROOT,))), issuer=signing, **more)


def hook(leaf: pki.Identity, trusted: pki.Identity = HOOK_CA, ca: pki.Identity = HOOK_CA) -> Identity:
    secret = Ref("v1", "Secret", "linkerd-proxy-injector-k8s-tls", "linkerd")
    return Identity(webhooks=[Webhook(held(secret, leaf, ca=ca), HOST, CONFIGURATION, (trusted.certificate,))])


def found(identity: Identity, at: dt.datetime = pki.NOW) -> list[Finding]:
    return judge(identity, at)


def codes(identity: Identity, at: dt.datetime = pki.NOW) -> list[str]:
    return sorted(entry.code for entry in found(identity, at))


def renewal(*, new_key: bool = True) -> Renewal:
    ref = Ref("cert-manager.io/v1", "Certificate", "linkerd-trust-anchor", "cert-manager")
    return Renewal(ref, "anchor", 3650 * DAY, 90 * DAY, new_key, "ECDSA P-256", authority=True)


def test_a_healthy_mesh_has_nothing_to_say() -> None:
    assert codes(mesh(held(ISSUER, SIGNING, ca=ROOT))) == []
    assert codes(Identity()) == []


def test_an_issuer_of_somebody_else() -> None:
    assert codes(mesh(pki.issued("identity", OTHER))) == ["L5D401"]
    same_name = pki.authority("root.linkerd.cluster.local")
    (entry,) = found(mesh(pki.issued("identity", same_name)))
    assert (entry.code, entry.object) == ("L5D401", ISSUER)
    assert "ConfigMap linkerd/linkerd-identity-trust-roots" in entry.reason


def test_an_issuer_below_an_intermediate() -> None:
    middle = pki.issued("middle", ROOT)
    signing = pki.issued("identity", middle, days=5)
    assert codes(mesh(held(ISSUER, signing, middle))) == []
    assert codes(mesh(signing)) == ["L5D401"]


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["P-384", "RSA"])
def test_an_issuer_with_a_key_that_linkerd_refuses(key: pki.Key) -> None:
    assert codes(mesh(pki.issued("identity", ROOT, key=key))) == ["L5D402"]


def test_anchors_may_be_rsa_but_not_of_any_size_and_are_signed_with_sha_256() -> None:
    good = pki.authority("rsa", key=rsa.generate_private_key(65537, 2048))
    assert codes(mesh(pki.issued("identity", good, days=5), good)) == []
    odd = pki.authority("p384", key=ec.generate_private_key(ec.SECP384R1()))
    assert codes(mesh(pki.issued("identity", odd, days=5), odd)) == ["L5D402"]
    assert codes(mesh(pki.issued("identity", ROOT, digest=hashes.SHA512()))) == ["L5D402"]


def test_time_is_up_or_has_not_come() -> None:
    assert codes(mesh(SIGNING), pki.NOW + 61 * DAY) == ["L5D403"]
    assert codes(mesh(SIGNING), pki.NOW - 2 * DAY) == ["L5D403", "L5D403"]
    assert codes(mesh(pki.issued("identity", ROOT, days=2000)), pki.NOW + 1001 * DAY) == ["L5D401", "L5D403", "L5D409"]


def test_a_leaf_is_no_issuer() -> None:
    assert codes(mesh(pki.issued("identity", ROOT, ca=False))) == ["L5D404"]


def test_an_issuer_that_outlives_its_anchor() -> None:
    assert codes(mesh(pki.issued("identity", ROOT, days=1001))) == ["L5D409"]


def test_what_ends_soon_is_judged_in_proportion() -> None:
    assert codes(mesh(SIGNING), pki.NOW + 52 * DAY) == []
    (entry,) = found(mesh(SIGNING), pki.NOW + 54 * DAY)
    assert entry.code == "L5D410"
    assert "nobody renews it" in entry.reason
    renewed = held(ISSUER, SIGNING, renewal_time=pki.NOW + 58 * DAY)
    assert codes(mesh(renewed), pki.NOW + 54 * DAY) == []
    assert codes(mesh(renewed), pki.NOW + 58.5 * DAY) == ["L5D410"]


def test_several_anchors_and_one_of_them_over() -> None:
    assert codes(mesh(SIGNING, ROOT, OTHER)) == ["L5D412"]
    over = pki.authority("over", begin=pki.NOW - 20 * DAY)
    assert codes(mesh(SIGNING, ROOT, over)) == ["L5D410", "L5D412"]


def test_the_secret_names_another_authority_than_the_bundle() -> None:
    assert codes(mesh(held(ISSUER, SIGNING, ca=OTHER))) == ["L5D413"]


def test_a_secret_that_cannot_be_used() -> None:
    assert codes(mesh(SIGNING, issuer_problem="tls.key missing")) == ["L5D414"]


def test_the_anchors_key_in_the_cluster_and_a_change_that_comes_by_itself() -> None:
    assert codes(Identity(anchor=held(ANCHOR, ROOT, has_key=True))) == ["L5D411"]
    soon: dict[str, t.Any] = {"renewal": renewal(), "renewal_time": pki.NOW + 30 * DAY}
    assert codes(Identity(anchor=held(ANCHOR, ROOT, **soon))) == ["L5D406"]
    assert codes(Identity(anchor=held(ANCHOR, ROOT, **{**soon, "renewal_time": pki.NOW + 61 * DAY}))) == []
    assert codes(Identity(anchor=held(ANCHOR, ROOT, **{**soon, "renewal": renewal(new_key=False)}))) == []


def test_webhooks() -> None:
    leaf = pki.issued("injector", HOOK_CA, ca=False, host=HOST, days=60)
    assert codes(hook(leaf)) == []
    assert codes(hook(leaf, trusted=OTHER)) == ["L5D415"]
    assert codes(hook(leaf), pki.NOW + 60 * DAY) == ["L5D415"]
    assert codes(hook(pki.issued("injector", HOOK_CA, ca=False, host="elsewhere.svc"))) == ["L5D415"]
    assert codes(hook(pki.issued("injector", HOOK_CA, ca=False, host=HOST, days=1001))) == ["L5D409"]


def test_an_authority_that_was_renewed_with_its_key_serves_old_and_new() -> None:
    renewed = pki.authority("webhook", key=HOOK_CA.key, begin=pki.NOW - DAY, days=2000)
    old, new = (pki.issued("injector", ca, ca=False, host=HOST, days=60) for ca in (HOOK_CA, renewed))
    assert codes(hook(old, trusted=renewed, ca=HOOK_CA)) == []
    assert codes(hook(new, trusted=HOOK_CA, ca=renewed)) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([ROOT, OTHER, HOOK_CA]), min_size=1, unique=True), st.integers(-3, 1100))
def test_a_mesh_without_a_critical_finding_is_one_that_linkerd_starts(anchors: list[pki.Identity], days: int) -> None:
    """Whatever is in the bundle, at any time: valid, and signed by something valid in it."""
    at = pki.NOW + days * DAY
    critical = [entry for entry in found(mesh(SIGNING, *anchors), at) if entry.severity.name == "CRITICAL"]
    assert (not critical) == (ROOT in anchors and -1 <= days < 59)
