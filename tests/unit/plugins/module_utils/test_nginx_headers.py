# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ingress-nginx does to l5d-dst-override, be it by somebody's own recipe, and why the header strategy is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as n
from tests.unit.plugins.module_utils.nginx_builders import audited, meshed, present

RECIPE = "".join(f"{kind}_set_header l5d-dst-override {n.HEADER['l5d-dst-override']};\n" for kind in ("proxy", "grpc"))


@pytest.mark.parametrize(
    ("note", "port", "verdict"),
    [
        ({}, 80, "safe_by_header"),
        ({}, "http", "safe_by_header"),
        ({}, "admin", "misrouted"),
        ({}, 9000, "safe_by_header"),
        ({"backend_protocol": "GRPC"}, 80, "safe_by_header"),
        ({"auth_url": "http://auth.app.svc/verify"}, 80, "relayable"),
        ({"mirror_target": "http://mirror"}, 80, "relayable"),
        ({"custom_http_errors": "404"}, 80, "relayable"),
    ],
)
@pytest.mark.parametrize("how", ["proxy-set-headers", "snippet"])
def test_somebodys_own_header_in_ingress_mode(note: dict[str, t.Any], port: int | str, verdict: str, how: str) -> None:
    """A port by its name is 80 to the proxy; requests of nginx's own carry the client's header."""
    service = b.service("web", ports=[b.HTTP, {"name": "admin", "port": 9000}])
    if how == "snippet":
        obj, data = (
            n.ingress("web", ("web", port), configuration_snippet=RECIPE, **note),
            {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"},
        )
    else:
        obj, data = n.ingress("web", ("web", port), **note), {"proxy-set-headers": f"{n.NS}/headers"}
    snapshot = n.snapshot(obj, service, n.config_map(n.HEADER, "headers"), config=n.config_map(data), workload=meshed())
    assert audited(snapshot) == {"web/0": verdict}


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "relayable"),
        ({"L5D-Dst-Override": "web.app.svc.cluster.local:80"}, "safe_by_header"),
        ({"l5d-dst-override": "${service_name}.${namespace}.svc:80"}, "safe_by_header"),
        ({"l5d-dst-override": "api.app.svc.cluster.local:80"}, "misrouted"),
        ({"l5d-dst-override": "$host:80"}, "relayable"),
        ({"l5d-dst-override": ""}, "safe_by_strip_endpoint_routed"),
    ],
)
def test_what_proxy_set_headers_says(headers: Object, verdict: str) -> None:
    config = n.config_map({"proxy-set-headers": f"{n.NS}/headers"})
    snapshot = n.snapshot(
        n.ingress("web", ("web", 80)), b.service("web"), n.config_map(headers, "headers"), config=config, workload=meshed()
    )
    assert audited(snapshot) == {"web/0": verdict}


@pytest.mark.parametrize(
    ("tag", "data", "counts"),
    [
        ("v1.9.0", {}, True),
        ("v1.9.1", {}, False),
        ("v1.11.0", {"allow-snippet-annotations": "true"}, True),
        ("v1.12.0", {"allow-snippet-annotations": "true"}, False),
        ("v1.12.0", {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"}, True),
    ],
)
def test_a_snippet_counts_where_the_controller_uses_it(tag: str, data: Object, counts: bool) -> None:
    workload = n.deployment(tag, annotations={"linkerd.io/inject": "ingress"})
    obj = n.ingress("web", ("web", 80), configuration_snippet=RECIPE)
    found = audited(n.snapshot(obj, b.service("web"), config=n.config_map(data), workload=workload))
    assert found == {"web/0": "safe_by_header" if counts else "relayable"}


def test_the_header_strategy_is_refused_with_its_reason() -> None:
    with pytest.raises(PlanningError, match=r"ingress_nginx 1\.15\.1 cannot do strategy header: .*auth requests.*Use strategy: cluster_ip"):
        present(n.snapshot(n.ingress("web", ("web", 80)), b.service("web")), strategy="header")


def test_ingress_mode_is_refused_while_a_client_could_relay() -> None:
    with pytest.raises(PlanningError, match="relayable in ingress mode"):
        present(n.snapshot(n.ingress("web", ("web", 80)), b.service("web")), mode="ingress")
