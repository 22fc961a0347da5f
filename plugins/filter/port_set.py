# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port sets as Linkerd's annotations want them."""

from __future__ import annotations

import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd import ports
from ansible_collections.pimesh.linkerd.plugins.plugin_utils.normalise import call


def port_set(value: t.Any, defaults: t.Any = ports.DEFAULT_SKIP, names: t.Any = None) -> str:
    return call("port_set", _port_set, value, defaults=defaults, names=names)


def _port_set(value: t.Any, defaults: t.Any, names: t.Any) -> str:
    return ports.render(ports.merge([*ports.parse(value, names=names or {}), *ports.parse(defaults, subject="defaults")]))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"port_set": port_set}
