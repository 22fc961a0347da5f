# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Cluster that talks to the fake API, connected through kubernetes.core like a module's."""

from __future__ import annotations

import types
import typing as t

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Cluster
from ansible_collections.pimesh.linkerd.plugins.module_utils.transport import Transport

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def module(**params: t.Any) -> AnsibleModule:
    """As much of an AnsibleModule as connecting needs."""
    return t.cast("AnsibleModule", types.SimpleNamespace(params={**dict.fromkeys(AUTH_ARG_SPEC), **params}))


class Pauses(list[float]):
    """Sleeps by noting for how long; C(now) is the clock that goes with it."""

    def sleep(self, seconds: float) -> None:
        self.append(seconds)

    def now(self) -> float:
        return sum(self)


def connect(url: str, *, pauses: Pauses | None = None, **params: t.Any) -> Cluster:
    """Connect without ever really sleeping."""
    pauses = pauses if pauses is not None else Pauses()
    transport = Transport.connect(module(host=url, **{"api_key": "token", **params}))
    transport.sleep = pauses.sleep
    return Cluster(transport, clock=pauses.now, sleep=pauses.sleep)
