# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a relocation stands, read from the cluster.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cluster import Query
from ..errors import ClusterError
from ..linkerd import narrow_webhook
from ..model import Object, Ref
from ..objects import stored_release
from ..objects.helm import Release, history
from ..objects.owners import is_ours
from ..traefik.middlewares import STRIP_NAME
from ..traefik.releases import GROUP, OLD_GROUP
from . import bundled, surroundings

if t.TYPE_CHECKING:
    from ..cluster import Cluster

CRD_VERSION = "apiextensions.k8s.io/v1"


@dataclass(slots=True)
class Survey:
    """What is there. C(charts) and C(releases) are the bundled ones, by name; a release is the Secret of its last revision."""

    namespace: str
    charts: dict[str, Object] = field(default_factory=dict)
    jobs: dict[str, Object | None] = field(default_factory=dict)
    job_pods: list[Object] = field(default_factory=list)
    releases: dict[str, Object] = field(default_factory=dict)
    config: Object | None = None
    target: Object | None = None
    target_config: Object | None = None
    workload: Object | None = None
    """The bundled Traefik's Deployment or DaemonSet."""
    definitions: list[Object] = field(default_factory=list)
    """The live CRDs that the release traefik-crd is made of, without their schemas."""
    classes: list[Object] = field(default_factory=list)
    """Live IngressClasses and GatewayClasses of the bundled release."""
    claims: list[tuple[Object, Object | None]] = field(default_factory=list)
    """Volume claims of the bundled Traefik's pods, each with its volume."""
    used: list[Object] = field(default_factory=list)
    """Secrets and ConfigMaps that those pods refer to."""
    there: set[Ref] = field(default_factory=set)
    """Which of the copies of C(used) stand in the new namespace, made by somebody else."""
    policies: list[Object] = field(default_factory=list)
    strips: list[Object] = field(default_factory=list)
    """Our Middleware that strips the header at the bundled Traefik's entry points, in each API group."""
    webhook: Object | None = None
    """The narrow webhook that l5d_ingress_mesh made for the bundled Traefik."""
    nodes: list[Object] = field(default_factory=list)
    namespace_exists: bool = False

    @property
    def phase(self) -> str:
        """How far it is."""
        if not self.charts:
            return "moved" if self.target else "absent"
        return "disabled" if all(map(bundled.is_going, self.charts.values())) else "bundled"

    @property
    def servers(self) -> dict[str, bool]:
        """Server -> whether it was last started without Traefik."""
        return {node["metadata"]["name"]: bundled.runs_without_traefik(node) for node in self.nodes}

    @property
    def at_work(self) -> list[str]:
        """What of helm-controller's may change a release at this moment."""
        jobs = [f"Job helm-install-{name}" for name, job in self.jobs.items() if not bundled.settled(job)]
        return jobs + [str(Ref.of(pod)) for pod in self.job_pods if bundled.runs(pod)]

    def unprotected(self) -> list[Ref]:
        """Everything that must outlive the bundled releases and would not."""
        return [ref for name, secret in self.releases.items() for ref in stored_release.unprotected(secret, bundled.PROTECTED[name])]


def survey(cluster: Cluster, namespace: str) -> Survey:
    """A few reads; most of them only while the bundled Traefik is there."""
    found = Survey(namespace)
    found.nodes = [node for node in cluster.list(Query("v1", "Node")) if bundled.is_server(node)]
    if not cluster.serves(bundled.API_VERSION, "HelmChart"):
        return found
    found.webhook = cluster.get(narrow_webhook.ref_for(Ref("apps/v1", "Deployment", bundled.TRAEFIK, bundled.HOME)))
    names = (bundled.TRAEFIK, bundled.CRDS)
    charts = cluster.get_many([bundled.chart_ref(name) for name in names])
    found.charts = {name: chart for name, chart in zip(names, charts, strict=True) if chart is not None}
    found.config, found.target, found.target_config, there = cluster.get_many(
        [
            bundled.config_ref(bundled.TRAEFIK),
            bundled.chart_ref(bundled.TRAEFIK, namespace),
            bundled.config_ref(bundled.TRAEFIK, namespace),
            Ref("v1", "Namespace", namespace),
        ]
    )
    found.namespace_exists = there is not None
    if found.charts:
        _add_releases(cluster, found)
        _add_workload(cluster, found)
    return found


def _add_releases(cluster: Cluster, found: Survey) -> None:
    found.job_pods = cluster.list(Query("v1", "Pod", bundled.HOME, label_selector=bundled.JOB_PODS))
    for name in found.charts:
        found.jobs[name] = cluster.get(Ref("batch/v1", "Job", f"helm-install-{name}", bundled.HOME))
        revisions = history(cluster, Release(name, bundled.HOME)).revisions
        secret = cluster.get(revisions[-1].ref) if revisions else None
        if secret is not None:
            found.releases[name] = secret
    found.definitions = _live(cluster, found, bundled.CRDS)
    found.classes = [obj for obj in _live(cluster, found, bundled.TRAEFIK) if obj["kind"] != "PersistentVolumeClaim"]
    strips = [
        Ref(version, "Middleware", STRIP_NAME, bundled.HOME) for version in (OLD_GROUP, GROUP) if cluster.serves(version, "Middleware")
    ]
    found.strips = [obj for obj in cluster.get_many(strips) if obj is not None and is_ours(obj)]
    found.policies = cluster.list(Query("networking.k8s.io/v1", "NetworkPolicy", optional=True))


def _live(cluster: Cluster, found: Survey, name: str) -> list[Object]:
    secret = found.releases.get(name)
    if secret is None:
        return []
    refs = [Ref.of(obj) for obj in stored_release.stored(secret, bundled.PROTECTED[name])]
    refs = [Ref(ref.api_version, ref.kind, ref.name, bundled.HOME if ref.kind == "PersistentVolumeClaim" else "") for ref in refs]
    served = [ref for ref in refs if cluster.serves(ref.api_version, ref.kind)]
    return [obj for obj in cluster.get_many(served) if obj is not None]


def _add_workload(cluster: Cluster, found: Survey) -> None:
    candidates = [obj for kind in ("Deployment", "DaemonSet") for obj in cluster.list(Query("apps/v1", kind, bundled.HOME))]
    found.workload = next((obj for obj in candidates if bundled.from_release(obj, bundled.TRAEFIK, bundled.HOME)), None)
    if found.workload is None:
        return
    refs = surroundings.needs(found.workload["spec"]["template"]).refs(bundled.HOME)
    objects = [obj for obj in cluster.get_many(refs) if obj is not None]
    claims = [obj for obj in objects if obj["kind"] == "PersistentVolumeClaim"]
    volumes = [(claim.get("spec") or {}).get("volumeName") for claim in claims]
    found.claims = [
        (claim, cluster.get(Ref("v1", "PersistentVolume", volume)) if volume else None)
        for claim, volume in zip(claims, volumes, strict=True)
    ]
    found.used = [obj for obj in objects if obj["kind"] != "PersistentVolumeClaim"]
    copies = [Ref.of(obj) for obj in surroundings.copies(found.used, found.namespace)]
    found.there = {ref for ref, obj in zip(copies, cluster.get_many(copies), strict=True) if obj is not None and not is_ours(obj)}


def custom_resources(cluster: Cluster, definitions: t.Iterable[Object]) -> dict[str, set[str]]:
    """CRD -> C(namespace/name) of every object of it that is not the bundled release's own: those come and go with it."""
    found: dict[str, set[str]] = {}
    for definition in definitions:
        spec = definition["spec"]
        version = next((entry["name"] for entry in spec["versions"] if entry.get("storage")), spec["versions"][0]["name"])
        query = Query(f"{spec['group']}/{version}", spec["names"]["kind"], project=_foreign, optional=True)
        found[definition["metadata"]["name"]] = {_name(obj) for obj in cluster.list(query)}
    return found


def _foreign(obj: Object) -> Object | None:
    return None if bundled.from_release(obj, bundled.TRAEFIK, bundled.HOME) else {"metadata": obj["metadata"]}


def _name(obj: Object) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def lost(before: dict[str, set[str]], after: dict[str, set[str]]) -> list[str]:
    """What is no longer there, in words."""
    return [f"{kind} {name}" for kind, names in sorted(before.items()) for name in sorted(names - after.get(kind, set()))]


def check_complete(before: dict[str, set[str]], after: dict[str, set[str]]) -> None:
    """Raises where a custom resource is gone."""
    missing = lost(before, after)
    if missing:
        raise ClusterError(
            missing[0],
            f"it is gone since the bundled Traefik's charts were uninstalled ({len(missing)} in all)",
            "Restore it from your manifests or a backup of etcd (k3s etcd-snapshot). Somebody or something else deleted it meanwhile.",
            code="lost",
        )
