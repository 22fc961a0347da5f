# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Helm remembers of a release, in its Secrets, and mending one that a killed helm left half done.

Helm keeps one Secret per revision, C(sh.helm.release.v1.<release>.v<revision>): the status is a label, the rest
gzipped JSON. A revision that stays C(pending-*) blocks every later helm with "another operation is in progress".

Note that this module util is private to the collection.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import gzip
import json
import typing as t

from ..cluster import Query, Seen
from ..errors import ClusterError, RolloutError
from ..model import Object, Phase, Ref, Step
from .reading import parse

if t.TYPE_CHECKING:
    from ..cluster import Cluster

ABSENT = "absent"
_PENDING = "pending-"


class Revision(t.NamedTuple):
    """One revision; C(secret) is the object that Helm keeps it in, without its data."""

    number: int
    status: str
    secret: Object

    @property
    def ref(self) -> Ref:
        return Ref.of(self.secret)

    @property
    def pending(self) -> bool:
        return self.status.startswith(_PENDING)


class Release(t.NamedTuple):
    """Which release."""

    name: str
    namespace: str

    def __str__(self) -> str:
        return f"Helm release {self.namespace}/{self.name}"


class History(t.NamedTuple):
    """All revisions of one release, oldest first."""

    release: Release
    revisions: tuple[Revision, ...]

    @property
    def status(self) -> str:
        return self.revisions[-1].status if self.revisions else ABSENT

    @property
    def number(self) -> int:
        return self.revisions[-1].number if self.revisions else 0

    @property
    def current(self) -> Revision | None:
        """What the next upgrade starts from: the last that was deployed, else the last that is not pending."""
        settled = [revision for revision in self.revisions if not revision.pending]
        deployed = [revision for revision in settled if revision.status == "deployed"]
        return next(iter([*deployed[-1:], *settled[-1:]]), None)

    @property
    def stuck(self) -> Revision | None:
        """The last revision, if it is neither done nor failed."""
        return self.revisions[-1] if self.revisions and self.revisions[-1].pending else None


def history(cluster: Cluster, release: Release) -> History:
    """Every revision there is, from the labels of their Secrets alone."""
    return _history(release, _records(cluster, release.namespace, f",name={release.name}"))


def histories(cluster: Cluster, namespace: str) -> list[History]:
    """Of every release that Helm keeps in this namespace."""
    secrets = _records(cluster, namespace)
    names = sorted({secret["metadata"]["labels"]["name"] for secret in secrets})
    return [
        _history(Release(name, namespace), [secret for secret in secrets if secret["metadata"]["labels"]["name"] == name]) for name in names
    ]


def _records(cluster: Cluster, namespace: str, more: str = "") -> list[Object]:
    return cluster.list(Query("v1", "Secret", namespace, label_selector=f"owner=helm{more}", project=_without_data))


def _history(release: Release, secrets: t.Iterable[Object]) -> History:
    revisions = [
        Revision(int(labels["version"]), labels["status"], secret) for secret in secrets for labels in [secret["metadata"]["labels"]]
    ]
    return History(release, tuple(sorted(revisions, key=lambda revision: revision.number)))


def _without_data(secret: Object) -> Object:
    return {key: secret[key] for key in ("apiVersion", "kind", "metadata")}


def manifest(cluster: Cluster, revision: Revision) -> list[Object]:
    """The objects of a revision, hooks aside, as its chart rendered them."""
    return objects_of(record(cluster, revision), revision)


def objects_of(known: Object, revision: Revision) -> list[Object]:
    """The same, of a record that was read already."""
    return parse(str(known.get("manifest") or ""), f"manifest in {revision.ref}")


def chart_of(cluster: Cluster, revision: Revision) -> dict[str, str]:
    """Name, version and appVersion of the chart that a revision was made from."""
    meta = (record(cluster, revision).get("chart") or {}).get("metadata") or {}
    return {key: str(meta.get(key) or "") for key in ("name", "version", "appVersion")}


def record(cluster: Cluster, revision: Revision) -> Object:
    """What Helm knows of a revision; empty when it has just gone."""
    secret = cluster.get(revision.ref)
    return record_of(secret) if secret else {}


def record_of(secret: Object) -> Object:
    """What Helm knows of one revision: chart, values, manifest."""
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        text = gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
        return t.cast("Object", json.loads(text))
    except (KeyError, ValueError, OSError, binascii.Error) as error:
        raise ClusterError(
            str(Ref.of(secret)), "is no release that Helm 3 or 4 wrote", "See `helm history` for the release.", code="helm_release"
        ) from error


def with_record(secret: Object, record: Object) -> Object:
    """The same Secret, holding this record as Helm itself packs it."""
    packed = base64.b64encode(gzip.compress(json.dumps(record).encode(), mtime=0))
    return {**secret, "data": {**secret["data"], "release": base64.b64encode(packed).decode()}}


def repair(cluster: Cluster, release: Release, *, stale_after: float, check_mode: bool, now: dt.datetime) -> list[Step]:
    """Forget a pending revision whose helm is gone; return the steps that did, or would do, so.

    Nobody can tell a killed helm from a slow one, so a revision has to stand still for C(stale_after) seconds first.
    After that, C(helm upgrade --install) goes on from the last deployed revision, or adopts the objects of a
    half-done first install by the ownership labels they carry.
    """
    found = history(cluster, release)
    stuck = found.stuck if check_mode else settled(cluster, found, stale_after=stale_after, now=now).stuck
    if not stuck:
        return []
    why = f"revision {stuck.number} of {release} is {stuck.status}, and the helm that made it is gone"
    step = Step(Phase.PRUNE, stuck.ref, lambda _live: None, why, own=True, before=stuck.secret, after=None)
    cluster.delete(
        stuck.ref, uid=stuck.secret["metadata"]["uid"], resource_version=stuck.secret["metadata"]["resourceVersion"], dry_run=check_mode
    )
    return [step]


def settled(cluster: Cluster, found: History, *, stale_after: float, now: dt.datetime) -> History:
    """The history once nobody works on it any more, or stood still for long enough."""
    if not found.stuck:
        return found
    left = min(stale_after, stale_after - _age(found.stuck, now))
    return _settle(cluster, found, left) if left > 0 else found


def _settle(cluster: Cluster, found: History, seconds: float) -> History:
    """Give a helm that may be alive the time to finish; the history as it is then."""
    before = found.revisions[-1].secret["metadata"]["resourceVersion"]

    def look() -> Seen:
        latest = history(cluster, found.release)
        moved = not latest.revisions or latest.revisions[-1].secret["metadata"]["resourceVersion"] != before
        return Seen(done=moved, words=latest.status)

    with contextlib.suppress(RolloutError):  # standing still is what a killed helm looks like
        cluster.wait(str(found.release), look, timeout=seconds, interval=1.0)
    return history(cluster, found.release)


def _age(revision: Revision, now: dt.datetime) -> float:
    made = dt.datetime.fromisoformat(revision.secret["metadata"]["creationTimestamp"])
    return (now - made).total_seconds()
