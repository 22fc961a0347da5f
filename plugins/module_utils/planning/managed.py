# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that somebody else keeps as they are: what is not written there, and what their owner would have to write.

Argo CD, Flux, an operator and k3s' manifests directory put an object back sooner or later. Helm does not look before its
next upgrade and keeps what its chart does not render, so what a release installed is patched like anything else.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..findings import finding
from ..helm_values import TEXT_ANNOTATION
from ..managers import Manager, manager_of
from ..merge import merge_patch, strip_server_fields
from ..model import RECORD_ANNOTATION, Finding, Object, Ref, Step
from ..ownership import Edit, owned
from ..persistence.base import Wanted
from ..places import show
from .context import Context, Intent

BOOKKEEPING = (RECORD_ANNOTATION, TEXT_ANNOTATION)


@dataclass(frozen=True, slots=True)
class Handover:
    """A change for its owner to make. C(manager) is None for a change that nobody stands in the way of."""

    object: Ref
    manager: Manager | None
    manifest: Object
    values: Object
    what: str = ""

    def to_dict(self) -> Object:
        result = {"object": self.object.to_dict(), "managed_by": str(self.manager or ""), "manifest": self.manifest}
        return {**result, "helm_values": self.values} if self.values else result

    def finding(self, code: str) -> Finding:
        """The remedy names the owner."""
        found = finding(code, self.object, f"{self.manager} does, so this was left to it: {self.what}")
        place = self.manager.place if self.manager else ""
        return replace(found, remedy=f"Put what the result's handover says for it into {place}, or set force: true.")


def keeper(obj: Object | None, intent: Intent) -> Manager | None:
    """Who would undo a change of this object, unless nobody is to mind."""
    manager = manager_of(obj) if obj and intent.writes and not intent.force else None
    return manager if manager and manager.fights_back else None


def allowed(obj: Object, edits: list[Edit], intent: Intent) -> list[Edit]:
    """Of these edits those that may be written: nothing new into an object that somebody else keeps as it is."""
    if not edits or keeper(obj, intent) is None:
        return edits
    ours = owned(obj)
    return [edit for edit in edits if edit in ours]


def of_route(obj: Object, after: Object, edits: t.Iterable[Edit], intent: Intent) -> Handover:
    places = dict.fromkeys(show(edit.path) for edit in edits)
    return Handover(Ref.of(obj), keeper(obj, intent), manifest(obj, after), {}, ", ".join(places))


def of_settings(context: Context, wanted: Wanted, step: Step) -> Handover:
    """Helm values where a chart is behind it, beside what changes in the object itself."""
    live, after = step.before or {}, step.after or {}
    helm = context.store.helm_values(wanted)
    shown = manifest(*(_without_values(obj) if obj.get("kind") == "HelmChartConfig" else obj for obj in (live, after)))
    return Handover(step.object, keeper(live, context.intent), shown, helm.values if helm else {}, step.why)


def of_step(step: Step) -> Handover:
    """Something else that belongs to the same change, so that the owner's part finds what it refers to."""
    return Handover(step.object, None, manifest(step.before or {}, step.after or {}), {}, step.why)


def forced(steps: t.Iterable[Step]) -> list[Finding]:
    """What was written although somebody will undo it."""
    found = {step.object: manager_of(step.before) for step in steps if step.before and step.after and not step.own}
    return [finding("L5D241", ref, f"{manager} does") for ref, manager in found.items() if manager and manager.fights_back]


def manifest(before: Object, after: Object) -> Object:
    """Only what changes, with the object's name: a patch that kubectl and kustomize take, or lines for its file."""
    patch = merge_patch(_bare(before), _bare(after))
    if before.get("kind") in ("Deployment", "DaemonSet"):
        _narrow_containers(patch, before)
    meta = {key: after["metadata"][key] for key in ("name", "namespace") if key in after.get("metadata", {})}
    named = {"apiVersion": after.get("apiVersion"), "kind": after.get("kind"), "metadata": {**meta, **patch.pop("metadata", {})}}
    return {**named, **{key: value for key, value in patch.items() if key not in named}}


def _narrow_containers(patch: Object, before: Object) -> None:
    """By name, and no more of them than what changes: their environment may hold secrets."""
    pod_spec = ((patch.get("spec") or {}).get("template") or {}).get("spec") or {}
    if "containers" not in pod_spec:
        return
    live = {container.get("name"): container for container in before["spec"]["template"]["spec"]["containers"]}
    changed = [(c["name"], merge_patch(live.get(c["name"], {}), c)) for c in pod_spec["containers"]]
    pod_spec["containers"] = [{"name": name, **change} for name, change in changed if change]


def _bare(obj: Object) -> Object:
    """Without the server's bookkeeping and ours."""
    bare = strip_server_fields(obj)
    meta = bare.get("metadata") or {}
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in BOOKKEEPING}
    kept = {key: value for key, value in meta.items() if key != "annotations"}
    return {**bare, "metadata": {**kept, "annotations": annotations} if annotations else kept}


def _without_values(config: Object) -> Object:
    """Values are named one by one beside it; as a whole they may hold secrets."""
    spec = {key: value for key, value in (config.get("spec") or {}).items() if key not in ("valuesContent", "values")}
    return {**config, "spec": spec}
