# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Amounts of cpu and memory as Kubernetes writes them.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .errors import InputError

_SUFFIXES: dict[str, Decimal] = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate(("K", "M", "G", "T", "P", "E"), 1)},
}
_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i))?")


def quantity(text: object) -> Decimal:
    """C(250m), C(20Mi), C(1e3) or C(4) as a number of cores or bytes; nothing is zero."""
    match = _FORM.fullmatch(str(text or "0").strip())
    if match is None:
        raise InputError(repr(text), "is no quantity of cpu or memory", "Write 10m, 0.5, 20Mi or 1Gi.")
    number, exponent, suffix = match.groups()
    return Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]


def cores(amount: Decimal) -> str:
    """C(1250m)."""
    return f"{int(amount * 1000)}m"


def mebibytes(amount: Decimal) -> str:
    """C(640Mi)."""
    return f"{int(amount / 1024**2)}Mi"
