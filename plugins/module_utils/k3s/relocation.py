# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a relocation, and what is worth knowing about it. Pure: a survey in, steps and findings out.

The order is safety. Frozen, neither chart can be rendered anew, so what the releases keep stays kept; then they are
made to keep; only then does the new Traefik come, and only when it runs may k3s' uninstall go on.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ..findings import finding
from ..managers import RELEASE_NAMESPACE
from ..model import Finding, Object, Phase, Ref, Severity, Step
from ..objects import stored_release
from ..objects.owners import is_ours
from . import bundled, carried, surroundings

if t.TYPE_CHECKING:
    from .survey import Survey


def freeze(survey: Survey) -> list[Step]:
    """From now on k3s neither upgrades nor uninstalls them."""
    mark = partial(_annotated, key=bundled.UNMANAGED, value="true")
    why = "k3s must not uninstall it before the move is prepared"
    return [_patch(chart, mark, why) for chart in survey.charts.values() if not bundled.is_frozen(chart)]


def thaw(survey: Survey, name: str) -> list[Step]:
    """Let k3s go on with the uninstall."""
    chart = survey.charts.get(name)
    mark = partial(_annotated, key=bundled.UNMANAGED, value=None)
    return [_patch(chart, mark, "everything is prepared, k3s may uninstall it")] if chart and bundled.is_frozen(chart) else []


def protect(survey: Survey) -> list[Step]:
    """What must outlive the bundled releases is kept by them, and what it points to as well."""
    steps = [
        _patch(secret, partial(_protected, kinds=bundled.PROTECTED[name]), f"uninstalling {name} would delete {_words(lost)}")
        for name, secret in survey.releases.items()
        if (lost := stored_release.unprotected(secret, bundled.PROTECTED[name]))
    ]
    keep = partial(_annotated, key=stored_release.POLICY, value=stored_release.KEEP)
    steps += [_patch(crd, keep, "no Helm release may delete it") for crd in survey.definitions if not stored_release.keeps(crd)]
    return steps + [
        _patch(volume, _retained, "its data must outlive the bundled Traefik's claim")
        for _claim, volume in survey.claims
        if volume is not None and volume["spec"].get("persistentVolumeReclaimPolicy") != "Retain"
    ]


def needed_first(survey: Survey) -> list[Object]:
    """Our own objects that the new release's pods need."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": survey.namespace}}
    objects: list[Object] = [] if survey.namespace_exists else [namespace]
    if bundled.TRAEFIK not in survey.charts:
        return objects
    for claim, volume in survey.claims:
        if volume is not None:
            objects += surroundings.twins(claim, volume, survey.namespace)
    for strip in survey.strips:
        meta = {"name": strip["metadata"]["name"], "namespace": survey.namespace}
        objects.append({"apiVersion": strip["apiVersion"], "kind": strip["kind"], "metadata": meta, "spec": strip["spec"]})
    copies = surroundings.copies(survey.used, survey.namespace)
    return objects + [obj for obj in copies if Ref.of(obj) not in survey.there]


def hand_over(survey: Survey) -> list[Step]:
    """Cluster-wide objects that both releases make: Helm takes those that name its own release."""
    mark = partial(_annotated, key=RELEASE_NAMESPACE, value=survey.namespace)
    return [
        _patch(obj, mark, "the new release takes it over")
        for obj in survey.classes
        if not bundled.from_release(obj, bundled.TRAEFIK, survey.namespace)
    ]


def settings(survey: Survey) -> list[Step]:
    """The owner's settings, once: after that they live in the new namespace."""
    if survey.config is None or survey.target_config is not None or bundled.TRAEFIK not in survey.charts:
        return []
    wanted = carried.config(survey.config, survey.namespace)
    why = "carries the settings over"
    return [Step(Phase.OBJECTS, Ref.of(wanted), lambda live: live or wanted, why, before=None, after=wanted)]


def chart(survey: Survey, wish: carried.Wish) -> list[Object]:
    """The new release."""
    source = survey.charts.get(bundled.TRAEFIK)
    if source is None:
        return []
    own = [claim for claim, _volume in survey.claims if bundled.from_release(claim, bundled.TRAEFIK, bundled.HOME)]
    name = own[0]["metadata"]["name"] if own else ""
    return [carried.chart(source, survey.config, survey.namespace, wish, name)]


def prune(survey: Survey) -> list[Step]:
    """The webhook that saw the bundled Traefik's pods has nothing left to see."""
    webhook = survey.webhook
    if webhook is None or not is_ours(webhook):
        return []
    why = "the Traefik it was for has moved"
    return [Step(Phase.PRUNE, Ref.of(webhook), lambda _live: None, why, own=True, before=webhook, after=None)]


def findings(survey: Survey) -> list[Finding]:
    """What stands in the way (errors), and what somebody should know."""
    found: list[Finding] = []
    source = survey.charts.get(bundled.TRAEFIK)
    if source is not None:
        # What was carried over is what counts from then on.
        found += carried.problems(source, survey.target_config or survey.config)
        problems = (surroundings.storage_problem(claim, volume) for claim, volume in survey.claims)
        found += [problem for problem in problems if problem is not None]
        found += [finding("L5D509", Ref.of(obj)) for obj in surroundings.copies(survey.used, survey.namespace)]
        found += [finding("L5D510", Ref.of(policy)) for policy in survey.policies if _names_home(policy)]
    if survey.charts:
        found += [finding("L5D505", ref) for ref in survey.unprotected()]
    if survey.phase == "moved":
        if survey.config is not None:
            found.append(finding("L5D508", Ref.of(survey.config), f"{survey.namespace}/{bundled.TRAEFIK} counts"))
        found += [finding("L5D511", Ref("v1", "Node", name)) for name, disabled in survey.servers.items() if not disabled]
    return found


def blockers(found: t.Iterable[Finding]) -> list[Finding]:
    """Findings that no step of ours does away with."""
    return [item for item in found if item.severity >= Severity.ERROR and item.code in ("L5D506", "L5D507")]


def _names_home(policy: Object) -> bool:
    """Whether it speaks of the namespace or of the pods that Traefik leaves."""
    spec = policy.get("spec") or {}
    peers = [peer for rule in spec.get("ingress") or [] for peer in rule.get("from") or []]
    labels = [((peer.get("namespaceSelector") or {}).get("matchLabels") or {}).get("kubernetes.io/metadata.name") for peer in peers]
    own = (spec.get("podSelector") or {}).get("matchLabels") or {}
    here = policy["metadata"].get("namespace") == bundled.HOME and own.get("app.kubernetes.io/name") == bundled.TRAEFIK
    return here or bundled.HOME in labels


def _patch(obj: Object, desire: t.Callable[[Object], Object], why: str) -> Step:
    """A change of somebody's object; one that vanished meanwhile needs none."""
    return Step(Phase.OBJECTS, Ref.of(obj), lambda live: desire(live) if live else None, why, before=obj, after=desire(obj))


def _annotated(obj: Object, *, key: str, value: str | None) -> Object:
    meta = obj["metadata"]
    annotations = {name: text for name, text in (meta.get("annotations") or {}).items() if name != key}
    return {**obj, "metadata": {**meta, "annotations": {**annotations, **({key: value} if value is not None else {})}}}


def _protected(secret: Object, *, kinds: t.Container[str]) -> Object:
    return stored_release.protected(secret, kinds)


def _retained(volume: Object) -> Object:
    return {**volume, "spec": {**volume["spec"], "persistentVolumeReclaimPolicy": "Retain"}}


def _words(refs: list[Ref]) -> str:
    more = f" and {len(refs) - 1} more" if len(refs) > 1 else ""
    return f"{refs[0]}{more}"
