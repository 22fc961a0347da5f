# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of the Gateway API on a real API server with that API's own definitions: what we write is held to their rules."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.merge import strip_server_fields
from sandbox.cluster import Sandbox
from tests.integration import gateway_lab
from tests.integration.conftest import CERTIFICATES
from tests.integration.gateway_lab import API, HEADER, NAMESPACE, value
from tests.integration.ingress_lab import Lab, Object, Ref

KINDS = (
    (API, "HTTPRoute"),
    (API, "GRPCRoute"),
    (API, "Gateway"),
    ("v1", "Service"),
    ("traefik.io/v1alpha1", "Middleware"),
)
HERE: Object = {"controller_ref": "edge/edge-traefik"}
STRATEGIES = ("header", "cluster_ip")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    without = (*CERTIFICATES, "k3s")
    with Sandbox("gateway", empty=True, without=without, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        made = Lab(sandbox)
        gateway_lab.define(made)
        made.install_linkerd()
        gateway_lab.install(made)
        gateway_lab.make(made)
        yield made


def contents(lab: Lab) -> Object:
    """Everything that may change, by its meaning."""
    found = {str(Ref.of(obj)): strip_server_fields(obj) for kind in KINDS for obj in lab.all(*kind)}
    for obj in found.values():
        obj.pop("status", None)
    return {**found, "template": lab.get("apps/v1", "Deployment", "edge", "edge-traefik")["spec"]["template"]}


def differing(one: Object, other: Object) -> list[str]:
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def spec(lab: Lab, name: str, kind: str = "HTTPRoute") -> Object:
    found: Object = lab.get(API, kind, NAMESPACE, name)["spec"]
    return found


def values(holder: Object) -> list[str]:
    """Of our header, under set."""
    modifiers = [item["requestHeaderModifier"] for item in holder.get("filters", []) if item["type"] == "RequestHeaderModifier"]
    return [item["value"] for modifier in modifiers for item in modifier.get("set", []) if item["name"].lower() == HEADER]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_cycle(lab: Lab, strategy: str) -> None:
    before = contents(lab)
    foretold = lab.done(strategy=strategy, check=True, **HERE)
    assert differing(before, contents(lab)) == []
    created = lab.done(strategy=strategy, **HERE)
    assert created["steps"] == foretold["steps"]
    assert all(verdict["safe"] for verdict in created["verdicts"])
    assert not {verdict["object"]["name"] for verdict in created["verdicts"]} & {"mesh", "redirect"}
    assert {v["verdict"] for v in created["verdicts"] if v["object"]["name"] == "plain"} == {
        {"header": "safe_by_header", "cluster_ip": "safe_full"}[strategy]
    }
    assert "HTTPRoute shop/mesh" not in differing(before, contents(lab))
    after = contents(lab)
    again = lab.done(strategy=strategy, **HERE)
    assert (again["changed"], again["steps"]) == (False, [])
    assert lab.done(state="audit", **HERE)["changed"] is False
    lab.done(state="absent", check=True, **HERE)
    assert differing(after, contents(lab)) == []
    lab.done(state="absent", **HERE)
    assert differing(before, contents(lab)) == []


def test_the_server_has_taken_every_shape_of_filter(lab: Lab) -> None:
    lab.done(strategy="header", **HERE)
    assert [values(rule) for rule in spec(lab, "rules")["rules"]] == [[value("web")], [value("api")], [value("far", "other")]]
    (split,) = spec(lab, "split")["rules"]
    assert [values(backend) for backend in split["backendRefs"]] == [[value("web")], [value("api")]]
    assert [values(rule) for name in ("plain", "joined", "wrong", "guarded") for rule in spec(lab, name)["rules"]] == [[value("web")]] * 4
    for name in ("added", "early"):
        (rule,) = spec(lab, name)["rules"]
        assert (values(rule), values(rule["backendRefs"][0])) == ([], [value("web")]), name
    assert [values(rule) for rule in spec(lab, "calls", "GRPCRoute")["rules"]] == [[value("web")]]
    lab.done(state="absent", **HERE)


def test_a_route_that_changes_is_followed(lab: Lab) -> None:
    before = contents(lab)
    lab.done(strategy="header", **HERE)
    where = Ref(API, "HTTPRoute", "plain", NAMESPACE)
    rules = spec(lab, "plain")["rules"]
    lab.change(where, {"spec": {"rules": [{**rules[0], "backendRefs": [{**rules[0]["backendRefs"][0], "name": "api"}]}]}})
    changed = lab.done(strategy="header", **HERE)
    assert [step["name"] for step in changed["steps"]] == ["plain"]
    assert values(spec(lab, "plain")["rules"][0]) == [value("api")]
    rules = spec(lab, "plain")["rules"]
    theirs = [
        {**item, "requestHeaderModifier": {"set": [{"name": "X-Mine", "value": "1"}, *item["requestHeaderModifier"]["set"]]}}
        for item in rules[0]["filters"]
    ]
    backends = [{**rules[0]["backendRefs"][0], "name": "web"}]
    lab.change(where, {"spec": {"rules": [{**rules[0], "backendRefs": backends, "filters": theirs}]}})
    lab.done(strategy="header", **HERE)
    assert values(spec(lab, "plain")["rules"][0]) == [value("web")]
    assert lab.done(strategy="header", **HERE)["steps"] == []
    lab.done(state="absent", **HERE)
    (filter_,) = spec(lab, "plain")["rules"][0].pop("filters")
    assert filter_["requestHeaderModifier"] == {"set": [{"name": "X-Mine", "value": "1"}]}
    lab.change(where, {"spec": {"rules": [{key: item for key, item in rules[0].items() if key != "filters"} | {"backendRefs": backends}]}})
    assert differing(before, contents(lab)) == []


def test_from_one_strategy_to_the_other(lab: Lab) -> None:
    before = contents(lab)
    for strategy in (*STRATEGIES, *STRATEGIES):
        assert all(verdict["safe"] for verdict in lab.done(strategy=strategy, **HERE)["verdicts"])
    lab.done(state="absent", **HERE)
    assert differing(before, contents(lab)) == []


@pytest.mark.parametrize("tag", ["v3.0.4", "v3.1.7", "v3.6.15"])
def test_an_older_traefik(lab: Lab, tag: str) -> None:
    gateway_lab.install(lab, tag)
    before = contents(lab)
    for strategy in STRATEGIES:
        done = lab.done(strategy=strategy, **HERE)
        assert all(verdict["safe"] for verdict in done["verdicts"])
        assert lab.done(strategy=strategy, **HERE)["steps"] == []
    lab.done(state="absent", **HERE)
    assert differing(before, contents(lab)) == []
    gateway_lab.install(lab)
