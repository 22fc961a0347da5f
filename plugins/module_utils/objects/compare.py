# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a release is what its chart renders, object by object. Changes nothing.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..errors import ClusterError
from ..merge import same_content, strip_server_fields
from ..model import Object, Phase, Ref, Step
from . import helm, stored_release
from .expecting import Expectation, Placed, placed, sort_out
from .reading import group_of

if t.TYPE_CHECKING:
    from ..cluster import Cluster

HOOK = "helm.sh/hook"
MANAGER = "pimesh.linkerd-compare"
DRIFT = "was changed since Helm wrote it"
BUILT_IN = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
REFUSALS = ("invalid", "bad_request", "server_error")
INJECTED_BY = ("cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca")


@dataclass(slots=True)
class Comparison:
    """C(steps) is what Helm would do to objects; its own release Secrets and hooks are not among them."""

    history: helm.History
    steps: list[Step] = field(default_factory=list)
    pending: list[Placed] = field(default_factory=list)
    drifted: list[Ref] = field(default_factory=list)
    """What somebody changed and Helm does not put back, however often it runs."""

    @property
    def differs(self) -> bool:
        return bool(self.steps) or self.history.status != "deployed"


def compare(cluster: Cluster, rendered: t.Sequence[Object], release: helm.Release, expectation: Expectation) -> Comparison:
    """Compare a rendering with what the current revision rendered, and with what is live."""
    result = Comparison(helm.history(cluster, release))
    current = result.history.current
    before = {identity(obj): obj for obj in rendered_by(cluster, helm.manifest(cluster, current), release.namespace)} if current else {}
    wanted = sort_out(cluster, [obj for obj in rendered if not _is_hook(obj)], expectation, default_namespace=release.namespace)
    result.pending = [entry for entry in wanted if entry.pending]
    for found in cluster.map(lambda entry: _compare(cluster, entry, before.get(identity(entry.obj))), wanted):
        if found and found.why == DRIFT and not _is_put_back(found.object):
            result.drifted.append(found.object)
        elif found:
            result.steps.append(found)
    kept = {identity(entry.obj) for entry in wanted}
    dropped = [Ref.of(obj) for key, obj in before.items() if key not in kept and cluster.serves(obj["apiVersion"], obj["kind"])]
    for ref, live in zip(dropped, cluster.get_many(dropped), strict=True):
        if live is not None and not stored_release.keeps(live):
            why = "the deployed revision has it, the chart no longer does"
            result.steps.append(Step(Phase.PRUNE, ref, lambda _live: None, why, before=live, after=None))
    return result


def _is_put_back(ref: Ref) -> bool:
    """Helm looks at what is live for kinds it was built with only; for others it sends what changed between two renderings."""
    return group_of(ref.api_version) in BUILT_IN


def identity(obj: Object) -> tuple[str, ...]:
    """Which object, whatever version of its API group it is written in."""
    ref = Ref.of(obj)
    return group_of(ref.api_version), ref.kind, ref.namespace, ref.name


def rendered_by(cluster: Cluster, objects: t.Iterable[Object], namespace: str) -> list[Object]:
    """The objects of a manifest where they really are, hooks aside."""
    return [placed(cluster, obj, namespace) for obj in objects if not _is_hook(obj)]


def _compare(cluster: Cluster, entry: Placed, before: Object | None) -> Step | None:
    ref = Ref.of(entry.obj)
    live = None if entry.pending else cluster.get(ref)
    if live is None:
        return _step(ref, None, entry.obj, f"not there yet; {entry.pending}" if entry.pending else "not there")
    if before is None and ref.kind == "CustomResourceDefinition":
        return None  # from the chart's crds/ directory: Helm makes those once and never touches them again
    wanted = _settled(entry.obj, live)
    if before is not None and not same_content(_settled(before, live), wanted):
        return _step(ref, before, entry.obj, "the chart renders it differently now")
    try:
        result = _pretend(cluster, ref, wanted, live)
    except ClusterError as error:
        if error.code not in REFUSALS:
            raise
        return _step(ref, live, wanted, f"{DRIFT}, and cannot be changed back: {error.reason}")
    return None if same_content(live, result) else _step(ref, live, result, DRIFT)


def _pretend(cluster: Cluster, ref: Ref, wanted: Object, live: Object) -> Object:
    """What the API would make of it, defaults, units and all, if it were written now."""
    try:
        return cluster.apply(wanted, dry_run=True, manager=MANAGER, strict=False)
    except ClusterError as error:
        if error.code not in REFUSALS:
            raise
    # Helm does with less than server-side apply, which refuses a list with the same key twice: two ports, two variables.
    return cluster.patch(ref, wanted, resource_version=live["metadata"]["resourceVersion"], dry_run=True)


def _step(ref: Ref, before: Object | None, after: Object, why: str) -> Step:
    return Step(Phase.OBJECTS, ref, lambda _live: after, why, before=before, after=after)


def _settled(obj: Object, live: Object) -> Object:
    """The object without what others fill in: nulls mean nothing, and a CA bundle that cert-manager injects is its own."""
    settled = _without_nulls(strip_server_fields(obj))
    if any(key in _annotations(source) for source in (obj, live) for key in INJECTED_BY):
        settled = _without_ca(settled)
    return t.cast("Object", settled)


def _without_nulls(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _without_ca(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _without_ca(inner) for key, inner in value.items() if key != "caBundle"}
    return [_without_ca(inner) for inner in value] if isinstance(value, list) else value


def _annotations(obj: Object) -> t.Mapping[str, str]:
    return (obj.get("metadata") or {}).get("annotations") or {}


def _is_hook(obj: Object) -> bool:
    return HOOK in _annotations(obj)
