# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of one cluster saw, in the terms of the report. Pure data.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt
import enum
import typing as t
from dataclasses import dataclass, field

from ..model import Object, Ref, Severity


class Unread(t.NamedTuple):
    """Something that could not be looked at."""

    what: str
    reason: str
    remedy: str


class Noticed(t.NamedTuple):
    """A finding; C(detail) is its reason without the title that all of its code share."""

    code: str
    severity: Severity
    title: str
    detail: str
    remedy: str
    object: Ref


class Route(t.NamedTuple):
    """What one backend of one rule of one route is worth."""

    object: Ref
    rule: str
    backend: str
    verdict: str
    safe: bool
    reason: str


class Role(enum.IntEnum):
    """What hangs on a certificate, the most first."""

    ANCHOR = 0
    ISSUER = 1
    OTHER = 2
    PREVIOUS = 3
    """An anchor that nothing is signed by any more."""


class Certificate(t.NamedTuple):
    """C(renewal) is when whatever issues it makes a new one; None where nothing is known to."""

    role: Role
    use: str
    subject: str
    issuer: str
    key_type: str
    not_before: dt.datetime
    not_after: dt.datetime
    renewal: dt.datetime | None
    secret: str
    fingerprint: str

    def state(self, at: dt.datetime) -> str:
        if at >= self.not_after:
            return "expired"
        if at < self.not_before:
            return "not valid yet"
        return "due for renewal" if self.renewal is not None and at >= self.renewal else "valid"

    @property
    def deadline(self) -> dt.datetime | None:
        """When a person has to have acted; None where it is renewed without one, or nobody needs it.

        An anchor that cert-manager renews is no help: every proxy has to trust the new one first.
        """
        if self.role is Role.PREVIOUS:
            return None
        if self.role is Role.ANCHOR:
            return self.renewal or self.not_after
        return self.not_after if self.renewal is None else None


class Rotation(t.NamedTuple):
    """A rotation of the trust anchor that is under way."""

    step: str
    why: str
    waiting_for: str


class Workload(t.NamedTuple):
    """Something with pods, and what is to be said of them."""

    name: str
    pods: int
    reasons: tuple[str, ...]
    detail: str


class IngressMode(t.NamedTuple):
    workload: str
    pods: int
    source: str
    controller: str
    policy: str


class Extension(t.NamedTuple):
    """Linkerd's viz, jaeger, CNI plugin and whatever else labels its namespace so."""

    name: str
    namespace: str
    version: str
    ready: bool
    missing: tuple[str, ...]


class Pods(t.NamedTuple):
    total: int
    meshed: int


class Controller(t.NamedTuple):
    name: str
    version: str
    workload: str
    mode: str
    pods: int


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything, in the order of the report. C(read) is false where nothing of the cluster could be read.

    None stands for what was not looked at, an empty tuple for what was and is not there.
    """

    name: str
    read: bool
    unread: tuple[Unread, ...] = ()
    kubernetes: str = ""
    linkerd: Object = field(default_factory=dict)
    collector: str = ""
    nodes: tuple[Object, ...] = ()
    controllers: tuple[Controller, ...] = ()
    routes: tuple[Route, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    rotation: Rotation | None = None
    extensions: tuple[Extension, ...] = ()
    pods: Pods | None = None
    unmeshed: tuple[Workload, ...] | None = None
    unmeshed_left_out: int = 0
    lagging: tuple[Workload, ...] | None = None
    ingress_mode: tuple[IngressMode, ...] = ()
    findings: tuple[Noticed, ...] = ()

    @property
    def unsafe(self) -> tuple[Route, ...]:
        return tuple(route for route in self.routes if not route.safe)
