# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of routes.yml and gateway.yml: every way to a backend that Traefik has, each under a host name of its own."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

from tests.live.backends import COOKIE, FAILING
from tests.live.scene import Route, Scene

HERE = Path(__file__).parent
NAMESPACE = "shop"
AUTH, PAGES = "guard/auth:9091", "shop/pages:80"
METHOD = "/package.Service/Method"


def _ingress(name: str, *backends: str, path: str = "/", **more: t.Any) -> Route:
    host, title = f"{name}.test", name if path == "/" else f"{name}{path.replace('/', '-')}"
    return Route(title, "Ingress", NAMESPACE, name, f"{host}{path}", host, backends, path=path, **more)


def _route(name: str, *backends: str, **more: t.Any) -> Route:
    obj = more.pop("object", name)
    host = f"{obj}.test"
    return Route(name, "IngressRoute", NAMESPACE, obj, f"Host(`{host}`)", host, backends, turns=max(1, len(backends)), **more)


def _http_route(name: str, *backends: str, path: str = "/", **more: t.Any) -> Route:
    host, title = f"{name}.test", name if path == "/" else f"{name}{path.replace('/', '-')}"
    made = Route(title, "HTTPRoute", NAMESPACE, name, f"{host}{path}", host, backends, path=path, by_service_since="3.2", **more)
    return replace(made, turns=max(1, len(backends)))


def _grpc_route(name: str, *backends: str) -> Route:
    host = f"{name}.test"
    return Route(
        name, "GRPCRoute", NAMESPACE, name, f"{host}{METHOD}", host, backends, path=METHOD, since="3.2", turns=max(1, len(backends))
    )


SHOP = Scene(
    namespaces=(NAMESPACE, "guard"),
    victim="shop/victim:80",
    manifests=(HERE / "shop.yml", HERE / "routes.yml", HERE / "gateway.yml"),
    ignored=("passed-through",),
    mistake=HERE / "mistake.yml",
    replicas={"web": 2},
    on_default_entry_points=("named-port", "plain"),
    routes=(
        _ingress("named-port", "shop/web:80"),
        _ingress("several", "shop/web:80"),
        _ingress("several", "shop/mail:8025", path="/mail"),
        _ingress("several", "shop/api:8080", path="/api"),
        _ingress("second-port", "shop/api:9090"),
        Route("everything-else", "Ingress", NAMESPACE, "everything-else", "default backend", "whoever.test", ("shop/fallback:80",)),
        _ingress("secure-only", "shop/mail:8025", entry_point="websecure"),
        _ingress("guarded", "shop/web:80", asked=AUTH),
        _ingress("failing-ingress", "shop/orders:80", path=FAILING, status=503, asked=PAGES),
        _ingress("orders", "shop/orders:80"),
        _ingress("headless", "shop/tuner:8083", by_pod=True),
        _ingress("sticky", "shop/cart:80", by_pod=True),
        _ingress("opted-out", "shop/opted:80", by_pod=True),
        _ingress("set-for-service", "shop/labelled:80", since="3.7", closed_since="3.7"),
        _route("set-per-service", "shop/web:80", closed_since="3.7"),
        _route("plain", "shop/web:80"),
        _route("weighted", "shop/web:80", "shop/api:8080"),
        _route("guarded-route", "shop/mail:8025", asked=AUTH),
        _route("locked", status=401, asked=AUTH),
        _route("unlocked", "shop/web:80", object="locked", headers=(("Cookie", COOKIE),), asked=AUTH),
        _route("recipe", "shop/web:80", asked=AUTH),
        _route("set-too-early", "shop/web:80", asked=AUTH, a_mistake=True),
        _route("failing", "shop/mail:8025", path=FAILING, status=503, asked=PAGES),
        _route("headless-route", "shop/tuner:8083", by_pod=True),
        _route("sticky-route", "shop/mail:8025", by_pod=True),
        _route("opted-out-route", "shop/mail:8025", by_pod=True),
        _route("annotated-route", "shop/opted:80"),
        _route("native-route", "shop/mail:8025"),
        _http_route("http-plain", "shop/web:80"),
        _http_route("http-plain", "shop/mail:8025", path="/mail"),
        _http_route("http-weighted", "shop/web:80", "shop/api:8080"),
        _http_route("http-headless", "shop/tuner:8083", by_pod=True),
        _http_route("http-set", "shop/web:80", closed_since="3.0"),
        _http_route("http-set-per-backend", "shop/web:80", closed_since="3.7"),
        _http_route("http-guarded", "shop/mail:8025", asked=AUTH),
        _grpc_route("grpc-plain", "shop/web:80"),
        _grpc_route("grpc-weighted", "shop/web:80", "shop/api:8080"),
        _route("split", "shop/web:80", "shop/api:9090"),
        _route("nested", "shop/web:80", "shop/api:9090", "shop/mail:8025"),
        _route("mirrored", "shop/mail:8025", "shop/orders:80", mirrored=True),
    ),
)
