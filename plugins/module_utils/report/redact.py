# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What looks like a secret goes, whatever brought it: no fact that is read should hold one, but names and annotations are free text.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t

REMOVED = "[removed]"

_SECRETS = (
    re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    re.compile(r"(?<=://)[^\s/@]+(?=@)"),
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}|(?<=\bbasic )[\w+/=-]{8,}"),
    re.compile(r"(?i)(?<=\bpassword=)[^\s&]+|(?<=\btoken=)[^\s&]+|(?<=\bsecret=)[^\s&]+"),
)
"""Private keys, JSON web tokens, credentials in URLs, in authorization headers and in queries."""


def redact(value: t.Any) -> t.Any:
    """The same data without them."""
    if isinstance(value, str):
        for pattern in _SECRETS:
            value = pattern.sub(REMOVED, value)
        return value
    if isinstance(value, dict):
        return {redact(key): redact(item) for key, item in value.items()}
    return [redact(item) for item in value] if isinstance(value, (list, tuple)) else value
