# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading everything that belongs to a mesh's identity, in a few parallel rounds. Of a Secret only certificates are used.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, field

from .. import certificates
from ..cluster import Query
from ..errors import InputError
from ..helm_values import parse_values
from ..linkerd.installation import CONFIG_NAME
from ..linkerd.trust import ANCHOR, ISSUER, PREVIOUS, PREVIOUS_LABEL, TRUST_ROOTS, TRUST_ROOTS_KEY
from ..model import Ref
from . import installed
from .judging import Held, Identity, Webhook
from .lifetimes import ISSUANCE_LIFETIME, Renewal, Use, issuance_lifetime, read

if t.TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ..cluster import Cluster
    from ..model import Object

CERT_MANAGER = "cert-manager.io/v1"
CRD = "apiextensions.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
WEBHOOK_CA = "linkerd-webhook-ca"
VIZ = "linkerd-viz"
TLS_SCHEME = "kubernetes.io/tls"

# Where the certificate is for the schemes kubernetes.io/tls and linkerd.io/tls.
ISSUER_KEYS = ("tls.crt", "crt.pem")

WEBHOOKS = (
    (ADMISSION, "MutatingWebhookConfiguration", "linkerd-proxy-injector-webhook-config", "linkerd-proxy-injector", ""),
    (ADMISSION, "ValidatingWebhookConfiguration", "linkerd-sp-validator-webhook-config", "linkerd-sp-validator", ""),
    (ADMISSION, "ValidatingWebhookConfiguration", "linkerd-policy-validator-webhook-config", "linkerd-policy-validator", ""),
    (ADMISSION, "MutatingWebhookConfiguration", "linkerd-tap-injector-webhook-config", "tap-injector", VIZ),
    ("apiregistration.k8s.io/v1", "APIService", "v1alpha1.tap.linkerd.io", "tap", VIZ),
)
"""apiVersion, kind and name of what calls a webhook, its Service, and its namespace where that is not the control plane's."""


@dataclass(slots=True)
class Found:
    """What was read, taken apart."""

    namespace: str
    trust_namespace: str
    cert_manager: Object
    trust_manager: Object
    crds: Object
    values: Object | None = None
    """Linkerd's own record of its settings; None without Linkerd."""
    bundle_text: str = ""
    certificates: list[Object] = field(default_factory=list)
    issuers: list[Object] = field(default_factory=list)
    authorities: dict[Ref, Object | None] = field(default_factory=dict)
    """Secrets that an anchor is, or may be, in."""
    previous: list[Object] = field(default_factory=list)
    bundle_object: Object | None = None
    identity: Identity = field(default_factory=Identity)


def gather(cluster: Cluster, namespace: str = "linkerd", trust_namespace: str = "", issuer_ref: Object | None = None) -> Found:
    """C(issuer_ref) is the issuer that is to sign the identity issuer, where that is not the one that does."""
    deployed = [
        Query("apps/v1", "Deployment", label_selector=f"{installed.NAME_LABEL}={name}")
        for name in ("cert-manager", "cainjector", "trust-manager")
    ]
    issuing, injecting, bundling = cluster.list_many(deployed)
    cert_manager, trust_manager = installed.cert_manager(issuing, injecting), installed.trust_manager(bundling)
    trust_namespace = trust_namespace or trust_manager.get("trust_namespace") or cert_manager.get("namespace") or "cert-manager"
    found = Found(namespace, trust_namespace, cert_manager, trust_manager, {})
    _read_objects(cluster, found)
    _read_secrets(cluster, found, issuer_ref)
    return found


def _read_objects(cluster: Cluster, found: Found) -> None:
    """Everything but Secrets."""
    places = list(dict.fromkeys((found.namespace, VIZ, found.trust_namespace)))
    refs = [
        Ref(CRD, "CustomResourceDefinition", "certificates.cert-manager.io"),
        Ref(CRD, "CustomResourceDefinition", "bundles.trust.cert-manager.io"),
        Ref("v1", "ConfigMap", CONFIG_NAME, found.namespace),
        Ref("v1", "ConfigMap", TRUST_ROOTS, found.namespace),
    ]
    certificates_crd, bundles_crd, config, roots = cluster.get_many(refs)
    found.crds = {"cert_manager": installed.brought_by(certificates_crd), "trust_manager": installed.brought_by(bundles_crd)}
    listed = cluster.list_many(
        [
            *(Query(CERT_MANAGER, "Certificate", place, optional=True) for place in places),
            *(Query(CERT_MANAGER, "Issuer", place, optional=True) for place in places),
            Query(CERT_MANAGER, "ClusterIssuer", optional=True),
            Query("v1", "ConfigMap", found.trust_namespace, f"{PREVIOUS_LABEL}={PREVIOUS}"),
            Query("trust.cert-manager.io/v1alpha1", "Bundle", field_selector=f"metadata.name={TRUST_ROOTS}", optional=True),
        ]
    )
    count = len(places)
    found.certificates = [obj for group in listed[:count] for obj in group]
    found.issuers = [obj for group in listed[count : 2 * count + 1] for obj in group]
    found.previous = listed[2 * count + 1]
    found.bundle_object = next(iter(listed[2 * count + 2]), None)
    if config is not None:
        found.values = parse_values((config.get("data") or {}).get("values"), str(Ref.of(config)))
    anchors = str((found.values or {}).get("identityTrustAnchorsPEM") or "")
    found.bundle_text = str(((roots or {}).get("data") or {}).get(TRUST_ROOTS_KEY) or anchors)


def _read_secrets(cluster: Cluster, found: Found, issuer_ref: Object | None) -> None:
    callers = cluster.map(lambda row: _get(cluster, Ref(row[0], row[1], row[2])), WEBHOOKS)
    served = [_service(found, row, caller) for row, caller in zip(WEBHOOKS, callers, strict=True)]
    secret_ref = Ref("v1", "Secret", ISSUER, found.namespace)
    refs = [secret_ref, *(Ref("v1", "Secret", f"{name}-k8s-tls", place) for place, name in served)]
    authorities = _authority_refs(found, issuer_ref)
    secrets = cluster.get_many([*refs, *authorities])
    found.authorities = dict(zip(authorities, secrets[len(refs) :], strict=True))
    identity = found.identity
    identity.renewals = [renewal for certificate, use in uses(found) if (renewal := _renewal(certificate, use))]
    identity.issuance_lifetime = _issuance_lifetime(found.values)
    if found.bundle_text.strip():
        ref = Ref("v1", "ConfigMap", TRUST_ROOTS, found.namespace)
        identity.bundle = Held(ref, tuple(certificates.load(found.bundle_text.encode(), str(ref))))
    identity.issuer, identity.issuer_problem = _issuer(found, secrets[0])
    identity.anchor = _held(found, found.authorities[anchor_ref(found)])
    identity.previous = [held for obj in found.previous if (held := _previous(obj))]
    for caller, (place, name), secret in zip(callers, served, secrets[1 : len(refs)], strict=True):
        held = _held(found, secret)
        if held:
            identity.webhooks.append(Webhook(held, f"{name}.{place}.svc", Ref.of(caller) if caller else None, _trusted(caller)))


def _get(cluster: Cluster, ref: Ref) -> Object | None:
    return cluster.get(ref) if cluster.serves(ref.api_version, ref.kind) else None


def _clients(caller: Object | None) -> list[Object]:
    """How the API server reaches what it calls, of a webhook configuration or an APIService."""
    if caller is None:
        return []
    if caller["kind"] == "APIService":
        return [caller.get("spec") or {}]
    return [hook.get("clientConfig") or {} for hook in caller.get("webhooks") or []]


def _service(found: Found, row: tuple[str, ...], caller: Object | None) -> tuple[str, str]:
    """(namespace, name) of the Service."""
    service: Object = next((client["service"] for client in _clients(caller) if client.get("service")), {})
    return str(service.get("namespace") or row[4] or found.namespace), str(service.get("name") or row[3])


def _trusted(caller: Object | None) -> tuple[Certificate, ...]:
    texts = {str(client.get("caBundle") or "") for client in _clients(caller)}
    return tuple(certificate for text in sorted(texts) for certificate in parse(certificates.decoded(text)))


def _authority_refs(found: Found, issuer_ref: Object | None) -> list[Ref]:
    wanted = issuer_of(found, issuer_ref) if issuer_ref else None
    signing = ca_secret(found, wanted) if wanted else None
    own = Ref("v1", "Secret", ANCHOR, found.trust_namespace)
    return list(dict.fromkeys([anchor_ref(found), own, *([signing] if signing else [])]))


def anchor_ref(found: Found) -> Ref:
    """The Secret of the authority that issues the identity issuer, as far as the cluster tells."""
    issued = next((obj for obj in found.certificates if _issues(obj, found.namespace, ISSUER)), None)
    issuer = issuer_of(found, (issued or {}).get("spec", {}).get("issuerRef") or {})
    secret = ca_secret(found, issuer) if issuer else None
    return secret or Ref("v1", "Secret", ANCHOR, found.trust_namespace)


def issuer_of(found: Found, wanted: Object) -> Object | None:
    """The Issuer or ClusterIssuer of that reference; an Issuer in the control plane's namespace."""
    kind = wanted.get("kind") or "Issuer"
    place = found.namespace if kind == "Issuer" else ""
    refs = {(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): obj for obj in found.issuers}
    return refs.get((kind, place, wanted.get("name") or ""))


def ca_secret(found: Found, issuer: Object) -> Ref | None:
    """Where the key of a CA issuer is; None for issuers of another type."""
    name = ((issuer.get("spec") or {}).get("ca") or {}).get("secretName")
    place = issuer["metadata"].get("namespace") or found.cert_manager.get("cluster_resource_namespace") or found.trust_namespace
    return Ref("v1", "Secret", name, place) if name else None


def uses(found: Found) -> t.Iterator[tuple[Object, Use]]:
    """The Certificates that matter, and what each is for."""
    anchor = anchor_ref(found)
    names = {f"{row[3]}-k8s-tls" for row in WEBHOOKS}
    for certificate in found.certificates:
        if _issues(certificate, found.namespace, ISSUER):
            yield certificate, "issuer"
        elif _issues(certificate, anchor.namespace, anchor.name):
            yield certificate, "anchor"
        elif (certificate.get("spec") or {}).get("secretName") == WEBHOOK_CA:
            yield certificate, "webhook_ca"
        elif (certificate.get("spec") or {}).get("secretName") in names:
            yield certificate, "webhook"


def _issues(certificate: Object, namespace: str, secret: str) -> bool:
    return certificate["metadata"]["namespace"] == namespace and (certificate.get("spec") or {}).get("secretName") == secret


def _renewal(certificate: Object, use: Use) -> Renewal | None:
    try:
        return read(certificate, use)
    except InputError:  # the API itself let it pass, so cert-manager will say what is wrong with it
        return None


def _held(found: Found, secret: Object | None) -> Held | None:
    """What a Secret of type kubernetes.io/tls holds."""
    if secret is None:
        return None
    ref, data = Ref.of(secret), secret.get("data") or {}
    certificate = next((obj for obj in found.certificates if _issues(obj, ref.namespace, ref.name)), None)
    renewal = next((each for each in found.identity.renewals if certificate and each.ref == Ref.of(certificate)), None)
    status = (certificate or {}).get("status") or {}
    chain, authority = (tuple(parse(certificates.decoded(data.get(key) or ""))) for key in ("tls.crt", "ca.crt"))
    return Held(ref, chain, authority, renewal, _time(status.get("renewalTime")), has_key="tls.key" in data)


def _issuer(found: Found, secret: Object | None) -> tuple[Held | None, str]:
    """The issuer, and what is wrong with its Secret."""
    held = _held(found, secret)
    if held is None or secret is None:
        return None, ""
    data = secret.get("data") or {}
    key = next((name for name in ISSUER_KEYS if data.get(name)), "")
    if key == ISSUER_KEYS[1]:
        held = Held(held.ref, tuple(parse(certificates.decoded(data[key]))), has_key="key.pem" in data)
    scheme = (((found.values or {}).get("identity") or {}).get("issuer") or {}).get("scheme") or ("" if found.values else TLS_SCHEME)
    if scheme == TLS_SCHEME:
        missing = [name for name in ("tls.crt", "tls.key") if not data.get(name)]
        if missing:
            return held, f"{' and '.join(missing)} missing, which scheme {TLS_SCHEME} reads"
    return held, "" if held.chain else f"{key or 'it'} holds no PEM certificate"


def _previous(config_map: Object) -> Held | None:
    chain = parse(str((config_map.get("data") or {}).get(TRUST_ROOTS_KEY) or "").encode())
    return Held(Ref.of(config_map), tuple(chain)) if chain else None


def parse(pem: bytes) -> list[Certificate]:
    """The certificates of a PEM text; none when it holds none."""
    try:
        return certificates.load(pem, "") if pem.strip() else []
    except InputError:
        return []


def _time(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None


def _issuance_lifetime(values: Object | None) -> dt.timedelta:
    try:
        return issuance_lifetime(values or {})
    except InputError:
        return ISSUANCE_LIFETIME
