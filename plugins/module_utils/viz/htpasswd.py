# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One line of an htpasswd file, in the format that Apache made up and both Traefik and nginx read: apr1, MD5 a thousand times over.

Its salt comes from the name and the password, so that the same pair gives the same line, and a second run finds nothing to change. That
and the fast hash are right for long random passwords only, which nobody finds by trying.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import hashlib
import re

from ..errors import InputError

ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAGIC = "$apr1$"
ROUNDS = 1000
SHORTEST = 20
_ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))


def line(user: str, password: str) -> str:
    """C(user:hash)."""
    if not re.fullmatch(r"[^:\s]+", user):
        raise InputError("user", "is empty, or has a colon or white space in it", "Choose another name.")
    if len(password) < SHORTEST:
        raise InputError(
            "the password",
            f"has fewer than {SHORTEST} characters",
            "This hash is for generated passwords. Make the line for one of your own with `htpasswd -nB`.",
        )
    seed = hashlib.sha256(f"{user}:{password}".encode()).digest()
    salt = "".join(ALPHABET[byte % 64] for byte in seed[:8])
    return f"{user}:{apr1(password, salt)}"


def apr1(password: str, salt: str) -> str:
    """As in Apache's apr_md5.c."""
    secret, seasoning = password.encode(), salt.encode()
    inner = _md5(secret + seasoning + secret)
    start = secret + MAGIC.encode() + seasoning + (inner * (len(secret) // 16 + 1))[: len(secret)]
    length = len(secret)
    while length:
        start += b"\0" if length & 1 else secret[:1]
        length >>= 1
    digest = _md5(start)
    for turn in range(ROUNDS):
        middle = (seasoning if turn % 3 else b"") + (secret if turn % 7 else b"")
        digest = _md5((secret if turn & 1 else digest) + middle + (digest if turn & 1 else secret))
    text = "".join(_letters(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in _ORDER)
    return f"{MAGIC}{salt}${text}{_letters(digest[11], 2)}"


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _letters(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 6 * place & 63] for place in range(count))
