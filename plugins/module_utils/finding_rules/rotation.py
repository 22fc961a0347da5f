# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about a rotation of the trust anchor, C(L5D42x).

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..model import Severity
from .rule import Rule

ROTATION: dict[str, Rule] = {
    "L5D420": Rule(
        Severity.INFO,
        "A rotation of the trust anchor is under way",
        "Run the playbook pimesh.linkerd.rotate_trust_anchor again; it goes on where it stopped.",
    ),
    "L5D421": Rule(
        Severity.CRITICAL,
        "Proxies do not trust the anchor of the identity issuer",
        "Run the playbook pimesh.linkerd.rotate_trust_anchor, which restarts them in a safe order.",
    ),
    "L5D422": Rule(
        Severity.ERROR,
        "The trust anchor was replaced outside of a rotation",
        "Run the playbook pimesh.linkerd.rotate_trust_anchor before the identity issuer is renewed.",
    ),
    "L5D423": Rule(
        Severity.WARNING,
        "The bundle holds an anchor that nobody needs",
        "Delete the ConfigMap labelled pimesh.linkerd/trust-anchor=previous that holds it, or take it out of the Bundle.",
    ),
    "L5D424": Rule(
        Severity.INFO,
        "Proxies still trust an anchor that has left the bundle",
        "Restart them; the playbook does it with -e rotate_trust_anchor_revoke=true.",
    ),
    "L5D425": Rule(
        Severity.ERROR,
        "linkerd-identity may still sign with the issuer before this one",
        "Restart the Deployment linkerd-identity.",
    ),
    "L5D426": Rule(
        Severity.WARNING,
        "A rotation waits for a pod that only you can restart",
        "Let it end, or delete it; then run the playbook again.",
    ),
    "L5D427": Rule(
        Severity.WARNING,
        "A rotation waits for proxies outside of this cluster",
        "Give them the bundle of this cluster, then go on with -e rotate_trust_anchor_outside_ready=true.",
    ),
    "L5D428": Rule(
        Severity.INFO,
        "Pods are older than was asked for",
        "Nothing to do: l5d_rollout with state: present restarts them.",
    ),
}
