# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fake API with an injector behind it, for runs of l5d_rollout."""

from __future__ import annotations

import typing as t

from tests.unit.fake_api import Address, FakeApi
from tests.unit.plugins.module_utils.rollout_scene import WEBHOOK, proxy

Object = dict[str, t.Any]

CONFIG = "linkerdVersion: edge-26.6.3"
HOOK: Object = {**WEBHOOK, "clientConfig": {"service": {"name": "linkerd-proxy-injector", "namespace": "linkerd"}}}


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "linkerd"}, "data": data}


def inject(fake: FakeApi, when: t.Callable[[], bool] = lambda: True, container: Object | None = None) -> None:
    """Every pod that the API is asked to make gets this container, by default a proxy."""
    original = FakeApi._post.__get__(fake)

    def post(entry: t.Any, address: Address) -> Object:
        made = original(entry, address)
        if address.kind != "Pod" or not when():
            return t.cast(Object, made)
        return {**made, "spec": {**made["spec"], "initContainers": [container or proxy()]}}

    fake._post = post  # type: ignore[method-assign]
