# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.pimesh.linkerd.plugins.filter.release_facts import release_facts
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import DEFAULT_CHART_VERSION


def test_the_facts_are_those_of_the_release_that_the_version_belongs_to() -> None:
    assert release_facts(DEFAULT_CHART_VERSION)["min_kubernetes"] == "1.31"
    assert release_facts("2025.10.7")["name"] == "2.19"
    assert (release_facts("2026.5.1")["name"], release_facts("2026.5.1")["line"]) == ("edge-26.5.1", "2.19")
    assert (release_facts("2025.10.4")["use_instead"], release_facts("2025.10.7")["use_instead"]) == ("2025.10.7", "")
    assert (release_facts("1.16.11")["max_kubernetes"], release_facts("2026.6.3")["gateway_api"]) == ("1.28", ["1.2.1", "1.5.1"])
    assert ["arm" in release_facts(chart)["architectures"] for chart in ("2025.4.4", "2025.9.4")] == [True, False]


@pytest.mark.parametrize("wrong", ["1.15.0", "1.17.0", "2.20.0", "2026.13.1", "2026.6", "2026.6.3-rc1", "latest", "", 2026, None])
def test_a_version_that_is_none_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"pimesh\.linkerd\.release_facts: .* versions look like 2026\.6\.3"):
        release_facts(wrong)


@pytest.mark.parametrize(
    ("version", "by_otlp", "to_trust_domain"),
    [
        ("1.16.11", False, False),
        ("2024.8.2", False, False),
        ("2024.11.8", True, False),
        ("2026.6.3", True, False),
        ("2026.7.1", True, True),
    ],
)
def test_the_facts_say_what_proxies_export_spans_to(version: str, by_otlp: bool, to_trust_domain: bool) -> None:
    facts = release_facts(version)
    assert (facts["traces_by_otlp"], facts["traces_to_trust_domain"]) == (by_otlp, to_trust_domain)
