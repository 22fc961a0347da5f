# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person should know of what a probe saw.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..findings import finding
from ..model import Finding
from .judging import DIFFERS, REACHED, READING_THE_HEADER, UNPROVEN, UNREACHABLE
from .session import Outcome


def findings(outcomes: t.Iterable[Outcome]) -> list[Finding]:
    return [found for outcome in outcomes for found in _of(outcome)]


def _of(outcome: Outcome) -> t.Iterator[Finding]:
    target, judgement = outcome.target, outcome.judgement
    unsafe = "relayable" in target.verdicts
    if target.way is None:
        yield finding("L5D254", target.object, f"{target.rule}: {target.problem}")
        return
    if judgement.word == REACHED:
        variants = ", ".join(f"{seen.variant} ({seen.protocol})" for seen in outcome.seen if seen.judgement.word == REACHED)
        yield finding("L5D251" if unsafe else "L5D250", target.object, f"{target.rule}: {judgement.reason}; sent as {variants}")
    elif not outcome.complete:
        yield finding("L5D254", target.object, f"{target.rule}: the limit of the probe was reached first")
    elif judgement.word == UNREACHABLE:
        yield finding("L5D253", target.object, f"{target.rule}: {judgement.reason}")
    elif unsafe or judgement.word == DIFFERS or (judgement.word == UNPROVEN and READING_THE_HEADER & set(target.verdicts)):
        yield finding("L5D252", target.object, f"{target.rule}: {judgement.reason}")
