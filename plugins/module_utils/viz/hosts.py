# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Host headers viz' dashboard accepts. It takes a regular expression that may match anywhere, so it has to be anchored:
a page of somebody else's can point its own name at the dashboard's address and use the browser of whoever looks at it.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ..errors import InputError

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LITERAL = re.compile(r"(?:[a-z0-9-]|\\?\.)+")
PORT = r"(:\d+)?"
STRANGER = "evil.invalid"


def regexp(hosts: t.Sequence[str], namespace: str, cluster_domain: str) -> str:
    """The given names, and those by which C(linkerd viz dashboard) and the cluster itself reach it; nothing else."""
    own = ["localhost", "127.0.0.1", f"web.{namespace}.svc.{cluster_domain}", f"web.{namespace}.svc"]
    names = list(dict.fromkeys([*own, *(_checked(host) for host in hosts)]))
    return f"^({'|'.join(re.escape(name).replace(chr(92) + '-', '-') for name in names)}|\\[::1\\]){PORT}$"


def _checked(host: str) -> str:
    """In lower case, as browsers send it."""
    name = host.lower()
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise InputError(
            repr(host),
            "is not a host name",
            "Give names or IPv4 addresses alone, such as linkerd.example.com: no scheme, port, wildcard or path; others in their xn-- form.",
        )
    if name.replace(".", "").isdigit():
        try:
            ipaddress.IPv4Address(name)
        except ValueError as error:
            raise InputError(repr(host), "is neither a host name nor an IPv4 address", "Correct it.") from error
    return name


def admitted(pattern: str) -> list[str]:
    """Strangers' names that such a dashboard would answer to; empty when it is as narrow as it should be.

    Go's regular expressions are Python's as far as people write them here. One that does not compile keeps the dashboard from starting.
    """
    try:
        found = re.compile(pattern)
    except re.error:
        return []
    known = sorted({literal.replace("\\", "") for literal in _LITERAL.findall(pattern)} - {"", "."})
    strangers = [STRANGER]
    for name in known:
        strangers += [f"{name}.{STRANGER}", f"evil-{name}", f"{name}:80@{STRANGER}"]
        # An unescaped dot is any character: somebody can own the name with another one in its place.
        strangers += [f"{name[:place]}x{name[place + 1 :]}" for place, letter in enumerate(name) if letter == "."]
    return [name for name in strangers if found.search(name)]
