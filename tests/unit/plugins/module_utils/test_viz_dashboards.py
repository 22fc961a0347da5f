# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dashboards for Grafana."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.dashboards import definitions, rendered

METRICS = {
    "control_identity_cert_refreshes_total",
    "identity_cert_refresh_count",
    "issuer_cert_ttl_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "request_total",
    "response_latency_ms_bucket",
    "response_total",
    "tcp_open_connections",
    "tcp_read_bytes_total",
    "tcp_write_bytes_total",
    "up",
}
LINKED = {"namespace", "deployment", "statefulset", "daemonset", "replicaset", "job", "cronjob", "pod", "service"}
"""What viz' dashboard links to as linkerd-<kind>."""
ALL = {name: json.loads(text) for name, text in rendered("prom").items()}


def queries(dashboard: dict[str, t.Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_what_viz_links_to_is_there_under_that_identifier() -> None:
    assert set(ALL) >= LINKED
    assert {dashboard["uid"] for dashboard in ALL.values()} == {f"linkerd-{name}" for name in ALL}
    assert {json.loads(text)["uid"] for text in rendered("prom", "home-").values()} == {f"home-linkerd-{name}" for name in ALL}


@pytest.mark.parametrize("kind", sorted(LINKED))
def test_links_carry_the_variables_that_a_dashboard_has(kind: str) -> None:
    names = [variable["name"] for variable in ALL[kind]["templating"]["list"]]
    assert kind in names
    assert "namespace" in names


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_part_reads_the_one_data_source(name: str) -> None:
    text = json.dumps(ALL[name])
    assert set(re.findall(r'"datasource": (\{[^}]*\})', text)) == {'{"type": "prometheus", "uid": "prom"}'}
    assert "DS_PROMETHEUS" not in text


@pytest.mark.parametrize("name", sorted(ALL))
def test_queries_are_balanced_and_know_their_metrics_and_variables(name: str) -> None:
    defined = {variable["name"] for variable in ALL[name]["templating"]["list"]}
    for query in queries(ALL[name]):
        assert all(query.count(left) == query.count(right) for left, right in ("()", "{}", "[]"))
        assert set(re.findall(r"\$(\w+)", query)) - {"__rate_interval"} <= defined
        assert "job=" in query
        assert {metric for metric in re.findall(r"([a-z_]+)(?=\{)", query) if metric} <= METRICS
        assert "{," not in query
        assert ", }" not in query


@pytest.mark.parametrize("name", sorted(ALL))
def test_panels_fill_the_width_and_cover_none_of_another(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in ALL[name]["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in ALL[name]["panels"]}) == len(ALL[name]["panels"])


def test_each_fits_a_config_map_many_times_over() -> None:
    assert max(len(text) for text in rendered("prom").values()) < 50_000
    assert len({item.name for item in definitions()}) == len(definitions())


def test_a_data_source_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="uid"):
        rendered("")
