# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of the sandbox's homelab, as its owner would try them in a browser."""

from __future__ import annotations

import base64
import typing as t

from tests.live.scene import Route, Scene

AUTHELIA = "home/authelia:80"
SECURE = "websecure"
"""Plain HTTP is redirected there."""
LOGIN = (("Authorization", f"Basic {base64.b64encode(b'demo:demo').decode()}"),)


def _ingress(namespace: str, name: str, host: str, *backends: str, path: str = "/", **more: t.Any) -> Route:
    title = f"{name}{path.replace('/', '-')}".rstrip("-")
    rule = more.pop("rule", f"{host}.home.arpa{path}")
    return Route(title, "Ingress", namespace, name, rule, f"{host}.home.arpa", backends, path=path, entry_point=SECURE, **more)


def _route(namespace: str, name: str, host: str, *backends: str, **more: t.Any) -> Route:
    path = more.get("path", "/")
    rule = f"Host(`{host}.home.arpa`)" + (f" && PathPrefix(`{path}`)" if path != "/" else "")
    title = more.pop("title", name)
    return Route(title, "IngressRoute", namespace, name, rule, f"{host}.home.arpa", backends, entry_point=SECURE, **more)


HOMELAB = Scene(
    namespaces=("media", "home", "monitoring", "longhorn-system", "backup"),
    victim="longhorn-system/longhorn-backend:9500",
    ignored=("nas",),
    routes=(
        _ingress("media", "jellyfin", "jellyfin", "media/jellyfin:8096"),
        _ingress("media", "arr", "arr", "media/sonarr:80", path="/sonarr", headers=LOGIN),
        _ingress("media", "arr", "arr", "media/radarr:80", path="/radarr", headers=LOGIN),
        _ingress("media", "arr", "arr", "media/prowlarr:9696", path="/prowlarr", headers=LOGIN),
        _ingress("media", "requests", "requests", "media/jellyseerr:80", by_pod=True),
        _ingress("home", "homeassistant", "ha", "home/homeassistant:8123"),
        _ingress("home", "node-red", "nodered", "home/node-red:1880", by_pod=True),
        _ingress("home", "start-page", "anything", "home/start-page:80", rule="default backend"),
        _ingress("monitoring", "grafana", "grafana", "monitoring/grafana:80", asked=AUTHELIA),
        _route("media", "downloads", "downloads", "media/qbittorrent:8080", headers=LOGIN),
        _route("media", "downloads", "media", "media/qbittorrent:8080", headers=LOGIN, path="/downloads", title="downloads-by-path"),
        _route("home", "zigbee2mqtt", "zigbee", "home/zigbee2mqtt:80", asked=AUTHELIA),
        _route("home", "authelia", "auth", AUTHELIA),
        _route("home", "photos", "photos", "home/photos-v1:80", "home/photos-v2:80"),
        _route("home", "blog", "blog", "home/blog-blue:80", "home/blog-green:80", turns=2, asked=AUTHELIA),
        _route("monitoring", "prometheus", "monitoring", "monitoring/prometheus-k8s:9090", path="/prometheus", asked=AUTHELIA),
        _route("longhorn-system", "longhorn", "longhorn", "longhorn-system/longhorn-frontend:80", asked=AUTHELIA),
        _route("backup", "minio", "s3", "backup/minio:9000"),
        _route("backup", "minio", "minio", "backup/minio:9001", title="minio-console"),
    ),
)
