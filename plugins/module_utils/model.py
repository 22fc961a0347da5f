# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of: references, steps, findings and verdicts. Pure data, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass, field

Object = dict[str, t.Any]
"""One Kubernetes object as plain dicts, lists and scalars."""

OWNER_LABEL = "app.kubernetes.io/managed-by"
OWNER_VALUE = "pimesh.linkerd"
RECORD_ANNOTATION = "pimesh.linkerd/record"
FIELD_MANAGER = "pimesh.linkerd"


class Ref(t.NamedTuple):
    """Which object: enough to find it through the API and to name it to a person."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    @classmethod
    def of(cls, obj: Object) -> Ref:
        meta = obj.get("metadata") or {}
        return cls(obj.get("apiVersion") or "", obj.get("kind") or "", meta.get("name") or "", meta.get("namespace") or "")

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    def to_dict(self) -> dict[str, str]:
        return {"apiVersion": self.api_version, "kind": self.kind, "namespace": self.namespace, "name": self.name}


class Severity(enum.IntEnum):
    """Ordered, so that a threshold is a comparison."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3

    @classmethod
    def parse(cls, name: str) -> Severity:
        return cls[name.upper()]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know. C(code) is stable and has a section in the documentation."""

    code: str
    severity: Severity
    object: Ref
    reason: str
    remedy: str

    def to_dict(self) -> Object:
        return {
            "code": self.code,
            "severity": self.severity.name.lower(),
            "object": self.object.to_dict(),
            "reason": self.reason,
            "remedy": self.remedy,
        }


class Phase(enum.IntEnum):
    """The safe order. A run killed between any two writes leaves no route less safe than before."""

    OBJECTS = 0
    """Things that routes or controllers will refer to."""
    REFERENCES = 1
    """Routes and Services refer to them."""
    WORKLOAD = 2
    """Controller settings and pod annotations: one write, one rollout."""
    ADMISSION = 3
    """The webhook, where it must not see pods before the settings are in force."""
    RESTART = 4
    """Only where the pods did not follow by themselves."""
    UNREFERENCE = 5
    """Stale references go, once no running pod needs them."""
    PRUNE = 6
    """Stale objects of ours go last."""


Desire: t.TypeAlias = "t.Callable[[Object | None], Object | None]"
"""Live object (or None) to wanted object (or None for: must not exist). Pure; called again after a conflict."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write.

    C(own) objects are ours alone and go by server-side apply. Foreign ones are patched,
    bound to the resourceVersion they were planned against.
    """

    phase: Phase
    object: Ref
    desire: Desire
    why: str
    own: bool = False
    before: Object | None = None
    after: Object | None = None

    @property
    def verb(self) -> str:
        if self.after is None:
            return "delete"
        if self.before is None:
            return "create"
        return "apply" if self.own else "patch"

    def to_dict(self) -> Object:
        return {"phase": self.phase.name.lower(), "verb": self.verb, **self.object.to_dict(), "why": self.why}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one backend of one rule of one route object is worth, and why."""

    object: Ref
    rule: str
    backend: str
    verdict: str
    reason: str
    safe: bool

    def to_dict(self) -> Object:
        return {
            "object": self.object.to_dict(),
            "rule": self.rule,
            "backend": self.backend,
            "verdict": self.verdict,
            "reason": self.reason,
            "safe": self.safe,
        }


@dataclass(slots=True)
class Plan:
    """Ordered steps, and beside them what was found and what every route is worth once they are done."""

    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def in_order(self) -> list[Step]:
        return sorted(self.steps, key=lambda step: (step.phase, step.object))

    @property
    def changed(self) -> bool:
        return bool(self.steps)
