# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that turn an intent, a controller and a rendering into what a playbook can use."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.filter.controller_values import controller_values
from ansible_collections.pimesh.linkerd.plugins.filter.mesh_annotations import mesh_annotations
from ansible_collections.pimesh.linkerd.plugins.filter.plan_manifests import plan_manifests
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.annotations import INJECT
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.rendered import rendering
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.world import World

ANNOTATIONS = {INJECT: "ingress"}
OURS = {"app.kubernetes.io/managed-by": "pimesh.linkerd"}


@pytest.mark.parametrize(
    ("intent", "offending"),
    [
        ({"mode": "Ingress"}, "'Ingress'"),
        ({}, "None"),
        ([], r"\[\]"),
        ({"mode": "enabled", "skip_outbound_port": 443}, r"'skip_outbound_port'.*Did you mean skip_outbound_ports"),
        ({"mode": "enabled", "skip_outbound_ports": "https"}, "'https'"),
        ({"mode": "enabled", "opaque_ports": 99999}, "'99999'"),
        ({"mode": "enabled", "default_inbound_policy": "open"}, "'open'"),
        ({"mode": "disabled", "opaque_ports": 5432}, "opaque_ports"),
        ({"mode": "enabled", "skip_inbound_ports": [{"port": 1}]}, "port"),
    ],
)
def test_an_intent_that_linkerd_would_ignore_is_refused(intent: t.Any, offending: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"pimesh\.linkerd\.mesh_annotations: .*{offending}"):
        mesh_annotations(intent)


def test_an_intent_makes_the_annotations_that_the_module_makes() -> None:
    made = rendering(World(b.snapshot(workload=b.deployment(namespace="traefik"))).plan(Intent(strategy="header"))).values
    intent = {"mode": "ingress", "skip_inbound_ports": ["web", "websecure"], "skip_outbound_ports": 443}
    assert made["deployment"]["podAnnotations"] == mesh_annotations(intent, b.LISTENERS)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["mode", "skip_inbound_ports", "opaque_ports", "proxy_cpu_limit", "default_inbound_policy"])


@given(st.dictionaries(KEYS, ANYTHING | st.sampled_from(["enabled", "ingress", 443]), max_size=4) | ANYTHING)
def test_any_intent_gives_text_or_an_error_of_this_filter(intent: t.Any) -> None:
    made: dict[str, str] = {}
    with contextlib.suppress(AnsibleFilterError):  # any other error would be a crash
        made = mesh_annotations(intent)
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in made.items())


def test_values_by_cluster_ip() -> None:
    assert controller_values(ANNOTATIONS, "traefik", "3.7.15", chart_version="41.0.0") == {
        "deployment": {"podAnnotations": ANNOTATIONS},
        "providers": {"kubernetesCRD": {"nativeLBByDefault": True}, "kubernetesIngress": {"nativeLBByDefault": True}},
    }


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("41.0.0", {"ports": {"web": {"http": {"middlewares": ["edge-l5d-strip@kubernetescrd"]}}}}),
        ("38.0.2", {"ports": {"web": {"middlewares": ["edge-l5d-strip@kubernetescrd"]}}}),
        ("", {"additionalArguments": ["--entryPoints.web.http.middlewares=edge-l5d-strip@kubernetescrd"]}),
    ],
)
def test_values_by_header(chart: str, expected: dict[str, t.Any]) -> None:
    values = controller_values({}, "traefik", "3.7.15", strategy="header", chart_version=chart, namespace="edge", entry_points=["web"])
    assert values == expected


@pytest.mark.parametrize(
    ("arguments", "options", "offending"),
    [
        ((ANNOTATIONS, "haproxy", "1"), {}, "'haproxy'"),
        ((ANNOTATIONS, "traefik", "latest"), {}, "'latest'"),
        ((ANNOTATIONS, "traefik", 3.7), {}, "3.7 is not text"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"strategy": "native"}, "'native'"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"chart_version": "new"}, "'new'"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"chart_version": "28.0.0"}, "28.0.0"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"strategy": "header"}, "namespace"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"entry_points": "web"}, "'web'"),
        ((ANNOTATIONS, "traefik", "3.7.15"), {"chart": "41.0.0"}, "chart: is no option"),
        ((["a"], "traefik", "3.7.15"), {}, r"\['a'\]"),
    ],
)
def test_values_of_something_unknown_are_refused(arguments: tuple[t.Any, ...], options: dict[str, t.Any], offending: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"pimesh\.linkerd\.controller_values: .*{offending}"):
        controller_values(*arguments, **options)


@pytest.mark.parametrize(("version", "config"), [("1.15.1", {"config": {"service-upstream": "true"}}), ("1.0.0", {})])
def test_values_of_ingress_nginx(version: str, config: dict[str, t.Any]) -> None:
    values = controller_values({INJECT: "enabled"}, "ingress_nginx", version)
    assert values == {"controller": {"podAnnotations": {INJECT: "enabled"}, **config}}


def test_a_traefik_without_the_one_switch_gets_only_its_annotations() -> None:
    assert set(controller_values(ANNOTATIONS, "traefik", "2.11.0", strategy="cluster_ip")) == {"deployment"}


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels or {}}, "data": data}


def test_manifests_of_one_result_of_a_loop_and_of_objects() -> None:
    one, two = config_map("one", OURS), config_map("two")
    assert plan_manifests({"manifests": [one, two]}) == [one, two]
    assert plan_manifests({"results": [{"manifests": [one]}, {"manifests": [one, two]}]}) == [one, two]
    assert plan_manifests([one, {"manifests": [two]}], ours=True) == [one]
    assert plan_manifests([one, two], kinds=["Secret"]) == []


@pytest.mark.parametrize(
    ("given_result", "options", "offending"),
    [
        ({"failed": True, "msg": "no cluster"}, {}, "no cluster"),
        ({"changed": True, "steps": []}, {}, "changed, steps"),
        ("text", {}, "'text'"),
        ([config_map("one"), config_map("one", a="2")], {}, "ConfigMap one"),
        ([], {"ours": "yes"}, "'yes'"),
        ([], {"kinds": "Secret"}, "'Secret'"),
    ],
)
def test_what_holds_no_manifests_is_refused(given_result: t.Any, options: dict[str, t.Any], offending: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"pimesh\.linkerd\.plan_manifests: .*{offending}"):
        plan_manifests(given_result, **options)
