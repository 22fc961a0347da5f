# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Linkerd that somebody installed, and whose it is. Gathers; what to do about it is planned elsewhere.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..linkerd.installation import config_ref, read
from ..linkerd.trust import ISSUER, TRUST_ROOTS
from ..managers import release_of
from ..model import Ref
from ..objects import helm

if t.TYPE_CHECKING:
    from ..cluster import Cluster
    from ..model import Object

A_DEFINITION = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "servers.policy.linkerd.io")
WEBHOOKS = ("linkerd-proxy-injector", "linkerd-sp-validator", "linkerd-policy-validator")
OURS = ("linkerd-control-plane", "linkerd-crds")


@dataclass(frozen=True, slots=True)
class Installed:
    """What is there before anything is adopted."""

    namespace: str
    config: Object | None = None
    control_plane: helm.Release | None = None
    """The Helm release that linkerd-config belongs to; none after C(linkerd install). Without one, what is left of a release."""
    definitions: helm.Release | None = None
    """The one that the CRDs belong to."""
    has_definitions: bool = False
    revision: Object | None = None
    """The Secret in which Helm keeps the revision that the next upgrade starts from."""
    live: dict[Ref, Object] = field(default_factory=dict)
    """What the mesh's trust lives on."""

    @property
    def method(self) -> str:
        if self.config is None:
            return "none"
        return "helm" if self.control_plane else "cli"

    @property
    def chart_version(self) -> str:
        """As linkerd-config has it, which no install method leaves out."""
        found = read(self.config, self.namespace)
        return found.chart_version if found else ""

    @property
    def given(self) -> Object:
        """The values that the release was installed with."""
        return t.cast("Object", helm.record_of(self.revision).get("config") or {}) if self.revision else {}


def trusted(namespace: str) -> list[Ref]:
    """The bundle, the issuer, and the webhooks' certificates: all that Helm drops once they come from elsewhere."""
    secrets = (ISSUER, *(f"{name}-k8s-tls" for name in WEBHOOKS))
    return [Ref("v1", "ConfigMap", TRUST_ROOTS, namespace), *(Ref("v1", "Secret", name, namespace) for name in secrets)]


def gather(cluster: Cluster, namespace: str) -> Installed:
    """In two parallel reads, and the release's history where there is one."""
    refs = trusted(namespace)
    config, definition, *live = cluster.get_many([config_ref(namespace), A_DEFINITION, *refs])
    definitions = _release_of(definition, namespace)
    if config is None:
        left = _left(cluster, namespace)
        found = definitions or (left.get(OURS[1]) if definition is None else None)
        return Installed(namespace, None, left.get(OURS[0]), found, definition is not None)
    release = _release_of(config, namespace)
    current = helm.history(cluster, release).current if release else None
    return Installed(
        namespace,
        config,
        release,
        definitions,
        definition is not None,
        cluster.get(current.ref) if current else None,
        {ref: obj for ref, obj in zip(refs, live, strict=True) if obj is not None},
    )


def _left(cluster: Cluster, namespace: str) -> dict[str, helm.Release]:
    """Releases by their chart, whatever they are called: an uninstall that was killed has left their records."""
    last = [(found.release, found.revisions[-1]) for found in helm.histories(cluster, namespace)]
    return {helm.chart_of(cluster, revision)["name"]: release for release, revision in last}


def _release_of(obj: Object | None, namespace: str) -> helm.Release | None:
    name, where = release_of(obj)
    return helm.Release(name, where or namespace) if name else None
