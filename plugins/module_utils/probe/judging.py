# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer to a forged request says, and what it does not.

A proxy in ingress mode refuses a request whose l5d-dst-override is an IP literal: seen through Traefik as a 502 (runs of the real
proxy). So a request that fails only with the forged header shows that the header reached the proxy. An equal answer shows the
contrary only where the proxy reads the header and the answer came through it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

FAILED = frozenset({502, 503, 504})
REACHED, DIFFERS, UNPROVEN, HELD, UNREACHABLE = "reached", "differs", "unproven", "held", "unreachable"
WORST_FIRST = (REACHED, DIFFERS, UNPROVEN, HELD, UNREACHABLE)
READING_THE_HEADER = frozenset(
    {"relayable", "auth_bypassed", "misrouted", "safe_by_header", "safe_by_strip_full", "safe_by_strip_endpoint_routed"}
)
"""Verdicts of backends behind a proxy in ingress mode."""


@dataclass(frozen=True, slots=True)
class Answer:
    """C(status) is 0 where none came, C(failure) then says why; C(refused) means that nothing listens there."""

    status: int
    failure: str = ""
    refused: bool = False

    @property
    def failed(self) -> bool:
        return self.status == 0 or self.status in FAILED

    @property
    def from_the_edge(self) -> bool:
        """Most likely the controller's own: a redirect, or a host and path that nobody serves there."""
        return 300 <= self.status < 400 or self.status == 404

    def __str__(self) -> str:
        return str(self.status) if self.status else self.failure or "no answer"


class Judgement(t.NamedTuple):
    word: str
    reason: str


def judge(verdicts: t.Collection[str], unforged: Answer, forged: Answer, *, repeated: bool) -> Judgement:
    """O(repeated): whether the forged request failed again, and the unforged one again did not."""
    if unforged.failed:
        return Judgement(UNREACHABLE, f"without a forged header: {unforged}")
    if forged.failed and repeated:
        return Judgement(REACHED, f"{forged} with the forged header, {unforged} without: it reached the proxy")
    if forged.status != unforged.status:
        return Judgement(DIFFERS, f"{forged} with the forged header, {unforged} without; that does not show what reads it")
    return _of_an_equal_answer(set(verdicts), unforged)


def _of_an_equal_answer(verdicts: set[str], unforged: Answer) -> Judgement:
    if not verdicts & READING_THE_HEADER:
        return Judgement(UNPROVEN, "the same answer, which proves nothing where no proxy reads the header")
    if not 200 <= unforged.status < 300:
        return Judgement(UNPROVEN, f"the same answer, but {unforged} may come from before the proxy")
    if not verdicts <= READING_THE_HEADER:
        return Judgement(UNPROVEN, "the same answer, but not every backend is behind a proxy that reads the header")
    return Judgement(HELD, "the same answer: the forged header did not reach the proxy")


def worst(judgements: t.Iterable[Judgement]) -> Judgement:
    return min(judgements, key=lambda judgement: WORST_FIRST.index(judgement.word))
