# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as they may be shown.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re


def without_passwords(text: str) -> str:
    """Every address in a text, without the user and password that may stand before its host."""
    return re.sub(r"(?<=://)[^/@\s\"]+@", "", text)
