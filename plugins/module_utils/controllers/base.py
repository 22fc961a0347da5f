# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every ingress controller can be asked, and what it may answer.

A controller declares how to recognise it, which kinds it reads, and how it can keep its routes safe. The joint plan
(planning/ingress.py) asks; nothing outside the controller's own file knows its name.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import dataclass, field, replace

from ..errors import InputError
from ..helm_values import merge_values
from ..linkerd.injection import proxy_mode
from ..linkerd.releases import Version
from ..model import Finding, Object, Ref
from ..ownership import Edit, RemoveItem
from ..persistence.base import Setting, Store
from ..places import Path
from ..planning.judge import Observation
from ..planning.snapshot import Snapshot
from ..routes.base import Backend, Route, Rule
from ..tracing.collector import Tracing

Edits = t.Callable[[Object], list[Edit]]
"""The edits a route object or Service should carry, computed from the object as it is now."""


class Kind(t.NamedTuple):
    """A kind to read. C(optional): fine when the API does not serve it."""

    api_version: str
    kind: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """One variant of the controller's pods: proxy mode, and its container as it runs."""

    mode: str
    container: Object
    annotations: t.Mapping[str, str]


class ChartTarget(t.NamedTuple):
    """What of an installation decides over its chart's values, where there is no cluster to read it from."""

    version: Version
    chart_version: Version = ()
    namespace: str = ""
    entry_points: tuple[str, ...] = ()


@dataclass(slots=True)
class Part:
    """What one strategy needs: objects of ours, edits in objects of others, settings, and what to say about it."""

    objects: list[Object] = field(default_factory=list)
    edits: Edits = lambda _obj: []
    settings: list[Setting] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    remedy: str = ""
    """What else helps where a route stays unsafe with this strategy."""
    values: Object = field(default_factory=dict)
    """What somebody who installs the controller by Helm would give its chart for some of the edits."""
    in_values: list[Ref] = field(default_factory=list)
    """The objects that need no such edit then."""

    def joined(self, other: Part) -> Part:
        """What both parts need, each for things of its own."""
        return replace(
            self,
            objects=[*self.objects, *other.objects],
            edits=lambda obj: [*self.edits(obj), *other.edits(obj)],
            settings=[*self.settings, *other.settings],
            findings=[*self.findings, *other.findings],
            values=merge_values(self.values, other.values),
            in_values=[*self.in_values, *(ref for ref in other.in_values if ref not in self.in_values)],
        )


@dataclass(slots=True)
class Recipes:
    """What somebody else wrote by hand to set or remove the header, and nothing else; and what does more than that."""

    removals: dict[Ref, list[RemoveItem]] = field(default_factory=dict)
    kept: list[Finding] = field(default_factory=list)


class Reading(abc.ABC):
    """The routes of one snapshot as the controller sees them."""

    routes: list[Route]

    @abc.abstractmethod
    def observe(self, rule: Rule, backend: Backend, running: Running) -> list[Observation]:
        """What happens to the header on the way to this backend, by each way in."""

    @abc.abstractmethod
    def findings(self) -> list[Finding]:
        """What is odd about the routes whatever the strategy."""


class Controller(abc.ABC):
    """One ingress controller, all versions."""

    name: str
    supported: str
    """Which versions there is a strategy for, as a person would say it."""
    container: str
    route_kinds: tuple[Kind, ...]
    other_kinds: tuple[Kind, ...] = ()
    owned_kinds: tuple[Kind, ...] = ()
    """Kinds of our own objects, pruned when stale."""
    single_kinds: tuple[str, ...] = ()
    """Kinds of which only the objects that refs() names are read."""
    api_server_ports: tuple[str, ...] = ()
    """Container ports that the API server calls, which has no proxy."""
    chart_annotations: Path = ()
    """Where the values of its chart have the pod annotations."""

    @abc.abstractmethod
    def detects(self, workload: Object) -> bool:
        """Whether this Deployment or DaemonSet is this controller."""

    @abc.abstractmethod
    def version(self, workload: Object) -> Version:
        """From the image's tag; empty when it cannot be told."""

    @abc.abstractmethod
    def strategies(self, version: Version) -> tuple[str, ...]:
        """Of cluster_ip and header those that this version can do, the better one first."""

    def why_not(self, strategy: str) -> str:
        """Why no version can do that strategy; empty where another one can."""
        return ""

    def refs(self, workload: Object, known: t.Mapping[Ref, Object | None]) -> list[Ref]:
        """Single objects to read besides, as far as the workload and what is O(known) tell. Asked until it names nothing new."""
        return []

    @abc.abstractmethod
    def read(self, snapshot: Snapshot) -> Reading: ...

    @abc.abstractmethod
    def part(self, strategy: str, reading: Reading, snapshot: Snapshot, version: Version) -> Part: ...

    def made(self, _obj: Object) -> bool:
        """Whether an object of its C(owned_kinds) came of a plan, so that it goes when no plan wants it any more."""
        return False

    def recipes(self, _reading: Reading) -> Recipes:
        """What can be taken over, by the object that refers to it."""
        return Recipes()

    @abc.abstractmethod
    def all_settings(self, snapshot: Snapshot) -> list[Setting]:
        """Every setting that any strategy may use, to find out which of them are ours."""

    def traced(self, wanted: Tracing | None, _snapshot: Snapshot, _owns: t.Callable[[Setting], bool]) -> Part:
        """What makes it start traces. Where nothing is O(wanted), that what is ours stays."""
        if wanted is None or not wanted.endpoint:
            return Part()
        raise InputError(
            "tracing", f"how {self.name} starts traces is not known here", "Leave it out, and set it in the controller's own way."
        )

    def chart_edits(self, strategy: str, target: ChartTarget) -> list[Edit]:
        """What a strategy needs in the values of a chart that is yet to be installed."""
        chart = ".".join(map(str, target.chart_version)) or "that is yet to be installed"
        raise InputError(
            "controller",
            f"the values of {self.name}'s chart {chart} for {strategy} are not known",
            "Use state: rendered where it is installed.",
        )

    @abc.abstractmethod
    def store(self, snapshot: Snapshot) -> Store: ...

    def listeners(self, workload: Object) -> dict[str, int]:
        """Container ports (TCP) that clients reach, by name: the ones to skip inbound."""
        return {name: port for name, port in self.ports(workload).items() if name not in self.private_ports}

    private_ports: tuple[str, ...] = ()

    def ports(self, workload: Object) -> dict[str, int]:
        container = self.find_container(workload["spec"]["template"]["spec"])
        return {
            str(port.get("name") or port["containerPort"]): int(port["containerPort"])
            for port in container.get("ports") or []
            if port.get("protocol", "TCP") == "TCP"
        }

    def find_container(self, pod_spec: Object) -> Object:
        containers: list[Object] = pod_spec.get("containers") or []
        return next((c for c in containers if c.get("name") == self.container), containers[0] if containers else {})

    def running(self, pod: Object) -> Running:
        meta = pod.get("metadata") or {}
        return Running(proxy_mode(pod), self.find_container(pod.get("spec") or {}), meta.get("annotations") or {})


def image_parts(image: str) -> tuple[str, str]:
    """C(registry/path/name:tag@digest) to (path/name, tag)."""
    repository, _at, _digest = image.partition("@")
    name, colon, tag = repository.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (repository, "")
