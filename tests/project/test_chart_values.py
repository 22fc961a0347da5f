# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value that a role gives to one of Linkerd's charts is a value of that chart, in every release that the role may install.

Ansible itself works the roles' variables out, once for all releases, with everything asked for that adds values.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from tools.build_copy import ROOT

KEYS = ROOT / "tests" / "unit" / "facts" / "chart-keys"
UNLISTED = {"linkerd-control-plane": {"proxy.capabilities.drop"}}
"""What templates of every release read, though their values.yaml does not name it: charts/partials/templates/_proxy.tpl of linkerd2."""


class Chart(t.NamedTuple):
    """A chart, the role that installs it, the variable with its values, the option with its version, and all that adds values."""

    name: str
    role: str
    variable: str
    version: str
    options: dict[str, t.Any]


TRACING = {"endpoint": "collector.tracing:4317", "service_account": "collector", "namespace": "tracing"}
CONTROL_PLANE: dict[str, t.Any] = {
    "linkerd_control_plane_ha": True,
    "linkerd_control_plane_cni": True,
    "linkerd_control_plane_iptables_mode": "legacy",
    "linkerd_control_plane_tracing": f"{{{{ {{}} if _linkerd_control_plane_release.has_jaeger_extension else {TRACING} }}}}",
}
COLLECTOR = {"__linkerd_jaeger_plan": {"collector": TRACING, "extension": {"found": False}}}
VIZ: dict[str, t.Any] = {
    "linkerd_viz_prometheus_credentials_secret": "{{ 'prometheus' if _linkerd_viz_release.viz_prometheus_credentials else '' }}",
    "linkerd_viz_dashboard_hosts": ["linkerd.example"],
    "linkerd_viz_dashboard_controller": "ingress-nginx",
}
OF_THE_CONTROL_PLANE = tuple(
    Chart(name, "linkerd_control_plane", f"_linkerd_control_plane_{variable}", "linkerd_control_plane_chart_version", CONTROL_PLANE)
    for name, variable in (("linkerd-crds", "crds_values"), ("linkerd-control-plane", "values"), ("linkerd2-cni", "cni_all"))
)
CHARTS = (
    *OF_THE_CONTROL_PLANE,
    Chart("linkerd-jaeger", "linkerd_jaeger", "_linkerd_jaeger_values", "linkerd_jaeger_chart_version", COLLECTOR),
    Chart("linkerd-viz", "linkerd_viz", "_linkerd_viz_values", "linkerd_viz_chart_version", VIZ),
)


def known(chart: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], json.loads((KEYS / f"{chart}.json").read_text(encoding="utf-8")))


def keys_of(chart: str, version: str) -> set[str]:
    listed = {key for key, versions in known(chart)["keys"].items() if versions == "all" or version in versions}
    return listed | UNLISTED.get(chart, set())


def leaves(values: dict[str, t.Any], prefix: str = "") -> set[str]:
    """Every leaf, as ``proxy.image.name``."""
    found = set()
    for key, value in values.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}"}
    return found


def play(chart: Chart, directory: Path) -> dict[str, t.Any]:
    role = ROOT / "roles" / chart.role
    write = {
        "ansible.builtin.copy": {
            "content": f"{{{{ {chart.variable} | to_json }}}}",
            "dest": f"{directory}/{chart.name}-{{{{ item }}}}",
            "mode": "0600",
        },
        "loop": known(chart.name)["versions"],
        "vars": {chart.version: "{{ item }}", **chart.options},
        "no_log": True,
    }
    files = [str(role / "defaults/main.yml"), str(role / "vars/main.yml")]
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars_files": files, "tasks": [write]}


@pytest.fixture(scope="module", name="values")
def worked_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("values")
    playbook = directory / "playbook.yml"
    playbook.write_text(yaml.safe_dump([play(chart, directory) for chart in CHARTS]), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(playbook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.mark.parametrize(
    ("chart", "version"),
    [pytest.param(chart, version, id=f"{chart.name}-{version}") for chart in CHARTS for version in known(chart.name)["versions"]],
)
def test_the_chart_knows_every_value_that_the_role_sets(chart: Chart, version: str, values: Path) -> None:
    wanted = leaves(json.loads((values / f"{chart.name}-{version}").read_text(encoding="utf-8")))
    assert wanted
    assert wanted - keys_of(chart.name, version) == set()


def test_what_was_asked_for_is_among_the_values(values: Path) -> None:
    newest, oldest = (
        json.loads((values / f"linkerd-control-plane-{version}").read_text(encoding="utf-8")) for version in ("2026.6.3", "1.16.11")
    )
    assert (newest["controllerReplicas"], newest["cniEnabled"], newest["proxy"]["tracing"]["enabled"]) == (3, True, True)
    assert newest["proxyInit"] == {"iptablesMode": "legacy"}
    assert newest["identityResources"]["memory"] == {"request": "10Mi", "limit": "250Mi"}
    assert oldest["proxyInit"]["image"] == {"name": "cr.l5d.io/linkerd/proxy-init"}
    assert "policyController" not in newest
    assert "tracing" not in oldest["proxy"]


@pytest.mark.parametrize("version", known("linkerd-viz")["versions"])
def test_viz_gets_what_its_release_has_and_no_less(version: str, values: Path) -> None:
    given = leaves(json.loads((values / f"linkerd-viz-{version}").read_text(encoding="utf-8")))
    for key in ("createNamespaceMetadataJob", "prometheusCredsSecret"):
        assert (key in given) == (key in keys_of("linkerd-viz", version))


def test_no_release_brings_the_gateway_api_that_others_look_after(values: Path) -> None:
    crds = {
        version: json.loads((values / f"linkerd-crds-{version}").read_text(encoding="utf-8"))
        for version in known("linkerd-crds")["versions"]
    }
    assert {value for found in crds.values() for value in found.values()} == {False}
    assert crds["1.16.11"] == {"enableHttpRoutes": False}


def test_the_default_version_is_one_of_the_known_ones() -> None:
    defaults = yaml.safe_load((ROOT / "roles/linkerd_control_plane/defaults/main.yml").read_text(encoding="utf-8"))
    assert defaults["linkerd_control_plane_chart_version"] in known("linkerd-control-plane")["versions"]
