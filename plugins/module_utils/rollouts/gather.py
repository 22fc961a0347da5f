# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a rollout is planned from: a few lists, and the API's answers to pod templates.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import typing as t

from ..cluster import Query
from ..errors import ClusterError
from ..helm_values import parse_values
from ..linkerd.injection import injector_webhooks, is_injectors
from ..linkerd.installation import CONFIG_NAME
from ..linkerd.proxy import anchors_of
from ..linkerd.trust import TRUST_ROOTS, TRUST_ROOTS_KEY
from ..model import Object, Ref
from ..objects.owners import last_written
from .lag import Answer
from .world import RESTARTABLE, Mesh, World

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from .plan import Answers
    from .world import Unit

WEBHOOKS = Query("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")


def gather(cluster: Cluster, namespaces: t.Sequence[str] = ()) -> World:
    """Everything there is, or only what is in these namespaces and in Linkerd's."""
    configs = cluster.list(Query("v1", "ConfigMap", field_selector=f"metadata.name={CONFIG_NAME}"))
    home = configs[0]["metadata"]["namespace"] if configs else ""
    places = sorted({*namespaces, home} - {""}) if namespaces else [""]
    queries = [Query("apps/v1", kind, place, project=_project) for kind in RESTARTABLE for place in places]
    webhooks, spaces, *workloads = cluster.list_many([WEBHOOKS, Query("v1", "Namespace"), *queries])
    # Afterwards: at the same time, a rollout that just ended could be seen beside the pods that it replaced, which would seem to lag.
    pods = cluster.list_many([Query("v1", "Pod", place, project=_project) for place in places])
    roots = cluster.get(Ref("v1", "ConfigMap", TRUST_ROOTS, home)) if home else None
    return World(
        mesh=mesh_of(configs[0], roots, webhooks) if configs else Mesh(),
        namespaces={space["metadata"]["name"]: space for space in spaces},
        workloads={(obj["kind"], *_place(obj)): obj for found in workloads for obj in found},
        pods=[pod for found in pods for pod in found],
        configurations=[one for one in webhooks if any(map(is_injectors, one.get("webhooks") or []))],
        now=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def mesh_of(config: Object, roots: Object | None, webhooks: t.Iterable[Object]) -> Mesh:
    """From ConfigMap linkerd-config and the trust bundle."""
    values = parse_values((config.get("data") or {}).get("values"), str(Ref.of(config)))
    image = (values.get("proxy") or {}).get("image") or {}
    bundle = ((roots or {}).get("data") or {}).get(TRUST_ROOTS_KEY) or values.get("identityTrustAnchorsPEM") or ""
    namespace, bundle_written = config["metadata"]["namespace"], last_written(roots, "data", TRUST_ROOTS_KEY)
    return Mesh(
        namespace=namespace,
        version=str(image.get("version") or values.get("linkerdVersion") or ""),
        anchors=anchors_of(str(bundle)),
        webhooks=tuple(injector_webhooks(webhooks, namespace)),
        config_written=last_written(config, "data", "values"),
        bundle_written=bundle_written,
        bundle_is_first=roots is not None and roots["metadata"].get("creationTimestamp") == bundle_written,
    )


def _place(obj: Object) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _project(obj: Object) -> Object | None:
    """What no longer runs, or is on its way out, is judged by what comes after it."""
    meta = obj["metadata"]
    meta.pop("managedFields", None)
    if obj["kind"] != "Pod":
        return obj
    ended = (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return None if ended or meta.get("deletionTimestamp") else obj


def ask(cluster: Cluster, found: t.Sequence[Unit]) -> Answers:
    """What the API, the injector and every other webhook make of these pod templates, by a dry run: nothing is created."""
    answers = cluster.map(lambda unit: _ask(cluster, unit), found)
    return {unit.ref: answer for unit, answer in zip(found, answers, strict=True)}


def _ask(cluster: Cluster, unit: Unit) -> Answer:
    try:
        return Answer(cluster.create(trial(unit), dry_run=True))
    except ClusterError as error:
        if error.code in ("unreachable", "unauthorized"):
            raise
        return Answer(error=error)


def trial(unit: Unit) -> Object:
    """A pod of this template. It has no owner, or Linkerd would note an event; a StatefulSet's claims are made up."""
    ref, template = unit.ref, unit.template
    meta, spec = template.get("metadata") or {}, template["spec"]
    claims = ((unit.live or {}).get("spec") or {}).get("volumeClaimTemplates") or []
    made_up = [{"name": claim["metadata"]["name"], "emptyDir": {}} for claim in claims]
    name = f"l5d-trial-{hashlib.sha256(str(ref).encode()).hexdigest()[:16]}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": ref.namespace,
            "labels": meta.get("labels") or {},
            "annotations": meta.get("annotations") or {},
        },
        "spec": {**spec, "volumes": [*(spec.get("volumes") or []), *made_up]} if made_up else spec,
    }
