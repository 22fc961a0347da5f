# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The identity that somebody is about to set up, judged before anything is written. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import certificates
from ..errors import InputError, PlanningError
from ..findings import finding
from ..linkerd.trust import ANCHOR, ISSUER, TRUST_ROOTS, TRUST_ROOTS_KEY
from ..model import Ref
from ..objects.readiness import ready
from . import lifetimes
from .gathering import WEBHOOK_CA, ca_secret, issuer_of, parse
from .judging import Held, Identity, judge, judge_authority

if t.TYPE_CHECKING:
    import datetime as dt

    from cryptography.x509 import Certificate

    from ..model import Finding, Object
    from .gathering import Found
    from .given import Given
    from .lifetimes import Use

CA_ISSUER_API = "cert-manager.io"
ISSUED_ANNOTATION = "cert-manager.io/certificate-name"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the trust anchor comes from."""

    anchors: tuple[Certificate, ...]
    """Empty where cert-manager has not issued it yet."""
    bundle_source: Object
    """An entry of spec.sources of a Bundle."""
    ref: Ref
    anchor_pem: str = ""
    """For a ConfigMap of our own, where the anchor is in no Secret that trust-manager could read."""


def use_of(certificate: Object) -> Use:
    """What a Certificate of the role is for, by its Secret."""
    names: dict[str, Use] = {ANCHOR: "anchor", ISSUER: "issuer", WEBHOOK_CA: "webhook_ca"}
    return names.get((certificate.get("spec") or {}).get("secretName") or "", "webhook")


def find_source(wanted: Object, found: Found, brought: Given) -> Source:
    """Raises what one clear error says when the source does not yield an anchor."""
    if wanted["source"] == "existing":
        return _in_force(wanted, found)
    if wanted["source"] == "issuer":
        return _of_issuer(wanted, found, brought)
    secret = Ref("v1", "Secret", ANCHOR, found.trust_namespace)
    from_secret = {"secret": {"name": ANCHOR, "key": "tls.crt"}}
    if wanted["source"] == "own":
        return Source(_chain(found.authorities.get(secret)), from_secret, secret)
    anchor = t.cast("Certificate", brought.anchor)
    return Source((anchor,), from_secret, secret) if wanted.get("anchor_key") else _copied((anchor,), found)


def _in_force(wanted: Object, found: Found) -> Source:
    """What a mesh of somebody's stands on, left as it is."""
    roots = Ref("v1", "ConfigMap", TRUST_ROOTS, found.namespace)
    identity = found.identity
    if wanted["live"] and not (identity.bundle and identity.issuer):
        place = f"namespace {found.namespace} has no mesh with a trust anchor and an identity issuer that could be kept"
        raise PlanningError("source existing", place, "Choose another source, or name the control plane's namespace.", code="no_identity")
    return Source(identity.bundle.chain if identity.bundle else (), {}, roots)


def _copied(anchors: tuple[Certificate, ...], found: Found) -> Source:
    ref = Ref("v1", "ConfigMap", ANCHOR, found.trust_namespace)
    return Source(anchors, {"configMap": {"name": ANCHOR, "key": TRUST_ROOTS_KEY}}, ref, certificates.pem(anchors))


def _of_issuer(wanted: Object, found: Found, brought: Given) -> Source:
    given_ref = wanted.get("issuer_ref") or {}
    if not given_ref.get("name"):
        raise InputError(
            "issuer_ref", "is missing", "Give name and kind of the issuer that is to sign the identity issuer.", code="combination"
        )
    if brought.anchor:
        return _copied((brought.anchor,), found)
    if not wanted["live"]:
        reason = "is missing, and the cluster is not asked for it"
        raise InputError("anchor_certificate", reason, "Give the trust anchor that the issuer's certificates lead to.", code="combination")
    ref = Ref(f"{given_ref.get('group') or CA_ISSUER_API}/v1", given_ref.get("kind") or "Issuer", given_ref["name"])
    foreign = f"{ref} does not say what it signs with"
    remedy = "Give the trust anchor that its certificates lead to with anchor_certificate."
    if given_ref.get("group") not in (None, "", CA_ISSUER_API):
        raise PlanningError("source issuer", foreign, remedy, code="issuer")
    issuer = issuer_of(found, given_ref)
    if issuer is None:
        raise PlanningError(
            str(ref),
            "does not exist",
            "Create it first, or correct its name and kind; `kubectl get clusterissuers` lists them.",
            code="issuer",
        )
    seen = ready(issuer)
    if not seen.done:
        raise PlanningError(
            str(ref), f"is not ready: {seen.words}", f"See `kubectl describe {ref.kind.lower()} {ref.name}`.", code="issuer"
        )
    secret = ca_secret(found, issuer)
    if secret is None:
        raise PlanningError("source issuer", foreign, remedy, code="issuer")
    anchors = _chain(found.authorities.get(secret))[:1]
    if not anchors:
        raise PlanningError(str(secret), f"holds no certificate, though {ref} signs with it", remedy, code="issuer")
    if secret.namespace == found.trust_namespace:
        return Source(anchors, {"secret": {"name": secret.name, "key": "tls.crt"}}, secret)
    return _copied(anchors, found)


def _chain(secret: Object | None) -> tuple[Certificate, ...]:
    return tuple(parse(certificates.decoded(((secret or {}).get("data") or {}).get("tls.crt") or "")))


def judge_wanted(wanted: Object, found: Found, source: Source, brought: Given, at: dt.datetime) -> list[Finding]:
    """What there is to say before the first write."""
    specs = [(obj, use_of(obj)) for obj in wanted.get("certificates") or [] if obj.get("kind") == "Certificate"]
    findings = lifetimes.judge_specs(specs, found.identity.issuance_lifetime)
    for anchor in source.anchors if wanted["source"] != "existing" else ():  # judged with the mesh that it belongs to
        findings += judge_authority(source.ref, anchor, "anchor", at)
    if brought.issuer:
        findings += _brought(wanted, found, source, brought, at)
    findings += _trust_domain(wanted, found)
    in_force = found.identity.bundle
    if found.values is not None and in_force and not _overlap(source, found):
        findings.append(finding("L5D416", in_force.ref, f"in use is {', '.join(map(certificates.name, in_force.chain))}"))
    if wanted["source"] == "own" and _brought_by_hand(found.authorities.get(source.ref)):
        findings.append(
            finding("L5D416", source.ref, "somebody wrote this Secret, and cert-manager would issue another certificate into it")
        )
    return findings


def _brought(wanted: Object, found: Found, source: Source, brought: Given, at: dt.datetime) -> t.Iterator[Finding]:
    """An issuer that was given: the same questions as for one that is live, and its name."""
    ref = Ref("v1", "Secret", ISSUER, found.namespace)
    yield from judge(Identity(bundle=Held(source.ref, source.anchors), issuer=Held(ref, brought.issuer)), at)
    name, prefix = certificates.common_name(brought.issuer[0]), "identity.linkerd."
    if name.startswith(prefix) and name != prefix + wanted["trust_domain"]:
        yield finding("L5D417", ref, f"the issuer is {name}, and the trust domain is to be {wanted['trust_domain']}")


def _trust_domain(wanted: Object, found: Found) -> t.Iterator[Finding]:
    if found.values is None:
        return
    used = str(found.values.get("identityTrustDomain") or found.values.get("clusterDomain") or "cluster.local")
    if used != wanted["trust_domain"]:
        ref = Ref("v1", "ConfigMap", "linkerd-config", found.namespace)
        yield finding("L5D417", ref, f"the mesh uses {used}, and it is to be {wanted['trust_domain']}")


def _overlap(source: Source, found: Found) -> bool:
    """Whether something that is trusted now will be trusted then: an anchor that stays, or a previous one that is kept."""
    bundle = found.identity.bundle
    kept = [*source.anchors, *(certificate for held in found.identity.previous for certificate in held.chain)]
    return bundle is not None and any(certificate in kept for certificate in bundle.chain)


def _brought_by_hand(secret: Object | None) -> bool:
    return secret is not None and ISSUED_ANNOTATION not in (secret["metadata"].get("annotations") or {})


def refuse_two_writers(wanted: Object, found: Found) -> None:
    """Written directly, the ConfigMap may not be a Bundle's as well."""
    if wanted["distribution"] == "direct" and wanted["source"] != "existing" and found.bundle_object is not None:
        raise PlanningError(
            f"Bundle {TRUST_ROOTS}",
            "writes the same ConfigMap",
            f"Remove it first and leave what it wrote: `kubectl delete bundle {TRUST_ROOTS} --cascade=orphan`.",
            code="distribution",
        )


def bundle_text(source: Source, found: Found) -> str:
    """What proxies are to trust, where no trust-manager puts it together; empty as long as the anchor is not there."""
    previous = [certificate for held in found.identity.previous for certificate in held.chain]
    return certificates.pem(dict.fromkeys([*source.anchors, *previous])) if source.anchors else ""
