# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule against the runs of the real proxy that it was taken from."""

from __future__ import annotations

import pytest

from tests.live.proxy_rule import REFUSED, Mesh, destination

SERVICES = {"app/web:80", "app/victim:80", "default/kubernetes:443"}
ROUTED = "app/web:80"
VICTIM = "app/victim:80"


@pytest.mark.parametrize(
    ("values", "answers"),
    [
        (["victim.app.svc.cluster.local:80"], VICTIM),
        (["victim.app.svc.cluster.local"], VICTIM),
        (["victim.app.svc.cluster.local:http"], VICTIM),
        (["victim.app.svc:80"], VICTIM),
        (["VICTIM.APP.SVC.CLUSTER.LOCAL:80"], VICTIM),
        (["victim.app.svc.cluster.local.:80"], VICTIM),
        (["victim.app.svc.cluster.local:80", "web.app.svc.cluster.local:80"], VICTIM),
        (["web.app.svc.cluster.local:80", "victim.app.svc.cluster.local:80"], ROUTED),
        ([""], ROUTED),
        ([], ROUTED),
        (["victim.app:80"], REFUSED),
        (["10.43.0.7:80"], REFUSED),
        (["example.com:80"], REFUSED),
        (["victim.app.svc.cluster.local:81"], REFUSED),
    ],
)
def test_ingress_mode(values: list[str], answers: str) -> None:
    headers = [("L5d-Dst-Override", value) for value in values]
    assert destination(Mesh("ingress", SERVICES), headers, ROUTED) == answers


@pytest.mark.parametrize("mode", ["enabled", ""])
def test_nothing_else_reads_the_header(mode: str) -> None:
    assert destination(Mesh(mode, SERVICES), [("l5d-dst-override", "victim.app.svc.cluster.local:80")], ROUTED) == ROUTED
