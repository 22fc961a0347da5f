# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured, beside what it is compared with."""

from __future__ import annotations


class Report:
    """Lines of text; a bound that is missed is said, not failed: the machine may be busy with something else."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def figure(self, what: str, value: str) -> None:
        self._lines.append(f"{what:76} {value:>18}")

    def bound(self, what: str, value: float, limit: float, unit: str = "x", *, least: bool = False) -> None:
        holds = value >= limit if least else value <= limit
        sign = ">=" if least else "<="
        self._lines.append(f"{what:76} {value:>12.2f} {unit:5} {sign} {limit:g} {unit}: {'PASS' if holds else 'OVER'}")

    def __str__(self) -> str:
        return "\n".join(["", "", *self._lines, ""])
