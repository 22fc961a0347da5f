# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value that a role gives to a chart is a value of that chart, in every release that the role may install.

Ansible itself works the roles' variables out, once for all releases, with everything asked for that adds values.
"""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration.site_runs import play
from tools.build_copy import ROOT

KEYS = ROOT / "tests" / "unit" / "facts" / "chart-keys"
UNLISTED = {"linkerd-control-plane": {"proxy.capabilities.drop"}}
"""What templates of every release read, though their values.yaml does not name it: charts/partials/templates/_proxy.tpl of linkerd2."""

Values: t.TypeAlias = dict[tuple[str, str], dict[str, t.Any]]
"""Of each chart in each version."""
GONE = "linkerd-jaeger"
"""A chart that ended with 2025.9.4; the role's default is a release that traces without it."""


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
OF_CERT_MANAGER = tuple(
    Chart(name, "cert_manager", f"_{prefix}_values", f"{prefix}_chart_version", {})
    for name, prefix in (("cert-manager", "cert_manager"), ("trust-manager", "cert_manager_trust"))
)
CHARTS = (
    *OF_CERT_MANAGER,
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


def part(chart: Chart) -> dict[str, t.Any]:
    """A play that shows the chart's values for every release."""
    role = ROOT / "roles" / chart.role
    show = {
        "name": chart.name,
        "ansible.builtin.debug": {"msg": f"{{{{ {chart.variable} }}}}"},
        "loop": known(chart.name)["versions"],
        "vars": {chart.version: "{{ item }}", **chart.options},
    }
    files = [str(role / "defaults/main.yml"), str(role / "vars/main.yml")]
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars_files": files, "tasks": [show]}


@pytest.fixture(scope="module", name="values")
def worked_out(tmp_path_factory: pytest.TempPathFactory) -> Values:
    directory = tmp_path_factory.mktemp("values")
    playbook = directory / "playbook.yml"
    playbook.write_text(yaml.safe_dump([part(chart) for chart in CHARTS]), encoding="utf-8")
    run = play(directory, str(playbook), "-i", "localhost,")
    assert run.code == 0, run.messages
    return {(chart, shown["item"]): shown["msg"] for chart, result in run.tasks() for shown in result["results"]}


@pytest.mark.parametrize(
    ("chart", "version"),
    [pytest.param(chart, version, id=f"{chart.name}-{version}") for chart in CHARTS for version in known(chart.name)["versions"]],
)
def test_the_chart_knows_every_value_that_the_role_sets(chart: Chart, version: str, values: Values) -> None:
    wanted = leaves(values[chart.name, version])
    assert wanted
    assert wanted - keys_of(chart.name, version) == set()


def test_what_was_asked_for_is_among_the_values(values: Values) -> None:
    newest, oldest = (values["linkerd-control-plane", version] for version in ("2026.6.3", "1.16.11"))
    assert (newest["controllerReplicas"], newest["cniEnabled"], newest["proxy"]["tracing"]["enabled"]) == (3, True, True)
    assert newest["proxyInit"] == {"iptablesMode": "legacy"}
    assert newest["identityResources"]["memory"] == {"request": "10Mi", "limit": "250Mi"}
    assert oldest["proxyInit"]["image"] == {"name": "cr.l5d.io/linkerd/proxy-init"}
    assert "policyController" not in newest
    assert "tracing" not in oldest["proxy"]


@pytest.mark.parametrize("version", known("linkerd-viz")["versions"])
def test_viz_gets_what_its_release_has_and_no_less(version: str, values: Values) -> None:
    given = leaves(values["linkerd-viz", version])
    for key in ("createNamespaceMetadataJob", "prometheusCredsSecret"):
        assert (key in given) == (key in keys_of("linkerd-viz", version))


def test_no_release_brings_the_gateway_api_that_others_look_after(values: Values) -> None:
    crds = {version: values["linkerd-crds", version] for version in known("linkerd-crds")["versions"]}
    assert {value for found in crds.values() for value in found.values()} == {False}
    assert crds["1.16.11"] == {"enableHttpRoutes": False}


@pytest.mark.parametrize("chart", [chart for chart in CHARTS if chart.name != GONE], ids=lambda chart: chart.name)
def test_the_default_version_is_one_of_the_known_ones(chart: Chart) -> None:
    defaults = yaml.safe_load((ROOT / "roles" / chart.role / "defaults/main.yml").read_text(encoding="utf-8"))
    assert defaults[chart.version] in known(chart.name)["versions"]


def values_given(tasks: Path) -> set[str]:
    """To role helm_release; those of a release that the role describes in its vars are said there."""
    given = set(re.findall(r"^ +helm_release_values: (.+)$", tasks.read_text(encoding="utf-8"), re.MULTILINE))
    described = {variable for variable in given if "['values']" in variable}
    named = (tasks.parents[1] / "vars" / "main.yml").read_text(encoding="utf-8")
    return given - described - {"{}"} | ({*re.findall(r"^ +values: (.+)$", named, re.MULTILINE)} if described else set())


def test_no_role_gives_values_to_a_chart_that_is_not_looked_at_here() -> None:
    given = {(path.parts[-3], variable) for path in (ROOT / "roles").glob("*/tasks/*.yml") for variable in values_given(path)}
    assert given == {(chart.role, f'"{{{{ {chart.variable} }}}}"') for chart in CHARTS}
