# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every value that a role gives to one of Linkerd's charts is a value of that chart, in every release that the role may install."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[2]
KEYS = Path(__file__).parent / "facts" / "chart-keys"


class Chart(t.NamedTuple):
    """A chart, and the private variables of a role whose value becomes values of it."""

    name: str
    role: str
    variables: tuple[str, ...]


CHARTS = (Chart("linkerd-control-plane", "linkerd_control_plane", ("_linkerd_control_plane_base",)),)


def known(chart: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], json.loads((KEYS / f"{chart}.json").read_text(encoding="utf-8")))


def keys_of(chart: str, version: str) -> set[str]:
    return {key for key, versions in known(chart)["keys"].items() if versions == "all" or version in versions}


def leaves(values: dict[str, t.Any], prefix: str = "") -> set[str]:
    """Every leaf, as ``proxy.image.name``."""
    found = set()
    for key, value in values.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}"}
    return found


def read(role: str, name: str) -> dict[str, t.Any]:
    text = (COLLECTION / "roles" / role / name).read_text(encoding="utf-8")
    return t.cast(dict[str, t.Any], yaml.safe_load(text))


@pytest.mark.parametrize(("chart", "version"), [(chart, version) for chart in CHARTS for version in known(chart.name)["versions"]], ids=str)
def test_the_chart_knows_every_value_that_the_role_sets(chart: Chart, version: str) -> None:
    private = read(chart.role, "vars/main.yml")
    wanted = set().union(*(leaves(private[variable]) for variable in chart.variables))
    assert wanted
    assert wanted - keys_of(chart.name, version) == set()


def test_the_chart_knows_the_values_of_tracing() -> None:
    default = read("linkerd_control_plane", "defaults/main.yml")["linkerd_control_plane_chart_version"]
    wanted = leaves(read("linkerd_control_plane", "vars/main.yml")["_linkerd_control_plane_tracing"])
    assert wanted - keys_of("linkerd-control-plane", default) == set()


def test_the_default_version_is_one_of_the_known_ones() -> None:
    assert (
        read("linkerd_control_plane", "defaults/main.yml")["linkerd_control_plane_chart_version"]
        in known("linkerd-control-plane")["versions"]
    )
