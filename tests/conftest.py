# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test imports the collection from the copy that ansible sees, so the copy is brought up to date first."""

from __future__ import annotations

from tools import build_copy


def pytest_sessionstart() -> None:
    """The same as `make build`, for those who start pytest by hand."""
    build_copy.build()
