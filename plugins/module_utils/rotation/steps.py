# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes of each step, in their order: a run that is killed between two of them goes on with the second. Pure, no I/O.

The key of the old anchor is copied from Secret to Secret as the API gave it. Nobody looks at it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from functools import partial

from .. import certificates
from ..linkerd.trust import ANCHOR, PREVIOUS, PREVIOUS_LABEL, TRUST_ROOTS_KEY
from ..model import OWNER_LABEL, OWNER_VALUE, Object, Phase, Ref, Step
from .snapshot import IN_FORCE, ISSUING, KEPT

if t.TYPE_CHECKING:
    from .gather import Found
    from .plan import Move

_SOURCE: Object = {"configMap": {"name": KEPT, "key": TRUST_ROOTS_KEY}}


def writes(found: Found, move: Move) -> list[Step]:
    """What a step writes. Certificates are issued anew by their status, see C(reissued)."""
    made = {"keep": _keep, "hold": _hold, "switch": _switch, "confirm": _confirm, "retire": _retire}.get(move.step)
    if made is not None:
        return [step for step in made(found, move.why) if step is not None]
    ref = found.places.anchor if move.step == "renew" else found.places.issuer
    return [_patch(found, ref, _asked, move.why)]


def issues(step: Step) -> bool:
    """Whether it is one that has a certificate issued anew."""
    return step.object.kind == "Certificate"


def reissued(certificate: Object, now: str) -> Object:
    """The status that asks cert-manager for another certificate, the same that cmctl renew writes."""
    others = [entry for entry in (certificate.get("status") or {}).get("conditions") or [] if entry.get("type") != ISSUING]
    condition = {
        "type": ISSUING,
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "Certificate re-issuance manually triggered by a rotation of the trust anchor",
        "lastTransitionTime": now,
        "observedGeneration": certificate["metadata"].get("generation", 0),
    }
    return {"status": {"conditions": [*others, condition]}}


def _keep(found: Found, why: str) -> list[Step | None]:
    places, seen = found.places, found.snapshot
    hold = (seen.used or frozenset([seen.current])) | seen.noted
    note = None if hold <= seen.noted else _own(found, places.noted, _note(found, hold), why)
    # Its key is there to be kept only as long as cert-manager has not replaced it.
    copy = None if seen.used or seen.kept == seen.current else _own(found, places.kept, _copy(found), why)
    return [note, copy, None if seen.named else _patch(found, places.bundle, _named, why)]


def _note(found: Found, hold: t.Iterable[str], annotations: Object | None = None) -> Object:
    text = certificates.pem(found.known[name] for name in sorted(hold))
    meta = {**_meta(found.places.noted), "labels": {PREVIOUS_LABEL: PREVIOUS, OWNER_LABEL: OWNER_VALUE}}
    meta |= {"annotations": annotations} if annotations else {}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {TRUST_ROOTS_KEY: text}}


def _copy(found: Found) -> Object:
    """Nothing of cert-manager's labels: it would take the copy for its own."""
    secret = t.cast(Object, found.objects[found.places.anchor_secret])
    meta = {**_meta(found.places.kept), "labels": {OWNER_LABEL: OWNER_VALUE}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": secret["type"], "data": secret["data"]}


def _hold(found: Found, why: str) -> list[Step | None]:
    return [_patch(found, found.places.signer, partial(_signing, secret=KEPT), why)]


def _switch(found: Found, why: str) -> list[Step | None]:
    return [_patch(found, found.places.signer, partial(_signing, secret=ANCHOR), why)]


def _confirm(found: Found, why: str) -> list[Step | None]:
    seen = found.snapshot
    wanted = _note(found, seen.noted | seen.used, {IN_FORCE: seen.current})
    return [_own(found, found.places.noted, wanted, why)]


def _retire(found: Found, why: str) -> list[Step | None]:
    """The ConfigMap last: as long as it is there, the rotation is under way."""
    places = found.places
    unnamed = _patch(found, places.bundle, _unnamed, why) if found.snapshot.named else None
    return [unnamed, *(_gone(found, ref, why) for ref in (places.kept, places.noted))]


def _own(found: Found, ref: Ref, wanted: Object, why: str) -> Step:
    return Step(Phase.OBJECTS, ref, lambda _live: wanted, why, own=True, before=found.objects[ref], after=wanted)


def _gone(found: Found, ref: Ref, why: str) -> Step | None:
    live = found.objects[ref]
    return Step(Phase.PRUNE, ref, lambda _live: None, why, own=True, before=live, after=None) if live else None


def _patch(found: Found, ref: Ref, desire: t.Callable[[Object], Object], why: str) -> Step:
    live = t.cast(Object, found.objects[ref])
    return Step(Phase.OBJECTS, ref, lambda now: desire(now) if now else None, why, before=live, after=desire(live))


def _asked(certificate: Object) -> Object:
    """For the diff, which leaves the status out."""
    return {**certificate, "issued anew": True}


def _signing(signer: Object, *, secret: str) -> Object:
    return {**signer, "spec": {**signer["spec"], "ca": {**signer["spec"]["ca"], "secretName": secret}}}


def _named(bundle: Object) -> Object:
    sources = bundle["spec"].get("sources") or []
    return {**bundle, "spec": {**bundle["spec"], "sources": [*sources, *([] if _SOURCE in sources else [_SOURCE])]}}


def _unnamed(bundle: Object) -> Object:
    sources = [source for source in bundle["spec"].get("sources") or [] if source != _SOURCE]
    return {**bundle, "spec": {**bundle["spec"], "sources": sources}}


def _meta(ref: Ref) -> Object:
    return {"name": ref.name, "namespace": ref.namespace}
