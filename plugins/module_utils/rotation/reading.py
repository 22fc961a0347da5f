# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads single objects: which anchors they hold, and when they changed. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from .. import certificates
from ..errors import InputError, PlanningError
from ..linkerd.annotations import COMPONENT_LABEL, PROXY_CONTAINER
from ..linkerd.injection import proxy_container
from ..linkerd.proxy import ANCHORS_ENV
from ..managers import controller_of
from ..model import Object, Ref
from ..objects.owners import last_written
from ..objects.readiness import condition_of
from .snapshot import ISSUING, Proxy

if t.TYPE_CHECKING:
    from cryptography import x509

IDENTITY = "identity"
RESTARTABLE = ("ReplicaSet", "DaemonSet", "StatefulSet", "Deployment")


class Reader:
    """Remembers every anchor it meets, and each PEM text only once: most pods carry the same."""

    def __init__(self) -> None:
        self.known: dict[str, x509.Certificate] = {}
        self._texts: dict[bytes, frozenset[str]] = {}

    def certificate(self, obj: Object, key: str) -> x509.Certificate:
        """The first certificate, which is the holder's own."""
        return certificates.load(content(obj, key), str(Ref.of(obj)))[0]

    def one(self, obj: Object, key: str) -> str:
        certificate = self.certificate(obj, key)
        return self._remember(certificate)

    def all(self, obj: Object, key: str) -> frozenset[str]:
        return self._anchors(content(obj, key), str(Ref.of(obj)))

    def learn(self, obj: Object, key: str) -> None:
        """Anchors that may be there, for want of anybody else who knows them."""
        if content(obj, key).strip():
            self.all(obj, key)

    def signed_by(self, certificate: x509.Certificate) -> str:
        """Which of the known anchors signed it and is valid; empty for none."""
        now = certificates.now()
        found = (name for name, anchor in self.known.items() if not certificates.chain_problem([certificate], [anchor], now))
        return next(found, "")

    def proxy(self, pod: Object, linkerd: str) -> Proxy | None:
        """None for a pod without one, or that has ended."""
        container = proxy_container(pod)
        if not container or pod["phase"] in ("Succeeded", "Failed"):
            return None
        meta = pod["metadata"]
        component = (meta.get("labels") or {}).get(COMPONENT_LABEL, "") if meta["namespace"] == linkerd else ""
        return Proxy(
            pod=Ref.of(pod),
            owner=_owner(pod),
            born=moment(meta["creationTimestamp"]),
            anchors=self._born_with(container, str(Ref.of(pod))),
            control_plane=bool(component),
            identity=component == IDENTITY,
            ending=bool(meta.get("deletionTimestamp")),
        )

    def _born_with(self, container: Object, subject: str) -> frozenset[str] | None:
        found: Object = next((entry for entry in container.get("env") or [] if entry.get("name") == ANCHORS_ENV), {})
        if "valueFrom" in found:
            return None
        try:
            return self._anchors(str(found.get("value") or "").encode(), subject)
        except InputError:
            return frozenset()  # it trusts nobody, and is restarted like any other that lacks an anchor

    def _anchors(self, pem: bytes, subject: str) -> frozenset[str]:
        if pem not in self._texts:
            self._texts[pem] = frozenset(self._remember(entry) for entry in certificates.load(pem, subject))
        return self._texts[pem]

    def _remember(self, certificate: x509.Certificate) -> str:
        name = certificates.fingerprint(certificate)
        self.known.setdefault(name, certificate)
        return name


def content(obj: Object, key: str) -> bytes:
    """What a ConfigMap or a Secret holds under a key; empty when there is nothing."""
    value = str((obj.get("data") or {}).get(key) or "")
    return certificates.decoded(value) if obj.get("kind") == "Secret" else value.encode()


def slim(pod: Object) -> Object:
    """The few things that count; a cluster's pods are many."""
    meta, container = pod["metadata"], proxy_container(pod)
    kept = ("name", "namespace", "labels", "ownerReferences", "creationTimestamp", "deletionTimestamp")
    env = [entry for entry in container.get("env") or [] if entry.get("name") == ANCHORS_ENV]
    return {
        **named(pod),
        "metadata": {name: meta[name] for name in kept if name in meta},
        "spec": {"containers": [{"name": PROXY_CONTAINER, "env": env}] if container else []},
        "phase": (pod.get("status") or {}).get("phase", ""),
    }


def named(obj: Object) -> Object:
    meta = {name: obj["metadata"][name] for name in ("name", "namespace") if name in obj["metadata"]}
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": meta}


def when(event: Object) -> Object | None:
    last = event.get("lastTimestamp") or event.get("firstTimestamp")
    return {"at": moment(last)} if last else None


def _owner(pod: Object) -> Ref | None:
    """Its controller, where restarting that one replaces the pod."""
    found = controller_of(pod)
    return found if found and found.kind in RESTARTABLE else None


def changed(obj: Object, path: t.Sequence[str]) -> dt.datetime:
    """When what is at O(path) was last written, by the API server's clock."""
    written = last_written(obj, *path)
    if not written:
        reason = f"nobody is on record as the one who wrote its {path[-1]}, so nobody can tell which pods are older"
        raise PlanningError(str(Ref.of(obj)), reason, "Have it written anew by what makes it.", code="no_times")
    return moment(written)


def issuing(certificate: Object) -> bool:
    return condition_of(certificate, ISSUING).get("status") == "True"


def moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
