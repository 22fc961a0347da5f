# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is protected before Helm upgrades a Linkerd of somebody else's."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.adoption.installed import Installed, trusted
from ansible_collections.pimesh.linkerd.plugins.module_utils.adoption.plan import findings, is_ours, refuse_leap, refuse_two_at_once, steps
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import PlanningError
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.trust import ISSUER, TRUST_ROOTS
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects import helm, stored_release
from tests.unit.helm_records import revision

Object = dict[str, t.Any]

CONFIG: Object = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "linkerd-config", "namespace": "linkerd"},
    "data": {"values": "linkerdVersion: edge-25.10.7\n"},
}
RELEASE = helm.Release("mesh", "linkerd")
WANTED: Object = {"identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}}, "clusterDomain": "cluster.local"}
WEBHOOKS = {
    "proxyInjector": "linkerd-proxy-injector",
    "profileValidator": "linkerd-sp-validator",
    "policyValidator": "linkerd-policy-validator",
}


def live(kind: str, name: str, **data: str) -> Object:
    meta = {"name": name, "namespace": "linkerd", "resourceVersion": "7"}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, "data": data}


ROOTS = live("ConfigMap", TRUST_ROOTS, **{"ca-bundle.crt": "the anchor"})
CHART_ISSUER = live("Secret", ISSUER, **{"crt.pem": "Y2VydA==", "key.pem": "a2V5"})


def installed(*objects: Object, values: Object | None = None, release: helm.Release | None = RELEASE) -> Installed:
    stored = [{key: value for key, value in obj.items() if key != "data"} for obj in objects]
    secret = revision(1, "deployed", *stored)
    record = {**helm.record_of(secret), "config": values or {}}
    found = {Ref.of(obj): obj for obj in objects}
    return Installed(
        "linkerd",
        CONFIG,
        release,
        release,
        has_definitions=True,
        revision=helm.with_record(secret, record) if release else None,
        live=found,
    )


def given_by_the_role() -> Object:
    return {"identity": {"externalCA": True}, **{key: {"injectCaFrom": f"linkerd/{name}"} for key, name in WEBHOOKS.items()}}


def test_everything_that_helm_would_drop_is_kept_live_and_in_the_stored_release() -> None:
    other = live("ConfigMap", "unrelated")
    before = installed(ROOTS, CHART_ISSUER, other)
    found = {step.object.name: step.after for step in steps(before, WANTED) if step.after}
    assert set(found) == {TRUST_ROOTS, ISSUER, "sh.helm.release.v1.web.v1"}
    assert found[TRUST_ROOTS]["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert found[TRUST_ROOTS]["data"] == ROOTS["data"]
    stored = found["sh.helm.release.v1.web.v1"]
    assert stored_release.unprotected(stored, trusted("linkerd")) == []
    assert [obj["metadata"]["name"] for obj in stored_release.stored(stored, ("ConfigMap",)) if stored_release.keeps(obj)] == [TRUST_ROOTS]


def test_the_charts_issuer_gets_the_names_that_linkerd_looks_for_and_stays_the_same() -> None:
    (after,) = [step.after for step in steps(installed(ROOTS, CHART_ISSUER), WANTED) if step.object.name == ISSUER]
    assert after is not None
    assert after["data"] == {
        **CHART_ISSUER["data"],
        "tls.crt": "Y2VydA==",
        "tls.key": "a2V5",
        "ca.crt": base64.b64encode(b"the anchor").decode(),
    }
    assert after["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_doing_it_twice_is_doing_it_once() -> None:
    before = installed(ROOTS, CHART_ISSUER)
    objects: dict[Ref, Object] = {**before.live, Ref.of(t.cast(Object, before.revision)): t.cast(Object, before.revision)}
    for step in steps(before, WANTED):
        objects[step.object] = t.cast(Object, step.desire(objects[step.object]))
    secret = next(obj for ref, obj in objects.items() if ref.name.startswith("sh.helm"))
    after = Installed(
        "linkerd", CONFIG, RELEASE, RELEASE, has_definitions=True, revision=secret, live={ref: objects[ref] for ref in before.live}
    )
    assert steps(after, WANTED) == []


def test_a_linkerd_of_the_command_line_loses_nothing_to_helm_but_needs_the_names() -> None:
    before = installed(ROOTS, CHART_ISSUER, release=None)
    assert [step.object.name for step in steps(before, WANTED)] == [ISSUER]
    assert (before.method, [found.code for found in findings(before, WANTED)]) == ("cli", ["L5D153"])


def test_what_the_role_installed_is_left_alone() -> None:
    ours = installed(ROOTS, values=given_by_the_role())
    assert is_ours(ours)
    assert (steps(ours, WANTED), findings(ours, WANTED)) == ([], [])
    assert steps(Installed("linkerd"), WANTED) == []


def test_identity_that_stays_among_the_values_needs_no_protection() -> None:
    assert steps(installed(ROOTS, CHART_ISSUER), {"identity": {"externalCA": False}}) == []


def test_values_that_would_be_lost_are_named_without_their_content() -> None:
    values = {"proxy": {"logLevel": "secret words"}, "clusterDomain": "cluster.local", "identityTrustAnchorsPEM": "pem"}
    found = {item.code: item.reason for item in findings(installed(ROOTS, values=values), WANTED)}
    assert set(found) == {"L5D154", "L5D155"}
    assert found["L5D154"].endswith("Helm release linkerd/mesh: proxy.logLevel")
    assert "secret words" not in str(found)


@pytest.mark.parametrize(("current", "target", "code"), [("2026.6.3", "2025.10.7", "downgrade"), ("2025.9.4", "2026.6.3", "leap")])
def test_a_way_back_and_a_leap_are_refused(current: str, target: str, code: str) -> None:
    with pytest.raises(PlanningError) as caught:
        refuse_leap(current, target)
    assert caught.value.code == code


@pytest.mark.parametrize("current", ["", "enterprise-2.18.1", "2026.6.3", "2025.10.7"])
def test_one_step_and_a_build_that_nobody_knows_are_not(current: str) -> None:
    refuse_leap(current, "2026.6.3")


def test_what_belongs_to_no_release_is_taken_over_before_it_is_upgraded() -> None:
    bare = installed(ROOTS, CHART_ISSUER, release=None)
    refuse_two_at_once(bare, "2025.10.7")
    with pytest.raises(PlanningError, match="take it over and upgrade it in one step"):
        refuse_two_at_once(bare, "2026.6.3")
    refuse_two_at_once(installed(ROOTS), "2026.6.3")
