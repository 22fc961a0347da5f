# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_adoption against the fake API: what it prints is what its documentation promises."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.modules import l5d_adoption
from tests.integration import module_runs
from tests.unit.fake_api import FakeApi
from tests.unit.helm_records import revision

Object = dict[str, t.Any]

ALWAYS = {"changed", "diff", "invocation", "warnings"}
WANTED = {"identity": {"externalCA": True}}


def config(version: str) -> Object:
    meta = {"name": "linkerd-config", "namespace": "linkerd"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": f"linkerdVersion: {version}"}}


ISSUER: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "linkerd-identity-issuer", "namespace": "linkerd"},
    "data": {"crt.pem": "Y2VydA==", "key.pem": "aHVudGVyMg=="},
}


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "linkerd"}}]) as fake:
        yield fake


def run(api: FakeApi, **args: t.Any) -> Object:
    return module_runs.run("l5d_adoption", host=api.url, api_key="token", **args)


@pytest.mark.parametrize("check", [True, False])
def test_it_returns_what_it_documents(api: FakeApi, check: bool) -> None:
    api.put(config("edge-26.6.3"))
    api.put(ISSUER)
    returns = yaml.safe_load(l5d_adoption.RETURN)
    result = run(api, values=WANTED, check=check)
    assert set(result) - ALWAYS == {name for name, value in returns.items() if value["returned"] == "success"}
    assert (result["changed"], result["method"]) == (True, "cli")
    for name in ("steps", "findings"):
        assert result[name]
        assert all(set(entry) == set(returns[name]["contains"]) for entry in result[name])
    assert "aHVudGVyMg==" not in repr(result)
    assert run(api, values=WANTED)["changed"] is check


def test_an_audit_changes_nothing(api: FakeApi) -> None:
    api.put(config("edge-26.6.3"))
    api.put(ISSUER)
    for _ in range(2):
        result = run(api, values=WANTED, state="audit")
        assert (result["changed"], len(result["steps"])) == (False, 1)


def test_without_linkerd_the_usual_names_are_returned(api: FakeApi) -> None:
    result = run(api, values=WANTED, chart_version="2026.6.3")
    assert (result["changed"], result["method"], result["take_ownership"]) == (False, "none", False)
    assert {key: release["name"] for key, release in result["releases"].items()} == {
        "control_plane": "linkerd-control-plane",
        "crds": "linkerd-crds",
    }


@pytest.mark.parametrize(
    ("annotations", "takes", "name"), [({}, True, "linkerd-crds"), ({"meta.helm.sh/release-name": "theirs"}, False, "theirs")]
)
def test_definitions_that_belong_to_no_release_are_taken_over(api: FakeApi, annotations: dict[str, str], takes: bool, name: str) -> None:
    meta = {"name": "servers.policy.linkerd.io", "annotations": annotations}
    api.put({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta})
    result = run(api, state="audit")
    assert (result["take_ownership"], result["releases"]["crds"]) == (takes, {"name": name, "namespace": "linkerd"})


def test_a_release_of_another_name_is_found_by_its_record_when_an_uninstall_was_killed(api: FakeApi) -> None:
    for number, status in ((1, "superseded"), (2, "deployed")):
        api.put(revision(number, status, release=("their-mesh", "linkerd"), of_chart="linkerd-control-plane"))
    api.put(revision(1, "deployed", release=("their-crds", "linkerd"), of_chart="linkerd-crds"))
    result = run(api, state="audit")
    assert (result["changed"], result["method"]) == (False, "none")
    assert result["releases"] == {
        part: {"name": f"their-{name}", "namespace": "linkerd"} for part, name in (("control_plane", "mesh"), ("crds", "crds"))
    }


def test_a_way_back_is_refused_before_anything_is_written(api: FakeApi) -> None:
    api.put(config("edge-26.6.3"))
    api.put(ISSUER)
    result = run(api, values=WANTED, chart_version="2025.10.7")
    assert (result["failed"], result["failure"]["code"]) == (True, "downgrade")
    assert run(api, values=WANTED, state="audit")["steps"]
