# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of one probe, in their order: without a forged header first, then each variant, and again where the first one fails.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import threading
import typing as t
from dataclasses import dataclass, field

from ..model import Object
from .judging import REACHED, UNREACHABLE, Answer, Judgement, judge, worst
from .targets import Target
from .variants import Endpoint, Lines, Variant, chosen
from .ways import Way

Send = t.Callable[[Endpoint, Way, Lines], Answer]
NOT_SENT = Judgement(UNREACHABLE, "nothing was sent")


class OverError(Exception):
    """The probe has spent what it was given."""


@dataclass(slots=True)
class Budget:
    """How many requests may still be sent, and until when; shared by all threads."""

    requests: int
    until: float
    clock: t.Callable[[], float]
    refused: set[int] = field(default_factory=set)
    """Ports that nobody listens on: asked once."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> None:
        with self._lock:
            if self.requests <= 0 or self.clock() >= self.until:
                raise OverError
            self.requests -= 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One variant on one endpoint."""

    protocol: str
    variant: str
    unforged: Answer
    forged: Answer
    judgement: Judgement

    def to_dict(self) -> Object:
        return {
            "protocol": self.protocol,
            "variant": self.variant,
            "unforged_status": self.unforged.status,
            "status": self.forged.status,
            "judgement": self.judgement.word,
            "reason": self.judgement.reason,
        }


@dataclass(slots=True)
class Outcome:
    """What was seen of one rule. C(complete) is false where the budget ended it."""

    target: Target
    seen: list[Seen] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def judgement(self) -> Judgement:
        if self.seen:
            return worst(seen.judgement for seen in self.seen)
        return Judgement(UNREACHABLE, "; ".join(self.unserved)) if self.unserved else NOT_SENT

    def to_dict(self) -> Object:
        return {
            "object": self.target.object.to_dict(),
            "rule": self.target.rule,
            "verdicts": list(self.target.verdicts),
            "request": str(self.target.way or ""),
            "judgement": self.judgement.word,
            "reason": self.target.problem or self.judgement.reason,
            "complete": self.complete and self.target.way is not None,
            "results": [seen.to_dict() for seen in self.seen],
        }


class Session:
    """Probes one target after the other; may be used by several threads."""

    def __init__(self, endpoints: t.Sequence[Endpoint], variants: t.Collection[str] | None, budget: Budget, send: Send) -> None:
        self._endpoints, self._variants, self._budget, self._send = endpoints, variants, budget, send

    def probe(self, target: Target) -> Outcome:
        outcome = Outcome(target)
        if target.way is None:
            return outcome
        try:
            for endpoint in self._endpoints:
                self._on(endpoint, target, target.way, outcome)
        except OverError:
            outcome.complete = False
        return outcome

    def _on(self, endpoint: Endpoint, target: Target, way: Way, outcome: Outcome) -> None:
        if endpoint.port in self._budget.refused:
            outcome.unserved.append(f"{endpoint.protocol}: nothing listens on port {endpoint.port}")
            return
        unforged = self._ask(endpoint, way, [])
        if unforged.refused:
            self._budget.refused.add(endpoint.port)
        if unforged.failed or (endpoint.http2 and unforged.from_the_edge):
            outcome.unserved.append(f"{endpoint.protocol}: {unforged}")
            return
        variants = chosen(self._variants, endpoint, target.own)
        for variant in variants[:1] if unforged.from_the_edge else variants:
            sure = any(seen.protocol == endpoint.protocol and seen.judgement.word == REACHED for seen in outcome.seen)
            outcome.seen.append(self._forge(endpoint, way, target, variant, unforged, sure=sure))

    def _forge(self, endpoint: Endpoint, way: Way, target: Target, variant: Variant, unforged: Answer, *, sure: bool) -> Seen:
        """A failure is tried again, unless O(sure): one was confirmed here before."""
        lines = variant.headers(target.own)
        forged = self._ask(endpoint, way, lines)
        repeated = forged.failed and (sure or (self._ask(endpoint, way, lines).failed and not self._ask(endpoint, way, []).failed))
        return Seen(endpoint.protocol, variant.name, unforged, forged, judge(target.verdicts, unforged, forged, repeated=repeated))

    def _ask(self, endpoint: Endpoint, way: Way, lines: Lines) -> Answer:
        self._budget.take()
        return self._send(endpoint, way, lines)
