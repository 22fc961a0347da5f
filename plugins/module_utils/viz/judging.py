# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with viz, as findings, and what it is, as facts. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict

from ..findings import finding
from ..linkerd.annotations import EXTENSION_LABEL
from ..linkerd.releases import linkerd_version_of, release_for
from ..model import Finding, Object, Ref
from ..objects.readiness import condition_of
from .hosts import admitted
from .looking import HOST_ARGUMENT, PROMETHEUS_ARGUMENT, argument, component
from .scraping import takes

if t.TYPE_CHECKING:
    from .looking import View

VERSION = "app.kubernetes.io/version"
SERVICE = "web"
PORTS: tuple[t.Any, ...] = (8084, "8084", "http")
GUARDS = ("basicAuth", "digestAuth", "forwardAuth", "plugin", "chain", "ipAllowList", "ipWhiteList")
NGINX_GUARDS = ("auth-type", "auth-url", "auth-tls-secret", "whitelist-source-range", "allowlist-source-range", "denylist-source-range")
NGINX = "nginx.ingress.kubernetes.io/"
TRAEFIK_MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
PORT_NAME = "__meta_kubernetes_pod_container_port_name"


def facts(view: View) -> list[dict[str, t.Any]]:
    """Each viz there is."""
    return [_facts(view, item["metadata"]["name"]) for item in _homes(view)]


def _facts(view: View, namespace: str) -> dict[str, t.Any]:
    web, api = component(view, namespace, "web"), component(view, namespace, "metrics-api")
    return {
        "namespace": namespace,
        "version": _version(web),
        "prometheus_url": argument(api, PROMETHEUS_ARGUMENT) if api else None,
        "host_regexp": argument(web, HOST_ARGUMENT) if web else None,
        "exposed_by": [Ref.of(route).to_dict() for route in _exposing(view, namespace)],
        "unread": list(view.unread),
    }


def judge(view: View, chart_version: str) -> list[Finding]:
    """Everything. C(chart_version): the control plane's."""
    found = _twice(view)
    for item in _homes(view):
        namespace = item["metadata"]["name"]
        found += [*_dashboard(view, namespace), *_scraping(view, namespace, chart_version), *_release(view, namespace, chart_version)]
    return [*found, *_tap(view)]


def _homes(view: View) -> list[Object]:
    return [item for item in view.extensions if item["metadata"]["labels"][EXTENSION_LABEL] == "viz"]


def _twice(view: View) -> list[Finding]:
    names: dict[str, list[str]] = defaultdict(list)
    for item in view.extensions:
        names[item["metadata"]["labels"][EXTENSION_LABEL]].append(item["metadata"]["name"])
    return [
        finding("L5D170", Ref("v1", "Namespace", inside[0]), f"{', '.join(inside)} all say {EXTENSION_LABEL}={name}")
        for name, inside in sorted(names.items())
        if len(inside) > 1
    ]


def _tap(view: View) -> list[Finding]:
    state = condition_of(view.tap or {}, "Available")
    if view.tap is None or state.get("status") == "True":
        return []
    return [finding("L5D175", Ref.of(view.tap), str(state.get("message") or "nobody has looked at it yet"))]


def _release(view: View, namespace: str, chart_version: str) -> list[Finding]:
    web = component(view, namespace, "web")
    mine, control = _version(web), linkerd_version_of(chart_version) if release_for(chart_version) else ""
    if web is None or not mine or not control or mine == control:
        return []
    return [finding("L5D177", Ref.of(web), f"viz is {mine}, the control plane {control}")]


def _version(deployment: Object | None) -> str:
    return str(((deployment or {"metadata": {}})["metadata"].get("labels") or {}).get(VERSION, ""))


def _dashboard(view: View, namespace: str) -> list[Finding]:
    web = component(view, namespace, "web")
    pattern = argument(web, HOST_ARGUMENT) if web else None
    found: list[Finding] = []
    strangers = admitted(pattern) if pattern is not None else []
    if web and strangers:
        found.append(finding("L5D171", Ref.of(web), f"{pattern} matches {strangers[0]}"))
    for route in _exposing(view, namespace):
        if not _guarded(route, view):
            found.append(finding("L5D172", Ref.of(route)))
        if not route["spec"].get("tls") and "tls" not in route["spec"]:
            found.append(finding("L5D176", Ref.of(route)))
    return found


def _exposing(view: View, namespace: str) -> list[Object]:
    return [route for route in view.routes if route["metadata"]["namespace"] == namespace and any(_to_web(end) for end in _ends(route))]


def _ends(route: Object) -> t.Iterator[tuple[str, t.Any]]:
    """Name and port of every Service that it leads to."""
    spec = route["spec"]
    if route["kind"] == "IngressRoute":
        for rule in spec.get("routes") or []:
            for service in rule.get("services") or []:
                yield str(service.get("name", "")), service.get("port")
        return
    backends = [path.get("backend") or {} for rule in spec.get("rules") or [] for path in (rule.get("http") or {}).get("paths") or []]
    for backend in (*backends, spec.get("defaultBackend") or {}):
        service = backend.get("service") or {}
        port = service.get("port") or {}
        yield str(service.get("name", "")), port.get("number") or port.get("name")


def _to_web(end: tuple[str, t.Any]) -> bool:
    return end[0] == SERVICE and end[1] in PORTS


def _guarded(route: Object, view: View) -> bool:
    """Whether something asks who it is on every way to the dashboard. What stands in other namespaces gets the benefit of the doubt."""
    if route["kind"] == "Ingress":
        annotations = route["metadata"].get("annotations") or {}
        if any(f"{NGINX}{name}" in annotations for name in NGINX_GUARDS):
            return True
        named = [entry.strip() for entry in str(annotations.get(TRAEFIK_MIDDLEWARES, "")).split(",") if entry.strip()]
        return any(_is_guard(entry.partition("@")[0], route["metadata"]["namespace"], view) for entry in named)
    rules = [
        rule for rule in route["spec"].get("routes") or [] if any(service.get("name") == SERVICE for service in rule.get("services") or [])
    ]
    return all(any(_names_guard(entry, route["metadata"]["namespace"], view) for entry in rule.get("middlewares") or []) for rule in rules)


def _names_guard(entry: Object, namespace: str, view: View) -> bool:
    where = entry.get("namespace") or namespace
    return where != namespace or "@" in entry.get("name", "") or _is_guard(f"{where}-{entry.get('name', '')}", namespace, view)


def _is_guard(name: str, namespace: str, view: View) -> bool:
    """C(name) as Traefik writes it in annotations: namespace, a dash, and the name."""
    if not name.startswith(f"{namespace}-") or "Middleware" in view.unread:
        return True
    own = [item for item in view.middlewares if f"{item['metadata']['namespace']}-{item['metadata']['name']}" == name]
    return any(kind in item["spec"] for item in own for kind in GUARDS)


def _scraping(view: View, namespace: str, chart_version: str) -> list[Finding]:
    api = component(view, namespace, "metrics-api")
    release = release_for(chart_version)
    if api is None or release is None:
        return []
    bundled = component(view, namespace, "prometheus") is not None
    found: list[Finding] = []
    if not bundled and view.prometheuses and not any(_reads_proxies(view, monitor) for monitor in view.monitors):
        found.append(finding("L5D173", Ref.of(view.prometheuses[0]), "no PodMonitor that it takes up reads the port linkerd-admin"))
    found += _stale(view.monitors, tuple(dict.fromkeys((*release.admin_ports, release.viz_admin_port))))
    return found


def _stale(monitors: t.Sequence[Object], ports: tuple[str, ...]) -> list[Finding]:
    """Patterns for port names that this release does not have, or not all of."""
    patterns = {id(item): _port_patterns(item) for item in monitors if "linkerd" in item["metadata"]["name"]}
    keeping = [item for item in monitors if patterns.get(id(item))]
    missed = [port for port in ports if not any(_keeps(patterns[id(item)], port) for item in keeping)]
    if not keeping or not missed:
        return []
    return [finding("L5D174", Ref.of(keeping[0]), f"{patterns[id(keeping[0])][0]} does not match {', '.join(missed)}")]


def _reads_proxies(view: View, monitor: Object) -> bool:
    taken = any(takes(prometheus, monitor, view.namespaces) for prometheus in view.prometheuses)
    endpoints = (monitor.get("spec") or {}).get("podMetricsEndpoints") or []
    return taken and any(entry.get("port") == "linkerd-admin" or "linkerd-admin" in str(entry.get("relabelings")) for entry in endpoints)


def _port_patterns(monitor: Object) -> list[str]:
    """What it keeps ports by, where it does so by their name alone."""
    endpoints = (monitor.get("spec") or {}).get("podMetricsEndpoints") or []
    return [
        str(rule.get("regex", ""))
        for entry in endpoints
        for rule in entry.get("relabelings") or []
        if str(rule.get("action", "")).lower() == "keep" and rule.get("sourceLabels") == [PORT_NAME]
    ]


def _keeps(patterns: list[str], port: str) -> bool:
    try:
        return all(re.fullmatch(pattern, port) for pattern in patterns)
    except re.error:
        return True
