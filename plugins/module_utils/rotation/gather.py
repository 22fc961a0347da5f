# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a rotation is planned from, and refuses what cannot be rotated from here.

What is issued is read before the pods: a pod that starts in between trusts more than it has to, never less.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t
from dataclasses import dataclass, field

from .. import certificates
from ..cluster import Query
from ..errors import ClusterError, PlanningError
from ..helm_values import parse_values
from ..identity.lifetimes import issuance_lifetime
from ..linkerd.annotations import COMPONENT_LABEL, CONTROL_PLANE_LABEL
from ..linkerd.installation import config_ref
from ..linkerd.trust import ANCHOR, ISSUER, PREVIOUS, PREVIOUS_LABEL, TRUST_ROOTS, TRUST_ROOTS_KEY
from ..model import Object, Ref
from ..objects.owners import refuse_managed
from ..objects.readiness import ready
from . import reading
from .snapshot import IN_FORCE, KEPT, Snapshot

if t.TYPE_CHECKING:
    from cryptography import x509

    from ..cluster import Cluster

CERTIFICATES = "cert-manager.io/v1"
BUNDLES = "trust.cert-manager.io/v1alpha1"
OUTSIDE = (("multicluster.linkerd.io", "Link"), ("workload.linkerd.io", "ExternalWorkload"))


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are."""

    linkerd: str
    trust: str

    @property
    def anchor(self) -> Ref:
        return Ref(CERTIFICATES, "Certificate", ANCHOR, self.trust)

    @property
    def anchor_secret(self) -> Ref:
        return Ref("v1", "Secret", ANCHOR, self.trust)

    @property
    def kept(self) -> Ref:
        return Ref("v1", "Secret", KEPT, self.trust)

    @property
    def noted(self) -> Ref:
        return Ref("v1", "ConfigMap", KEPT, self.trust)

    @property
    def bundle(self) -> Ref:
        return Ref(BUNDLES, "Bundle", TRUST_ROOTS)

    @property
    def roots(self) -> Ref:
        return Ref("v1", "ConfigMap", TRUST_ROOTS, self.linkerd)

    @property
    def signer(self) -> Ref:
        return Ref(CERTIFICATES, "ClusterIssuer", ISSUER)

    @property
    def issuer(self) -> Ref:
        return Ref(CERTIFICATES, "Certificate", ISSUER, self.linkerd)

    @property
    def issuer_secret(self) -> Ref:
        return Ref("v1", "Secret", ISSUER, self.linkerd)


@dataclass(frozen=True, slots=True)
class Found:
    """The snapshot, and the objects behind it."""

    places: Places
    snapshot: Snapshot
    objects: dict[Ref, Object | None]
    known: dict[str, x509.Certificate]
    """Every anchor that was seen, by fingerprint."""
    issuer: x509.Certificate
    others: tuple[Ref, ...] = field(default=())
    """ConfigMaps that hold previous anchors and are not ours."""


def gather(cluster: Cluster, places: Places, *, server_time: bool = False) -> Found:
    """Everything, in a few parallel reads. Raises a PlanningError where this anchor cannot be rotated from here."""
    _refuse_missing(cluster, places)
    refs = [
        places.anchor,
        places.anchor_secret,
        places.kept,
        places.noted,
        places.bundle,
        places.roots,
        places.signer,
        places.issuer,
        places.issuer_secret,
        config_ref(places.linkerd),
    ]
    objects = dict(zip(refs, cluster.get_many(refs), strict=True))
    _refuse_foreign(places, objects)
    component = Query("apps/v1", "Deployment", places.linkerd, label_selector=COMPONENT_LABEL)
    previous = Query("v1", "ConfigMap", places.trust, label_selector=f"{PREVIOUS_LABEL}={PREVIOUS}")
    loads = Query("v1", "Event", places.linkerd, field_selector="reason=IssuerUpdated", project=reading.when, refused=_unseen)
    deployments, notes, loaded, *outside = cluster.list_many([component, previous, loads, *_outside(cluster)])
    reader = reading.Reader()
    pods = cluster.list(Query("v1", "Pod", label_selector=f"{CONTROL_PLANE_LABEL}={places.linkerd}", project=reading.slim))
    proxies = tuple(proxy for pod in pods if (proxy := reader.proxy(pod, places.linkerd)) is not None)
    snapshot, issuer = _snapshot(places, objects, reader)
    states = [(obj["metadata"]["name"], ready(obj)) for obj in deployments]
    waiting = [f"Deployment {places.linkerd}/{name}: {state.words}" for name, state in states if not state.done]
    snapshot |= {
        "proxies": proxies,
        "control_plane_ready": bool(states) and not waiting,
        "control_plane_words": waiting[0] if waiting else f"no Deployment of the control plane in namespace {places.linkerd}",
        "outside": tuple(Ref.of(obj) for found in outside for obj in found),
        "now": _server_time(cluster, places) if server_time and snapshot["in_force"] else certificates.now(),
        "loaded": tuple(entry["at"] for entry in loaded),
    }
    others = tuple(ref for ref in map(Ref.of, notes) if ref != places.noted)
    return Found(places, Snapshot(**snapshot), objects, reader.known, issuer, others)


def _outside(cluster: Cluster) -> list[Query]:
    served = cluster.group_versions()
    found = [(group, kind, sorted(entry for entry in served if entry.startswith(f"{group}/"))) for group, kind in OUTSIDE]
    return [Query(versions[-1], kind, optional=True, project=reading.named) for _group, kind, versions in found if versions]


def _unseen(_error: ClusterError) -> None:
    """Events only tell whether linkerd-identity has loaded a renewed issuer; a rotation does not rely on them."""


def _refuse_missing(cluster: Cluster, places: Places) -> None:
    if cluster.get(config_ref(places.linkerd)) is None:
        raise PlanningError(
            "Linkerd",
            f"is not installed in namespace {places.linkerd}, so there is no trust anchor to rotate",
            "Run the playbook pimesh.linkerd.site, or say with linkerd_namespace where the control plane is. See `kubectl get configmaps -A "
            "--field-selector metadata.name=linkerd-config`.",
            code="not_installed",
        )
    for api_version, kind, name in ((CERTIFICATES, "Certificate", "cert-manager"), (BUNDLES, "Bundle", "trust-manager")):
        if not cluster.serves(api_version, kind):
            raise PlanningError(
                name,
                f"is not installed: the API does not serve {kind} ({api_version})",
                "A rotation needs it to hand out two anchors at once. Role pimesh.linkerd.cert_manager installs it; see `kubectl get crds`.",
                code=f"no_{name.replace('-', '_')}",
            )


def _refuse_foreign(places: Places, objects: t.Mapping[Ref, Object | None]) -> None:
    """Only an anchor that cert-manager makes here can be made anew here."""
    signer, issuer = objects[places.signer] or {}, objects[places.issuer] or {}
    source = (issuer.get("spec") or {}).get("issuerRef") or {}
    reason = ""
    if objects[places.issuer] is None:
        reason = f"there is no {places.issuer}; the identity issuer was given to Linkerd, not issued by cert-manager"
    elif source.get("kind") != "ClusterIssuer" or source.get("name") != ISSUER:
        reason = f"{places.issuer} is issued by {source.get('kind', 'Issuer')} {source.get('name')}, which is not this collection's"
    elif ((signer.get("spec") or {}).get("ca") or {}).get("secretName") not in (ANCHOR, KEPT):
        reason = f"{places.signer} does not sign with Secret {places.trust}/{ANCHOR}"
    elif objects[places.anchor] is None:
        reason = f"there is no {places.anchor}; the anchor in Secret {places.trust}/{ANCHOR} was given, and is not renewed by cert-manager"
    elif objects[places.bundle] is None:
        reason = f"there is no {places.bundle}, so nobody hands out two anchors at once"
    if reason:
        raise PlanningError(
            "the trust anchor",
            f"was not made by role linkerd_identity: {reason}",
            "Rotate it where it is made, and keep the old certificate trusted meanwhile: put it into a ConfigMap in namespace "
            f"{places.trust} with the label {PREVIOUS_LABEL}={PREVIOUS} and the key {TRUST_ROOTS_KEY}. The guide on rotation says how.",
            code="foreign_anchor",
        )
    for ref in (places.anchor, places.signer, places.issuer, places.bundle):
        refuse_managed(ref, t.cast(Object, objects[ref]))


def _snapshot(places: Places, objects: t.Mapping[Ref, Object | None], reader: reading.Reader) -> tuple[dict[str, t.Any], x509.Certificate]:
    """What the single objects say."""
    secret = _existing(objects, places.anchor_secret)
    current = reader.one(secret, "tls.crt")
    kept, noted, roots = objects[places.kept], objects[places.noted], _existing(objects, places.roots)
    signer, bundle = _existing(objects, places.signer), _existing(objects, places.bundle)
    issuer_secret = _existing(objects, places.issuer_secret)
    issuer = reader.certificate(issuer_secret, "tls.crt")
    in_force = ((noted or {}).get("metadata", {}).get("annotations") or {}).get(IN_FORCE, "")
    snapshot: dict[str, t.Any] = {
        "current": current,
        "remaining": certificates.facts(reader.known[current], certificates.now())["remaining"],
        "kept": reader.one(kept, "tls.crt") if kept else "",
        "noted": reader.all(noted, TRUST_ROOTS_KEY) if noted else frozenset(),
        "in_force": in_force,
        "in_force_since": reading.changed(noted, ("metadata", "annotations", IN_FORCE)) if noted and in_force else None,
        "named": any((source.get("configMap") or {}).get("name") == KEPT for source in bundle["spec"].get("sources") or []),
        "synced": ready(bundle).done,
        "bundle": reader.all(roots, TRUST_ROOTS_KEY),
        "bundle_changed": reading.changed(roots, ("data", TRUST_ROOTS_KEY)),
        "signing": signer["spec"]["ca"]["secretName"],
        "signing_ready": ready(signer).done,
        "anchor_issuing": reading.issuing(_existing(objects, places.anchor)),
        "issuer_issuing": reading.issuing(_existing(objects, places.issuer)),
        "issuer_changed": reading.changed(issuer_secret, ("data", "tls.crt")),
        "leaf_lifetime": _leaf_lifetime(_existing(objects, config_ref(places.linkerd))),
    }
    reader.learn(issuer_secret, "ca.crt")
    snapshot["issuer_anchor"] = reader.signed_by(issuer)
    if not snapshot["issuer_anchor"]:
        raise PlanningError(
            str(places.issuer_secret),
            f"its certificate, issued by {issuer.issuer.rfc4514_string()}, leads to no anchor that is valid and known here",
            f"There is nothing to hand over from: proxies cannot verify it either. See `kubectl -n {places.linkerd} describe certificate "
            f"{ISSUER}` and `linkerd check --proxy`; then have both issued anew and restart everything that is meshed.",
            code="broken_chain",
        )
    return snapshot, issuer


def _existing(objects: t.Mapping[Ref, Object | None], ref: Ref) -> Object:
    found = objects[ref]
    if found is None:
        raise PlanningError(
            str(ref),
            "does not exist, although what makes it does",
            f"See `kubectl -n {ref.namespace or 'default'} get certificates,configmaps,pods` and the logs of cert-manager and trust-manager.",
            code="missing",
        )
    return found


def _leaf_lifetime(config: Object) -> dt.timedelta:
    return issuance_lifetime(parse_values((config.get("data") or {}).get("values"), str(Ref.of(config))))


def _server_time(cluster: Cluster, places: Places) -> dt.datetime:
    """By the clock that wrote all other times: the API pretends to make something."""
    pretended: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{KEPT}-time", "namespace": places.trust}}
    return reading.moment(cluster.create(pretended, dry_run=True)["metadata"]["creationTimestamp"])
