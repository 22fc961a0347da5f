# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a PodMonitor has to be for a Prometheus to take it up."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz.scraping import home, takes

KEY, VALUE = st.sampled_from(["release", "team", "scrape"]), st.sampled_from(["a", "b"])
LABELS = st.dictionaries(KEY, VALUE, max_size=3)
EXPRESSION = st.one_of(
    st.builds(lambda key, values: {"key": key, "operator": "In", "values": values}, KEY, st.lists(VALUE, min_size=1, unique=True)),
    st.builds(lambda key: {"key": key, "operator": "Exists"}, KEY),
    st.builds(lambda key: {"key": key, "operator": "DoesNotExist"}, KEY),
)
SELECTOR = st.one_of(
    st.none(),
    st.just({}),
    st.builds(lambda labels, more: {"matchLabels": labels, "matchExpressions": more}, LABELS, st.lists(EXPRESSION, max_size=2)),
)
NAMESPACES = st.dictionaries(st.sampled_from(["monitoring", "linkerd", "web"]), LABELS, min_size=1)


def prometheus(pods: t.Any, namespaces: t.Any = None) -> dict[str, t.Any]:
    spec = {"podMonitorSelector": pods, "podMonitorNamespaceSelector": namespaces}
    return {
        "metadata": {"name": "k8s", "namespace": "monitoring"},
        "spec": {key: value for key, value in spec.items() if value is not None},
    }


def as_objects(namespaces: dict[str, dict[str, str]]) -> list[dict[str, t.Any]]:
    return [{"metadata": {"name": name, "labels": labels}} for name, labels in namespaces.items()]


def either(found: dict[str, t.Any], namespaces: dict[str, dict[str, str]]) -> dict[str, t.Any] | str:
    """The place, or why there is none."""
    try:
        return home([found], as_objects(namespaces), "linkerd-viz")
    except InputError as error:
        return str(error)


@given(SELECTOR, SELECTOR, NAMESPACES)
def test_what_is_put_there_is_taken_up_or_it_is_said_why_nothing_can_be(
    pods: t.Any, spaces: t.Any, namespaces: dict[str, dict[str, str]]
) -> None:
    found = prometheus(pods, spaces)
    place = either(found, namespaces)
    if isinstance(place, str):
        assert "monitoring/k8s" in place
        return
    monitor = {"metadata": {"namespace": place["namespace"], "labels": place["labels"]}}
    assert takes(found, monitor, as_objects(namespaces))


@pytest.mark.parametrize(
    ("spaces", "namespace"),
    [
        (None, "monitoring"),
        ({}, "linkerd-viz"),
        ({"matchLabels": {"kubernetes.io/metadata.name": "linkerd-viz"}}, "linkerd-viz"),
        ({"matchLabels": {"team": "a"}}, "web"),
    ],
)
def test_its_own_namespace_is_preferred_where_prometheus_looks_into_it(spaces: t.Any, namespace: str) -> None:
    place = home([prometheus({"matchLabels": {"release": "x"}}, spaces)], as_objects({"web": {"team": "a"}}), "linkerd-viz")
    assert place == {"namespace": namespace, "labels": {"release": "x"}, "prometheus": "Prometheus monitoring/k8s"}


def test_a_prometheus_that_takes_up_none_is_named() -> None:
    with pytest.raises(InputError, match="monitoring/k8s: takes up no PodMonitors"):
        home([prometheus(None)], [], "linkerd-viz")
    assert not takes(prometheus(None), {"metadata": {"namespace": "monitoring"}}, [])


def test_without_a_prometheus_the_way_out_is_named() -> None:
    with pytest.raises(InputError, match="linkerd_viz_pod_monitors"):
        home([], [], "linkerd-viz")


def test_one_value_is_chosen_that_suits_every_expression_about_it() -> None:
    both = [{"key": "release", "operator": "In", "values": ["a", "b"]}, {"key": "release", "operator": "NotIn", "values": ["a"]}]
    assert home([prometheus({"matchExpressions": both}, {})], [], "linkerd-viz")["labels"] == {"release": "b"}
