# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What planning knows of the controller's surroundings: little of many objects, collected while they were read.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..model import Object, Ref


class MeshedPods(t.NamedTuple):
    """Pods with a proxy that are alike in all that policies and ports depend on."""

    namespace: str
    labels: frozenset[tuple[str, str]]
    ports: frozenset[tuple[str, int]]
    """Container ports by name."""
    skip_inbound: str


class IngressModePods(t.NamedTuple):
    """Pods in ingress mode of one workload."""

    workload: Ref
    annotation: str
    """What the pods themselves say in linkerd.io/inject."""
    controller: str
    """The ingress controller that they are, if any that is known here."""


@dataclass(frozen=True, slots=True)
class Around:
    network_policies: tuple[Object, ...] = ()
    namespaces: t.Mapping[str, Object] = field(default_factory=dict)
    """Metadata by name."""
    cilium: Object | None = None
    """Its ConfigMap, where Cilium is the CNI."""
    meshed_pods: tuple[MeshedPods, ...] = ()
    """Read only where they matter: where there is a NetworkPolicy."""
    ingress_mode: t.Mapping[IngressModePods, int] = field(default_factory=dict)
    """How many of each; only in an audit."""
    jobs: tuple[Object, ...] = ()
    """Unfinished Jobs, and CronJobs, of the controller's namespace; only where a proxy would keep them from ending."""
    refused: tuple[str, ...] = ()
    """What this user may not read."""
