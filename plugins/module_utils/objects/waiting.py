# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until objects are ready, gone, or fit each other.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import binascii
import time
import typing as t
from dataclasses import dataclass

from .. import certificates
from ..cluster import Seen
from ..errors import InputError, NotFoundError
from ..model import Ref
from ..namespaces import held_by
from .readiness import ready, remedy

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object

CERTIFICATE_KEY = "tls.crt"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where a list of trusted certificates is kept."""

    ref: Ref
    key: str


@dataclass(frozen=True, slots=True)
class Target:
    """What to wait for. C(chains_to): the certificate of the Secret C(ref) must lead to one of that bundle."""

    ref: Ref
    condition: str = ""
    chains_to: Bundle | None = None

    @classmethod
    def parse(cls, option: t.Mapping[str, t.Any]) -> Target:
        """From one entry of the option C(wait_for)."""
        ref = Ref(option["api_version"], option["kind"], option["name"], option["namespace"] or "")
        bundle = option["chains_to"]
        if bundle is None:
            return cls(ref, option["condition"] or "")
        if ref.kind != "Secret":
            raise InputError(f"wait_for {ref}", "chains_to is for the certificate in a Secret", "Set kind: Secret.", code="wait_for")
        return cls(ref, chains_to=Bundle(Ref("v1", bundle["kind"], bundle["name"], bundle["namespace"] or ref.namespace), bundle["key"]))


def wait_ready(cluster: Cluster, targets: t.Sequence[Target], timeout: float) -> None:
    """Wait for all of them, with one deadline. The error is about the first that is not there by then."""
    end = time.monotonic() + timeout

    def wait(target: Target) -> None:
        left = max(0.0, end - time.monotonic())
        cluster.wait(str(target.ref), lambda: _look(cluster, target), timeout=left, remedy=remedy(target.ref))

    cluster.map(wait, targets)


def _look(cluster: Cluster, target: Target) -> Seen:
    try:
        live = cluster.get(target.ref)
    except NotFoundError as error:
        return Seen(done=False, words=error.reason)
    seen = ready(live, target.condition)
    if not seen.done or live is None:
        return seen
    if live["kind"] == "CustomResourceDefinition":
        return _served(cluster, live)
    return _chain(cluster, live, target.chains_to) if target.chains_to else seen


def _served(cluster: Cluster, definition: Object) -> Seen:
    """Established is not enough: its address answers only a moment later."""
    spec = definition["spec"]
    versions = [f"{spec['group']}/{version['name']}" for version in spec["versions"] if version.get("served", True)]
    missing = [version for version in versions if not cluster.serves(version, spec["names"]["kind"])]
    return Seen(done=not missing, words=f"not served yet: {', '.join(missing)}" if missing else "served")


def _chain(cluster: Cluster, secret: Object, bundle: Bundle) -> Seen:
    holder = cluster.get(bundle.ref)
    anchors = _content(holder, bundle.key)
    chain = _content(secret, CERTIFICATE_KEY)
    if not anchors:
        return Seen(done=False, words=f"{bundle.ref} has no {bundle.key} yet")
    if not chain:
        return Seen(done=False, words=f"it has no {CERTIFICATE_KEY} yet")
    try:
        problem = certificates.chain_problem(
            certificates.load(chain, str(Ref.of(secret))), certificates.load(anchors, str(bundle.ref)), certificates.now()
        )
    except InputError as error:
        problem = f"{error.subject} {error.reason}"
    return Seen(done=not problem, words=problem or "chains to the bundle")


def _content(obj: Object | None, key: str) -> bytes:
    """What a ConfigMap or a Secret holds under a key; empty when there is nothing."""
    value = ((obj or {}).get("data") or {}).get(key) or ""
    if (obj or {}).get("kind") != "Secret":
        return str(value).encode()
    try:
        return base64.b64decode(value)
    except binascii.Error:
        return b""


def wait_gone(cluster: Cluster, refs: t.Sequence[Ref], timeout: float) -> None:
    """Wait until all of them are gone, with one deadline."""
    end = time.monotonic() + timeout

    def look(ref: Ref) -> Seen:
        live = cluster.get(ref)
        if live is None:
            return Seen(done=True, words="gone")
        return Seen(done=False, words=f"still there{_held(live)}")

    def wait(ref: Ref) -> None:
        left = max(0.0, end - time.monotonic())
        cluster.wait(f"{ref} (removal)", lambda: look(ref), timeout=left, remedy=remedy(ref))

    cluster.map(wait, refs)


def _held(live: Object) -> str:
    """What keeps a deleted object. A namespace says it in its conditions; its own finalizer is always there."""
    if live["kind"] == "Namespace":
        told = held_by(live)
        return f" ({'; '.join(told)})" if told else ""
    finalizers = live["metadata"].get("finalizers") or []
    return f", held by the finalizers {finalizers}" if finalizers else ""
