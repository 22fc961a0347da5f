# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Annotations that a release of Traefik does not know: it fails on them."""

from __future__ import annotations

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from ansible_collections.pimesh.linkerd.plugins.module_utils.routes import ingress
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik import served
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.releases import release_for
from tests.unit.plugins.module_utils import builders as b


@pytest.mark.parametrize(
    ("tag", "key", "broken"),
    [
        ("v3.6.16", "middlewares", True),
        ("v3.7.0", "middlewares", False),
        ("v3.0.4", "nativelb", False),
        ("v2.9.10", "middlewares", True),
        ("v3.0.4", "sticky.cookie", False),
    ],
)
def test_an_annotation_of_another_release_breaks_the_route(tag: str, key: str, broken: bool) -> None:
    web = b.service("web", annotations={f"traefik.ingress.kubernetes.io/service.{key}": "true"})
    release = release_for(version(tag))
    assert release is not None
    route = ingress.read(b.ingress("web", ("web", 80)), {("app", "web"): web}, served.dialect(release))
    ((_rule, backend),) = route.backends()
    assert (key in backend.problem) is broken
