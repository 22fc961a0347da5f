# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release table says what the published charts of these releases say."""

from __future__ import annotations

import json
import typing as t
from dataclasses import fields
from pathlib import Path

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import (
    ANNOUNCED,
    DEFAULT_CHART_VERSION,
    NOT_RECOMMENDED,
    RELEASES,
    Release,
    chart_version_of,
    linkerd_version_of,
    release_for,
    version,
)

KEYS = Path(__file__).resolve().parents[3] / "unit" / "facts" / "chart-keys"
CONTROL_PLANE = json.loads((KEYS / "linkerd-control-plane.json").read_text(encoding="utf-8"))
CRDS = json.loads((KEYS / "linkerd-crds.json").read_text(encoding="utf-8"))
CNI = json.loads((KEYS / "linkerd2-cni.json").read_text(encoding="utf-8"))
VERSIONS = CONTROL_PLANE["versions"]
UNLISTED = {"enableHttpRoutes", "enableTlsRoutes", "enableTcpRoutes"}
"""Since installGatewayAPI values.yaml has them as comments only."""


def release(chart_version: str) -> Release:
    found = release_for(chart_version)
    assert found is not None
    return found


def has(facts: dict[str, t.Any], key: str, chart_version: str) -> bool:
    versions = facts["keys"].get(key, [])
    return versions == "all" or chart_version in versions


@pytest.mark.parametrize("chart_version", VERSIONS)
def test_the_table_agrees_with_the_published_charts(chart_version: str) -> None:
    row = release(chart_version)
    assert row.has_proxy_init_image == has(CONTROL_PLANE, "proxyInit.image", chart_version)
    assert row.has_policy_controller_image == has(CONTROL_PLANE, "policyController.image", chart_version)
    assert row.transport_header_default == has(CONTROL_PLANE, "proxy.outboundTransportMode", chart_version)
    assert row.has_jaeger_extension != has(CONTROL_PLANE, "proxy.tracing.enabled", chart_version)
    assert row.cni_has_iptables_mode == has(CNI, "iptablesMode", chart_version)
    assert set(row.gateway_api_keys) == {key for key in CRDS["keys"] if has(CRDS, key, chart_version)}


@pytest.mark.parametrize(
    ("first", "last_before", "fact"),
    [
        ("2025.2.3", "2025.2.2", "min_kubernetes"),
        ("2026.5.1", "2026.4.4", "min_kubernetes"),
        ("2025.6.3", "2025.6.2", "admin_ports"),
        ("2025.8.1", "2025.7.6", "architectures"),
        ("2025.8.2", "2025.8.1", "default_iptables_mode"),
        ("2025.8.3", "2025.8.2", "has_policy_controller_image"),
        ("2025.9.4", "2025.9.3", "installs_gateway_api"),
        ("2025.10.1", "2025.9.4", "has_jaeger_extension"),
        ("2025.11.3", "2025.11.2", "has_proxy_init_image"),
        ("2026.5.2", "2026.5.1", "native_sidecar_default"),
        ("2026.7.1", "2026.6.3", "traces_to_trust_domain"),
    ],
)
def test_a_fact_changes_with_the_release_that_changed_it_and_no_other(first: str, last_before: str, fact: str) -> None:
    assert getattr(release(first), fact) != getattr(release(last_before), fact)
    changed = {field.name for field in fields(Release) if getattr(release(first), field.name) != getattr(release(last_before), field.name)}
    assert changed <= {fact, "viz_admin_port", "chart_version"}


def test_rows_are_in_order_and_bounds_too() -> None:
    assert [version(row.chart_version) for row in RELEASES] == sorted({version(row.chart_version) for row in RELEASES})
    assert all(row.min_kubernetes < row.max_kubernetes and version(row.gateway_api[0]) < version(row.gateway_api[1]) for row in RELEASES)


def test_announced_versions_are_within_themselves_and_carry_their_name() -> None:
    assert {line: (release(chart).line, release(chart).name) for line, chart in ANNOUNCED.items()} == {
        name: (name, name) for name in ANNOUNCED
    }
    assert release("2025.9.4").line == "2.18"
    assert (release("2025.9.4").name, release("1.16.9").name) == ("edge-25.9.4", "stable-2.14.8")
    assert release(DEFAULT_CHART_VERSION).name == "2.20"


def test_what_is_not_recommended_leads_to_something_that_is() -> None:
    assert {release_for(chart) is not None and instead not in NOT_RECOMMENDED for chart, instead in NOT_RECOMMENDED.items()} == {True}
    assert not set(ANNOUNCED.values()) & set(NOT_RECOMMENDED)


@pytest.mark.parametrize("chart_version", VERSIONS)
def test_names_and_chart_versions_lead_to_each_other(chart_version: str) -> None:
    assert chart_version_of(linkerd_version_of(chart_version)) == chart_version
