# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts about published charts are those that tools.chart_facts writes; where the published ones are there, the same as they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import chart_facts


@pytest.fixture(name="published")
def small_publication(tmp_path: Path) -> Path:
    for version, text in (("2025.9.4", "a: {b: 1, old: true}\n"), ("2025.10.7", "a: {b: 1}\n")):
        directory = tmp_path / "chart-values" / "web" / version
        directory.mkdir(parents=True)
        (directory / "values.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_keys_say_in_which_versions_they_exist(published: Path) -> None:
    found = chart_facts.key_facts(published, "web")
    assert found["versions"] == ["2025.9.4", "2025.10.7"]
    assert found["keys"] == {"a": "all", "a.b": "all", "a.old": ["2025.9.4"]}


def test_what_differs_at_every_rendering_is_left_out(published: Path) -> None:
    (published / "objects").mkdir()
    annotations = {"checksum/config": "f00", "mine": "kept"}
    rendered = {"rendered_with": "defaults", "objects": [{"kind": "Deployment", "pod_annotations": annotations}, {"kind": "Service"}]}
    (published / "objects" / "web-2025.10.7.json").write_text(json.dumps(rendered), encoding="utf-8")
    found = chart_facts.rendered_facts(published, "web", "2025.10.7")
    assert found["objects"] == [{"kind": "Deployment", "pod_annotations": {"checksum/config": "…", "mine": "kept"}}, {"kind": "Service"}]
    assert found["values"] == {"a.b": 1}


def test_versions_are_sorted_as_numbers() -> None:
    assert sorted(["2025.10.7", "1.16.11", "2025.9.4"], key=chart_facts.as_numbers) == ["1.16.11", "2025.9.4", "2025.10.7"]


@pytest.mark.skipif(not chart_facts.PUBLISHED.is_dir(), reason="the published charts' facts are not beside this clone")
def test_the_facts_are_those_of_the_published_charts() -> None:
    for path, facts in chart_facts.written(chart_facts.PUBLISHED).items():
        assert path.read_text(encoding="utf-8") == chart_facts.as_text(facts), f"{path.name}: python -m tools.chart_facts writes it anew"
