# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in charts of cert-manager and trust-manager agree with the published ones."""

from __future__ import annotations

import pytest

from tests.sandbox.chart_facts import Key, Object, condense, facts, render, values_of

ACCESS = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
DEVIATIONS = {
    "cert-manager": {
        **dict.fromkeys(ACCESS, "the programs run as the sandbox's own user"),
        "MutatingWebhookConfiguration": "the webhook is not run; with it missing, nothing could be written",
        "ValidatingWebhookConfiguration": "likewise",
        "Job": "startupapicheck asks the webhook that is not run",
        "ServiceAccount/cert-manager-startupapicheck": "likewise",
    },
    "trust-manager": {
        **dict.fromkeys(ACCESS, "the program runs as the sandbox's own user"),
        "ValidatingWebhookConfiguration": "the webhook is not run; with it missing, no Bundle could be written",
    },
}
"""Objects of the published charts that the stand-ins leave out, and why."""


def left_out(chart: str, key: Key) -> bool:
    return key[0] in DEVIATIONS[chart] or f"{key[0]}/{key[1]}" in DEVIATIONS[chart]


@pytest.mark.parametrize("chart", list(DEVIATIONS))
def test_renders_the_published_objects(chart: str) -> None:
    rendered = render(chart, "cert-manager", {"crds": {"enabled": True}})
    ours: dict[Key, Object] = {key: condense(obj) for key, obj in rendered.items()}
    published = {(obj["kind"], obj["name"]): obj for obj in facts(chart)["objects"]}
    assert {key: obj for key, obj in published.items() if not left_out(chart, key)} == ours


@pytest.mark.parametrize("chart", list(DEVIATIONS))
def test_every_deviation_is_one(chart: str) -> None:
    kinds = {obj["kind"] for obj in facts(chart)["objects"]} | {f"{obj['kind']}/{obj['name']}" for obj in facts(chart)["objects"]}
    assert set(DEVIATIONS[chart]) <= kinds


@pytest.mark.parametrize("chart", list(DEVIATIONS))
def test_every_value_exists_in_the_published_chart_with_the_same_default(chart: str) -> None:
    published = facts(chart)["values"]
    ours = values_of(chart)
    assert ours
    assert {path: published.get(path, "no such key") for path in ours} == ours


@pytest.mark.parametrize(("enabled", "found"), [(True, True), (False, False)])
def test_crds_follow_their_switch(enabled: bool, found: bool) -> None:
    rendered = render("cert-manager", "cert-manager", {"crds": {"enabled": enabled}})
    assert (("CustomResourceDefinition", "certificates.cert-manager.io") in rendered) is found


def test_trust_managers_namespace_is_an_argument() -> None:
    rendered = render("trust-manager", "cert-manager", {"app": {"trust": {"namespace": "elsewhere"}}})
    container = rendered["Deployment", "trust-manager"]["spec"]["template"]["spec"]["containers"][0]
    assert "--trust-namespace=elsewhere" in container["args"]
