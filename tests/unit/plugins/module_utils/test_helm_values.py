# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings merged into a HelmChartConfig: where they win, beside what is there, and back to the author's own text."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.helm_values import (
    MAX_TEXT,
    TEXT_ANNOTATION,
    close_config,
    merge_values,
    open_config,
    parse_values,
)
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, RECORD_ANNOTATION, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.ownership import AddItem, SetLeaf
from ansible_collections.pimesh.linkerd.plugins.module_utils.persistence.base import Setting, Wanted
from ansible_collections.pimesh.linkerd.plugins.module_utils.persistence.helm_chart_config import HelmChartConfigStore, find_chart
from ansible_collections.pimesh.linkerd.plugins.module_utils.persistence.pod_template import PodTemplateStore
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils.world import merged, values_of

STRIP = "kube-system-l5d-strip@kubernetescrd"
FLAG = "flag:--entryPoints.web.http.middlewares="
STRIPPING = Setting(AddItem(("additionalArguments",), STRIP, FLAG, first=True), AddItem((), STRIP, FLAG, first=True))
NATIVE = Setting(
    SetLeaf(("providers", "kubernetesCRD", "nativeLBByDefault"), value=True),
    AddItem((), "--providers.kubernetescrd.nativeLBByDefault=true"),
)
ANNOTATIONS = {"linkerd.io/inject": "ingress"}
WANTED = Wanted(ANNOTATIONS, [STRIPPING, NATIVE])
ARGUMENT = f"--entryPoints.web.http.middlewares={STRIP}"


def merged_into(config: Object | None, chart: Object | None = None, arguments: t.Sequence[str] = (), wanted: Wanted = WANTED) -> Object:
    store = HelmChartConfigStore(chart or b.helm_chart(), config, arguments)
    after = store.desire(wanted, config)
    assert after is not None
    return after


def given_back(config: Object, chart: Object | None = None) -> Object | None:
    return HelmChartConfigStore(chart or b.helm_chart(), config).desire(Wanted(), config)


def in_force(config: Object, chart: Object | None = None) -> Object:
    return values_of(chart or b.helm_chart(), config)


MINE = """\
# What I changed, and why.
additionalArguments:
- --log.level=DEBUG   # while I look for that bug
deployment:
    podAnnotations: {prometheus.io/port: '9100'}
"""


def test_comments_come_back_with_the_authors_own_text() -> None:
    config = b.helm_chart_config(MINE, failurePolicy="reinstall")
    edited = merged_into(config)
    assert edited["spec"]["valuesContent"] != MINE
    assert edited["metadata"]["annotations"][TEXT_ANNOTATION] == MINE
    assert given_back(edited) == config


def test_what_was_in_it_stays_and_ours_is_in_force() -> None:
    edited = merged_into(b.helm_chart_config(MINE))
    values = in_force(edited)
    assert values["additionalArguments"] == ["--log.level=DEBUG", ARGUMENT]
    assert values["deployment"]["podAnnotations"] == {"prometheus.io/port": "9100", **ANNOTATIONS}
    assert values["providers"] == {"kubernetesCRD": {"nativeLBByDefault": True}}
    assert edited["spec"]["failurePolicy"] == "abort"


def test_a_config_that_somebody_edits_meanwhile_keeps_the_edit() -> None:
    edited = merged_into(b.helm_chart_config(MINE))
    values = yaml.safe_load(edited["spec"]["valuesContent"])
    values["logs"] = {"access": {"enabled": True}}
    values["additionalArguments"].insert(0, "--ping.terminatingStatusCode=204")
    edited["spec"]["valuesContent"] = yaml.safe_dump(values)
    assert merged_into(edited)["spec"] == edited["spec"]
    back = given_back(merged_into(edited))
    assert back is not None
    assert yaml.safe_load(back["spec"]["valuesContent"]) == {
        **yaml.safe_load(MINE),
        "logs": {"access": {"enabled": True}},
        "additionalArguments": ["--ping.terminatingStatusCode=204", "--log.level=DEBUG"],
    }


def test_without_a_config_one_is_made_and_goes_again() -> None:
    made = merged_into(None)
    assert made["metadata"]["labels"] == {OWNER_LABEL: "pimesh.linkerd"}
    assert in_force(made)["additionalArguments"] == [ARGUMENT]
    assert given_back(made) is None
    values = yaml.safe_load(made["spec"]["valuesContent"])
    made["spec"]["valuesContent"] = yaml.safe_dump({**values, "theirs": 1})
    kept = given_back(made)
    assert kept is not None
    assert (yaml.safe_load(kept["spec"]["valuesContent"]), "failurePolicy" in kept["spec"]) == ({"theirs": 1}, False)


def test_an_empty_text_comes_back_empty() -> None:
    for text in ("", "# nothing yet\n"):
        assert given_back(merged_into(b.helm_chart_config(text))) == b.helm_chart_config(text)


def test_nothing_wanted_makes_nothing() -> None:
    assert HelmChartConfigStore(b.helm_chart(), None).desire(Wanted(), None) is None
    bare = b.helm_chart_config()
    del bare["spec"]
    assert given_back(bare) == bare


@pytest.mark.parametrize("policy", [{}, {"failurePolicy": "reinstall"}, {"failurePolicy": "abort"}])
def test_a_failed_upgrade_must_not_uninstall_the_controller(policy: dict[str, str]) -> None:
    """k3s' default, reinstall, removes the release first."""
    config = b.helm_chart_config(MINE, **policy)
    edited = merged_into(config)
    assert edited["spec"]["failurePolicy"] == "abort"
    assert given_back(edited) == config


def test_ours_is_written_where_it_wins() -> None:
    """spec.values beats valuesContent, key by key."""
    strong = {"additionalArguments": ["--strong"], "providers": {"kubernetesCRD": {"nativeLBByDefault": False}}}
    config = b.helm_chart_config(MINE, values=strong)
    edited = merged_into(config)
    assert edited["spec"]["values"]["additionalArguments"] == ["--strong", ARGUMENT]
    assert in_force(edited)["providers"]["kubernetesCRD"]["nativeLBByDefault"] is True
    assert in_force(edited)["deployment"]["podAnnotations"]["linkerd.io/inject"] == "ingress"
    assert given_back(edited) == config


@pytest.mark.parametrize("values", [{"deployment": None}, {"deployment": {"podAnnotations": None}}, {"providers": None}])
def test_a_null_in_the_users_values_does_not_hide_ours(values: Object) -> None:
    config = b.helm_chart_config(MINE, values=values)
    edited = merged_into(config)
    assert in_force(edited)["deployment"]["podAnnotations"]["linkerd.io/inject"] == "ingress"
    assert in_force(edited)["providers"]["kubernetesCRD"]["nativeLBByDefault"] is True
    assert given_back(edited) == config


def test_a_list_starts_from_the_one_that_the_chart_object_has() -> None:
    """Helm replaces lists: ours alone would drop the arguments of the HelmChart."""
    chart = b.helm_chart({"additionalArguments": ["--from.chart=true"]})
    config = b.helm_chart_config("# mine\n")
    edited = merged_into(config, chart)
    assert in_force(edited, chart)["additionalArguments"] == ["--from.chart=true", ARGUMENT]
    assert given_back(edited, chart) == config


def test_what_the_chart_object_says_already_is_not_ours() -> None:
    """It stays in force when we go, so a rollout must not be expected to take it away."""
    chart = b.helm_chart({"providers": {"kubernetesCRD": {"nativeLBByDefault": True}}, "deployment": {"podAnnotations": ANNOTATIONS}})
    edited = merged_into(b.helm_chart_config(MINE), chart)
    store = HelmChartConfigStore(chart, edited)
    assert (store.owns(NATIVE), store.owns_annotation("linkerd.io/inject"), store.owns(STRIPPING)) == (False, False, True)
    assert in_force(edited, chart)["providers"]["kubernetesCRD"]["nativeLBByDefault"] is True
    hidden = merged_into(b.helm_chart_config("providers: null\n"), chart)
    assert in_force(hidden, chart)["providers"]["kubernetesCRD"]["nativeLBByDefault"] is True


CHART_ARGUMENT = "--entryPoints.web.http.middlewares=app-limit@kubernetescrd"


@pytest.mark.parametrize("key", [("http", "middlewares"), ("middlewares",)])
def test_middlewares_given_by_the_charts_key_get_ours_first(key: tuple[str, ...]) -> None:
    """A second argument for the same entry point would leave to chance which of both counts."""
    values: t.Any = ["app-limit@kubernetescrd"]
    for part in reversed(("ports", "web", *key)):
        values = {part: values}
    config = b.helm_chart_config(yaml.safe_dump(values))
    edited = merged_into(config, arguments=[CHART_ARGUMENT])
    found: t.Any = in_force(edited)
    for part in ("ports", "web", *key):
        found = found[part]
    assert found == [STRIP, "app-limit@kubernetescrd"]
    assert "additionalArguments" not in in_force(edited)
    assert HelmChartConfigStore(b.helm_chart(), edited).owns(STRIPPING)
    assert given_back(edited) == config


def test_a_key_that_this_chart_ignores_does_not_count() -> None:
    """It moved between chart 38 and 39; the wrong one is ignored silently, and the strip with it."""
    config = b.helm_chart_config(yaml.safe_dump({"ports": {"web": {"middlewares": ["app-limit@kubernetescrd"]}}}))
    edited = merged_into(config, arguments=["--ping"])
    assert in_force(edited)["additionalArguments"] == [ARGUMENT]
    assert in_force(edited)["ports"]["web"]["middlewares"] == ["app-limit@kubernetescrd"]


def test_both_at_once_are_refused() -> None:
    both = {"ports": {"web": {"http": {"middlewares": ["app-limit@kubernetescrd"]}}}, "additionalArguments": [f"{CHART_ARGUMENT},x@file"]}
    with pytest.raises(
        PlanningError, match=r"HelmChartConfig kube-system/traefik: ports.web.http.middlewares and additionalArguments both"
    ):
        merged_into(b.helm_chart_config(yaml.safe_dump(both)), arguments=[CHART_ARGUMENT])


def test_arguments_of_an_entry_point_get_ours_first() -> None:
    config = b.helm_chart_config(yaml.safe_dump({"additionalArguments": ["--entrypoints.WEB.http.middlewares=a@file, b@file", "--x"]}))
    edited = merged_into(config)
    assert in_force(edited)["additionalArguments"] == [f"--entrypoints.WEB.http.middlewares={STRIP},a@file,b@file", "--x"]
    assert given_back(edited) == config


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("deployment.podAnnotations.linkerd\\.io/inject", True),
        ("deployment.podAnnotations", True),
        ("deployment", True),
        ("additionalArguments[0]", True),
        ("additionalArguments", True),
        ("providers.kubernetesCRD.nativeLBByDefault", True),
        ("providers.kubernetesCRD.enabled", False),
        ("deployment.podAnnotations.prometheus\\.io/port", False),
        ("image.tag", False),
    ],
)
def test_what_the_chart_object_sets_and_nothing_beats_is_found(key: str, found: bool) -> None:
    chart = b.helm_chart(set={key: "theirs"})
    findings = HelmChartConfigStore(chart, None).findings(WANTED)
    assert [(f.code, f.object.kind) for f in findings] == ([("L5D501", "HelmChart")] if found else [])
    assert HelmChartConfigStore(chart, None).findings(Wanted()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "is not YAML in line"),
        ("ok: 1\n\tbad: 2\n", "is not YAML in line 2"),
        ("- a\n- b\n", "is a list, not a mapping"),
        ("just words", "is a str, not a mapping"),
        ("when: 2026-13-45\n", "is not YAML"),
        ("a: &x [*y]", "is not YAML in line 1"),
    ],
)
def test_values_that_cannot_be_read_are_refused_by_name(text: str, words: str) -> None:
    config = b.helm_chart_config(text)
    with pytest.raises(PlanningError, match=f"HelmChartConfig kube-system/traefik: its valuesContent {words}") as error:
        merged_into(config)
    assert error.value.remedy
    for act in (HelmChartConfigStore(b.helm_chart(), config).lost, lambda: given_back(config)):
        with pytest.raises(PlanningError, match=words):
            act()


def test_a_place_that_cannot_hold_ours_is_named() -> None:
    config = b.helm_chart_config("additionalArguments: --one --two\n")
    with pytest.raises(PlanningError, match=r"HelmChartConfig kube-system/traefik, spec.valuesContent.additionalArguments: it is a str"):
        merged_into(config)


def test_a_kept_text_that_somebody_spoilt_does_no_harm() -> None:
    edited = merged_into(b.helm_chart_config(MINE))
    edited["metadata"]["annotations"][TEXT_ANNOTATION] = "{"
    back = given_back(edited)
    assert back is not None
    assert yaml.safe_load(back["spec"]["valuesContent"]) == yaml.safe_load(MINE)
    assert "annotations" not in back["metadata"]


def test_a_very_long_text_is_not_kept_but_its_meaning_is() -> None:
    """All annotations of an object share 256 KiB."""
    text = f"# {'x' * MAX_TEXT}\nmine: 1\n"
    edited = merged_into(b.helm_chart_config(text))
    assert TEXT_ANNOTATION not in edited["metadata"]["annotations"]
    back = given_back(edited)
    assert back is not None
    assert yaml.safe_load(back["spec"]["valuesContent"]) == {"mine": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.dates() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["deployment", "podAnnotations", "ports", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def above(values: Object) -> list[t.Any]:
    """What is where the chart has the mappings that ours go into."""
    deployment, providers = values.get("deployment"), values.get("providers")
    inner = deployment.get("podAnnotations") if isinstance(deployment, dict) else None
    return [deployment, providers, inner]


@given(st.dictionaries(st.sampled_from(["deployment", "providers", "mine", "ports"]), VALUES), st.sampled_from(["", "# mine\n"]))
def test_any_values_come_back(values: Object, comment: str) -> None:
    config = b.helm_chart_config(comment + yaml.safe_dump(values))
    if any(not isinstance(at, (dict, type(None))) for at in above(values)):
        with pytest.raises(PlanningError, match="cannot be reached"):
            merged_into(config)
        return
    edited = merged_into(config)
    assert given_back(edited) == config
    assert merged_into(edited) == edited


@given(VALUES, VALUES)
def test_values_merge_as_helm_merges_them(weak: t.Any, strong: t.Any) -> None:
    base, overlay = {"a": weak, "b": 1}, {"a": strong}
    assert merge_values(base, overlay) == merged(base, overlay)


def test_opening_and_closing_changes_nothing() -> None:
    config = b.helm_chart_config(MINE)
    assert close_config(open_config(config), config) == config
    assert parse_values(None, "x") == {}


# Without a chart that k3s manages.


def test_a_pod_template_gets_ours_and_gives_it_back() -> None:
    workload = b.deployment(b.pod_template(["--a", CHART_ARGUMENT], {"theirs": "kept"}), "edge")
    store = PodTemplateStore(workload, "traefik")
    after = store.desire(WANTED, workload)
    assert after is not None
    template = after["spec"]["template"]
    assert template["metadata"]["annotations"] == {"theirs": "kept", **ANNOTATIONS}
    assert template["spec"]["containers"][0]["args"] == [
        "--a",
        f"--entryPoints.web.http.middlewares={STRIP},app-limit@kubernetescrd",
        "--providers.kubernetescrd.nativeLBByDefault=true",
    ]
    assert RECORD_ANNOTATION in after["metadata"]["annotations"]
    later = PodTemplateStore(after, "traefik")
    assert (later.owns(STRIPPING), later.owns(NATIVE), later.owns_annotation("linkerd.io/inject"), later.lost()) == (True, True, True, [])
    assert later.desire(Wanted(), after) == workload


def test_a_workload_of_helm_is_told_about_its_arguments() -> None:
    """Helm keeps annotations it does not render; a list of arguments it puts back."""
    workload = b.deployment()
    workload["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
    assert [f.code for f in PodTemplateStore(workload, "traefik").findings(WANTED)] == ["L5D502"]
    assert PodTemplateStore(workload, "traefik").findings(Wanted(ANNOTATIONS)) == []


def test_the_chart_of_a_workload_is_found_by_its_release() -> None:
    chart, other = b.helm_chart(), b.helm_chart(targetNamespace="edge")
    assert find_chart([other, chart], b.deployment()) is chart
    assert find_chart([chart], b.deployment(namespace="edge")) is None
    with pytest.raises(PlanningError, match="2 HelmCharts claim its release"):
        find_chart([chart, {**chart}], b.deployment())
