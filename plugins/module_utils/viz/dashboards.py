# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small set of dashboards for Grafana, made from compact definitions. Their identifiers are those that viz' own dashboard links to.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import typing as t

from ..errors import InputError
from .panels import Panel, connections, encrypted, latency, requests, success, traffic

Json = dict[str, t.Any]
PROXY, CONTROLLER = 'job="linkerd-proxy"', 'job="linkerd-controller"'
INBOUND, OUTBOUND = f'{PROXY}, direction="inbound"', f'{PROXY}, direction="outbound"'
WORKLOADS = ("deployment", "statefulset", "daemonset", "replicaset", "k8s_job", "cronjob", "pod")
OF_NAMESPACE = ("namespace", f"process_start_time_seconds{{{PROXY}}}")
"""The choice of a namespace with meshed pods."""
SHOWN = {"k8s_job": "job"}
"""Where a label is named otherwise than what it is about."""
WIDTH, ROW = 24, 8


class Dashboard(t.NamedTuple):
    """C(variables): name to the metric and label that its choices come from; later ones may use earlier ones."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[tuple[str, str], ...] = ()


def definitions() -> list[Dashboard]:
    """All of them."""
    return [_top_line(), _namespace(), *(_workload(kind) for kind in WORKLOADS), _service(), _ingress(), _health(), _certificates()]


def _totals(labels: str) -> tuple[Panel, ...]:
    """The numbers that a dashboard begins with."""
    return success(labels, legend="all", stat=True), requests(labels, legend="all", stat=True), encrypted(labels)


def _top_line() -> Dashboard:
    meshed = f"count(count(request_total{{{PROXY}}}) by (namespace))"
    return Dashboard(
        "top-line",
        "Linkerd: top line",
        (
            *_totals(INBOUND),
            Panel("Namespaces with meshed pods", "short", ((meshed, "namespaces"),), stat=True),
            success(INBOUND, "namespace"),
            requests(INBOUND, "namespace"),
            latency(INBOUND, "namespace"),
            connections(INBOUND, "namespace"),
        ),
    )


def _namespace() -> Dashboard:
    chosen = f'{INBOUND}, namespace="$namespace"'
    return Dashboard(
        "namespace",
        "Linkerd: namespace",
        (
            *_totals(chosen),
            success(chosen, "deployment"),
            requests(chosen, "deployment"),
            latency(chosen, "deployment"),
            traffic(chosen, "pod"),
        ),
        (OF_NAMESPACE,),
    )


def _workload(label: str) -> Dashboard:
    kind = SHOWN.get(label, label)
    chosen = f'namespace="$namespace", {label}="${kind}"'
    inbound, outbound = f"{INBOUND}, {chosen}", f"{OUTBOUND}, {chosen}"
    return Dashboard(
        kind,
        f"Linkerd: {kind}",
        (
            *_totals(inbound),
            success(inbound, "pod"),
            latency(inbound),
            _titled("Outbound success rate", success(outbound, "dst_service", legend="{{dst_namespace}}/{{dst_service}}")),
            _titled("Outbound requests", requests(outbound, "dst_service")),
            connections(f"{PROXY}, {chosen}", "pod"),
            traffic(f"{PROXY}, {chosen}", "direction"),
        ),
        (
            OF_NAMESPACE,
            (kind, f'label_values(process_start_time_seconds{{{PROXY}, namespace="$namespace"}}, {label})'),
        ),
    )


def _service() -> Dashboard:
    chosen = f'{OUTBOUND}, dst_namespace="$namespace", dst_service="$service"'
    return Dashboard(
        "service",
        "Linkerd: service, as its clients see it",
        (
            *_totals(chosen),
            success(chosen, "deployment"),
            requests(chosen, "deployment"),
            latency(chosen),
        ),
        (
            ("namespace", f"label_values(request_total{{{OUTBOUND}}}, dst_namespace)"),
            ("service", f'label_values(request_total{{{OUTBOUND}, dst_namespace="$namespace"}}, dst_service)'),
        ),
    )


def _ingress() -> Dashboard:
    chosen = f'{OUTBOUND}, namespace="$namespace", deployment="$deployment"'
    failures = (
        f'sum(rate(response_total{{{chosen}, classification="failure"}}[$__rate_interval])) by (dst_namespace, dst_service, status_code)'
    )
    direct = f'sum(rate(request_total{{{chosen}, dst_service=""}}[$__rate_interval])) by (authority)'
    return Dashboard(
        "ingress",
        "Linkerd: ingress controller and its backends",
        (
            success(chosen, legend="all", stat=True),
            encrypted(chosen),
            _titled("Requests by backend", requests(chosen, "dst_service")),
            _titled("Success rate by backend", success(chosen, "dst_service")),
            latency(chosen, "dst_service"),
            Panel("Failures", "reqps", ((failures, "{{dst_namespace}}/{{dst_service}} {{status_code}}"),)),
            Panel("Requests past every Service, straight to pods", "reqps", ((direct, "{{authority}}"),)),
        ),
        (
            OF_NAMESPACE,
            ("deployment", f'label_values(process_start_time_seconds{{{PROXY}, namespace="$namespace"}}, deployment)'),
        ),
    )


def _health() -> Dashboard:
    own = f'{INBOUND}, namespace=~"$linkerd"'
    return Dashboard(
        "health",
        "Linkerd: control plane",
        (
            Panel("Proxies", "short", ((f"count(process_start_time_seconds{{{PROXY}}})", "proxies"),), stat=True),
            Panel("Components", "short", ((f"count(up{{{CONTROLLER}}} == 1) by (component)", "{{component}}"),)),
            success(own, "deployment"),
            requests(own, "deployment"),
            latency(own, "deployment"),
            Panel("Memory", "bytes", ((f"process_resident_memory_bytes{{{CONTROLLER}}}", "{{component}} {{pod}}"),)),
            Panel("Processor", "short", ((f"rate(process_cpu_seconds_total{{{CONTROLLER}}}[$__rate_interval])", "{{component}} {{pod}}"),)),
            Panel(
                "Memory of proxies, by namespace",
                "bytes",
                ((f"sum(process_resident_memory_bytes{{{PROXY}}}) by (namespace)", "{{namespace}}"),),
            ),
        ),
        (("linkerd", f'label_values(process_start_time_seconds{{{PROXY}, control_plane_component!=""}}, namespace)'),),
    )


def _certificates() -> Dashboard:
    # Newer proxies put control_ before both names, and count renewals under another one.
    left = f'{{__name__=~"(control_)?identity_cert_expiration_timestamp_seconds", {PROXY}}} - time()'
    issuer = f"min(issuer_cert_ttl_seconds{{{CONTROLLER}}})"
    renewals = f'{{__name__=~"control_identity_cert_refreshes_total|identity_cert_refresh_count", {PROXY}}}'
    refreshed = f"sum(rate({renewals}[$__rate_interval])) by (namespace)"
    return Dashboard(
        "certificates",
        "Linkerd: certificates",
        (
            Panel("Shortest life left of a proxy's certificate", "s", ((f"min({left})", "proxies"),), stat=True),
            Panel("Life left of the identity issuer's", "s", ((issuer, "issuer"),), stat=True),
            Panel("Proxies without a certificate", "short", ((f"count({left} < 0) or vector(0)", "proxies"),), stat=True),
            Panel("Life left, by namespace", "s", ((f"min({left}) by (namespace)", "{{namespace}}"),)),
            Panel("Certificates renewed", "ops", ((refreshed, "{{namespace}}"),)),
        ),
    )


def _titled(title: str, panel: Panel) -> Panel:
    return panel._replace(title=title)


def rendered(datasource: str, prefix: str = "") -> dict[str, str]:
    """Name to JSON, for a Grafana whose Prometheus has this identifier."""
    if not datasource:
        raise InputError(
            "datasource", "is empty", "Give the identifier (uid) of Grafana's Prometheus; its address in Grafana ends with it."
        )
    return {item.name: json.dumps(_dashboard(item, datasource, prefix), sort_keys=True) for item in definitions()}


def _dashboard(item: Dashboard, datasource: str, prefix: str) -> Json:
    source = {"type": "prometheus", "uid": datasource}
    return {
        "uid": f"{prefix}linkerd-{item.name}",
        "title": item.title,
        "tags": ["linkerd"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_variable(name, choices, source) for name, choices in item.variables]},
        "panels": _placed(item.panels, source),
    }


def _variable(name: str, choices: str, source: Json) -> Json:
    query = choices if choices.startswith("label_values(") else f"label_values({choices}, {name})"
    return {"name": name, "type": "query", "datasource": source, "query": query, "refresh": 2, "sort": 1}


def _placed(panels: t.Sequence[Panel], source: Json) -> list[Json]:
    """Numbers beside each other, diagrams in two columns below them."""
    small, large = [panel for panel in panels if panel.stat], [panel for panel in panels if not panel.stat]
    width = WIDTH // max(1, len(small))
    places = [(index * width, 0, width, ROW // 2) for index in range(len(small))]
    top = ROW // 2 if small else 0
    places += [(index % 2 * (WIDTH // 2), top + index // 2 * ROW, WIDTH // 2, ROW) for index in range(len(large))]
    return [_panel(number, panel, place, source) for number, (panel, place) in enumerate(zip([*small, *large], places, strict=True), 1)]


def _panel(number: int, panel: Panel, place: tuple[int, int, int, int], source: Json) -> Json:
    return {
        "id": number,
        "title": panel.title,
        "type": "stat" if panel.stat else "timeseries",
        "datasource": source,
        "gridPos": dict(zip("xywh", place, strict=True)),
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": source, "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(panel.queries)
        ],
    }
