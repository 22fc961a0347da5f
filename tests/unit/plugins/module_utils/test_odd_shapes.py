# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that nobody would write so and somebody did: merged into where that makes sense, left alone and told where not."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import repeated_keys
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import AddItem, RemoveItem, SetLeaf, fitting
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.world import World

HEADER = Intent(strategy="header")


def codes(world: World, intent: Intent = HEADER) -> set[str]:
    return {finding.code for finding in world.plan(intent).plan.findings}


def there_and_back(world: World, intent: Intent = HEADER) -> None:
    before = world.owned()
    world.apply(world.plan(intent))
    assert world.plan(intent).plan.steps == []
    world.apply(world.plan(Intent(), absent=True))
    assert world.owned() == before


def route(**rule: t.Any) -> Object:
    return b.ingress_route("r", {"match": "Host(`a`)", "services": [{"name": "web", "port": 80}], **rule})


@pytest.mark.parametrize("tag", ["3.0.4", "3.7.15"])
@pytest.mark.parametrize(("middlewares", "holds"), [(None, True), ([], True), ("text", False), ({"name": "auth"}, False), (7, False)])
def test_middlewares_that_are_no_list_are_left_alone(tag: str, middlewares: t.Any, holds: bool) -> None:
    """The strip covers what could not be written, and the other routes get theirs."""
    services = [{"name": "web", "port": 80, "middlewares": middlewares}]
    odd = route(middlewares=middlewares, services=services)
    objects = (b.service("web"), b.service("api"), odd, b.ingress("fine", ("api", 80)))
    world = World(b.snapshot(*objects, workload=b.deployment(b.pod_template(tag=tag))), tag)
    assert ("L5D214" in codes(world)) is not holds
    worth = {verdict.object.name: verdict.verdict for verdict in world.plan(HEADER).plan.verdicts}
    assert worth == {"r": "safe_by_header" if holds else "safe_by_strip_endpoint_routed", "fine": "safe_by_header"}
    there_and_back(world)


def test_items_that_are_there_twice_stay_so() -> None:
    twice = b.ingress("i", ("web", 80), annotations={b.CHAIN: "app-auth@kubernetescrd,app-auth@kubernetescrd,,"})
    rule = route(middlewares=[{"name": "auth"}, {"name": "auth"}], services=[{"name": "web", "port": 80}] * 2)
    there_and_back(World(b.snapshot(b.service("web"), b.forward_auth(), twice, rule)))


TWICE = "logs: {general: {level: INFO}}\ndeployment: {podAnnotations: {a: lost}}\ndeployment:\n  podAnnotations: {b: kept, b: last}\n"


def test_keys_that_are_given_twice_are_told_and_the_last_is_merged_into() -> None:
    config = b.helm_chart_config(TWICE)
    world = World(b.snapshot(b.service("web"), b.ingress("i", ("web", 80)), charts=(b.helm_chart(),), configs=(config,)))
    assert "L5D247" in codes(world)
    world.apply(world.plan(HEADER))
    merged = yaml.safe_load(world.snapshot.configs[0]["spec"]["valuesContent"])["deployment"]["podAnnotations"]
    assert merged["b"] == "last"
    assert "a" not in merged
    world.apply(world.plan(Intent(), absent=True))
    assert world.snapshot.configs[0]["spec"]["valuesContent"] == TWICE


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (TWICE, ["deployment", "b"]),
        ("a: &x {b: 1}\nc: *x\n", []),
        ("a: &x [*x]\n", []),
        ("list: [{a: 1, a: 2}]\n", ["a"]),
        ("", []),
        (None, []),
    ],
)
def test_repeated_keys_are_found_wherever_they_are(text: str | None, keys: list[str]) -> None:
    assert repeated_keys(text) == keys


@pytest.mark.parametrize(
    ("spec", "edit", "fits"),
    [
        ({}, AddItem(("spec", "a", "b"), "x"), True),
        ({"a": None}, AddItem(("spec", "a", "b"), "x"), True),
        ({"a": []}, AddItem(("spec", "a", "b"), "x"), False),
        ({"a": "x"}, SetLeaf(("spec", "a", "b"), 1), False),
        ({"a": {"b": []}}, SetLeaf(("spec", "a", "b"), 1), True),
        ({"a": "x,y"}, AddItem(("spec", "a"), "z", "csv"), True),
        ({"a": ["x"]}, AddItem(("spec", "a"), "z", "csv"), False),
        ({"a": ["x"]}, RemoveItem(("spec", "a"), "x"), True),
    ],
)
def test_a_place_fits_or_not(spec: Object, edit: t.Any, fits: bool) -> None:
    assert fitting({"spec": spec}, [edit]) == ([edit] if fits else [])
