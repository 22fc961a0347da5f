# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about certificates, C(L5D4xx).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

CERTIFICATES: dict[str, Rule] = {
    "L5D401": Rule(
        Severity.CRITICAL,
        "The identity issuer does not lead to the trust anchors",
        "Have it issued by one of the anchors, or put its anchor into the bundle; `kubectl -n linkerd get certificaterequests` shows who issued it.",
    ),
    "L5D402": Rule(
        Severity.CRITICAL,
        "Linkerd does not accept this key",
        "Issue it anew: the issuer with ECDSA P-256, an anchor with ECDSA P-256, RSA 2048 or RSA 4096, both signed with SHA-256.",
    ),
    "L5D403": Rule(
        Severity.CRITICAL,
        "A certificate of the mesh's identity is not valid now",
        "Check the clocks first; then renew it, or give one that is valid.",
    ),
    "L5D404": Rule(
        Severity.CRITICAL,
        "A certificate that has to sign others may not",
        "Issue it anew as an authority (isCA: true, or `basicConstraints=critical,CA:TRUE`).",
    ),
    "L5D405": Rule(
        Severity.CRITICAL,
        "cert-manager would refuse these lifetimes",
        "Choose a duration of an hour or more and a renewBefore between five minutes and less than that; write hours, such as 1440h0m0s.",
    ),
    "L5D406": Rule(
        Severity.ERROR,
        "The trust anchor changes its key while nobody restarts the mesh",
        "Give it a long duration and a short renewBefore, and rotate it on purpose; two days after an unattended change proxies lose their identity.",
    ),
    "L5D407": Rule(
        Severity.WARNING,
        "This certificate does not last over a weekend without power",
        "Raise duration and renewBefore: a cluster can be switched off for as long as renewBefore and still start.",
    ),
    "L5D408": Rule(
        Severity.WARNING,
        "The issuer is renewed so late that it cuts proxies' certificates short",
        "Make renewBefore at least as long as identity.issuer.issuanceLifetime, 24 hours by default.",
    ),
    "L5D409": Rule(
        Severity.WARNING,
        "A certificate can outlive the one that issued it",
        "Shorten it, or renew its authority earlier: renewBefore of the authority at least as long as what it issues lives.",
    ),
    "L5D410": Rule(
        Severity.WARNING,
        "A certificate comes to its end",
        "See `kubectl describe certificate` where cert-manager renews it; replace it by hand where nobody does.",
    ),
    "L5D411": Rule(
        Severity.INFO,
        "The trust anchor's private key is in the cluster",
        "Nothing to do on a cluster of your own. Whoever may read that Secret can make any identity; an anchor without its key avoids it.",
    ),
    "L5D412": Rule(
        Severity.INFO,
        "Several trust anchors are in force",
        "Nothing to do while a rotation is going on; take the old one out when nothing was issued by it any more.",
    ),
    "L5D413": Rule(
        Severity.WARNING,
        "The issuer's Secret names an authority that proxies do not trust",
        "Have the issuer issued anew: `linkerd check` reads the anchors from ca.crt of that Secret.",
    ),
    "L5D414": Rule(
        Severity.CRITICAL,
        "The issuer's Secret cannot be used",
        "Delete it so that cert-manager issues it anew, or write tls.crt, tls.key and ca.crt into it.",
    ),
    "L5D415": Rule(
        Severity.ERROR,
        "A webhook's certificate does not serve its webhook",
        "See that cert-manager's cainjector runs and that the Certificate is Ready; then restart the webhook's Deployment.",
    ),
    "L5D416": Rule(
        Severity.CRITICAL,
        "Another trust anchor is in use, and this one would replace it",
        "Keep the one that is used (linkerd_identity_anchor_source: existing), or rotate with both in force: proxies of the two refuse each other.",
    ),
    "L5D417": Rule(
        Severity.CRITICAL,
        "The trust domain is another one",
        "Give the trust domain that is in use; it is part of every identity and cannot be changed under a running mesh.",
    ),
    "L5D418": Rule(
        Severity.CRITICAL,
        "The cert-manager that is there does not suit",
        "Change that installation where it is kept, or name the namespace that it uses with linkerd_identity_trust_namespace.",
    ),
    "L5D419": Rule(
        Severity.CRITICAL,
        "The trust-manager that is there does not suit",
        "Change that installation where it is kept, name its namespace with linkerd_identity_trust_namespace, "
        "or do without it: linkerd_identity_distribution: direct.",
    ),
}
