# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line of an htpasswd file for a generated password, and what is wrong with lines of somebody's own."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.htpasswd import line
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def htpasswd(password: t.Any, user: t.Any) -> str:
    return call("htpasswd", _line, password, user)


def _line(password: t.Any, user: t.Any) -> str:
    return line(str(user), str(password))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"htpasswd": htpasswd}
