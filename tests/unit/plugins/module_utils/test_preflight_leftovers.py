# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Linkerd that is there, and what is left of one that is gone."""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.gather import calls_linkerd
from ansible_collections.pimesh.linkerd.plugins.module_utils.preflight.judge import judge
from tests.unit.plugins.module_utils.preflight_scene import found, reason, view

Object = dict[str, t.Any]
HELM = {"meta.helm.sh/release-name": "linkerd-control-plane", "meta.helm.sh/release-namespace": "linkerd"}
SERVICE: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "linkerd-proxy-injector", "namespace": "linkerd"}}


def config(annotations: Object) -> Object:
    meta = {"name": "linkerd-config", "namespace": "linkerd", "annotations": annotations}
    values = yaml.safe_dump({"linkerdVersion": "edge-26.6.3"})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"values": values}}


def webhook(policy: str = "Ignore", annotations: Object | None = None, labels: Object | None = None) -> Object:
    meta = {"name": "linkerd-proxy-injector-webhook-config", "annotations": annotations or {}, "labels": labels or {}}
    service = {"name": "linkerd-proxy-injector", "namespace": "linkerd"}
    hook = {"name": "linkerd-proxy-injector.linkerd.io", "failurePolicy": policy, "clientConfig": {"service": service}}
    kind = "MutatingWebhookConfiguration"
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": meta, "webhooks": [hook]}


def tap(status: str) -> Object:
    condition = {
        "type": "Available",
        "status": status,
        "reason": "ServiceNotFound",
        "message": 'service/tap in "linkerd-viz" is not present',
    }
    meta = {"name": "v1alpha1.tap.linkerd.io", "annotations": HELM}
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": meta, "status": {"conditions": [condition]}}


def test_a_linkerd_of_helms_is_a_fact_and_one_of_the_command_line_a_finding() -> None:
    by_helm = judge(view(linkerd_config=config(HELM)))
    assert by_helm["findings"] == []
    assert by_helm["linkerd"] == {
        "installed": True,
        "leftovers": [],
        "namespace": "linkerd",
        "version": "edge-26.6.3",
        "installed_by": "Helm release linkerd/linkerd-control-plane",
    }
    by_hand = view(linkerd_config=config({"linkerd.io/created-by": "linkerd/cli edge-26.6.3"}))
    assert found(by_hand) == [("L5D129", "linkerd-config")]
    assert "linkerd/cli edge-26.6.3" in reason(by_hand, "L5D129")


def test_a_webhook_without_its_service_is_critical_where_it_fails_closed() -> None:
    assert found(view(webhooks=(webhook("Fail", HELM),))) == [("L5D130", "linkerd-proxy-injector-webhook-config")]
    assert found(view(webhooks=(webhook("Fail", HELM),), services=(SERVICE,))) == []
    assert found(view(webhooks=(webhook("Ignore", HELM),))) == []


def test_an_api_that_does_not_answer_is_critical_with_its_reason() -> None:
    assert 'service/tap in "linkerd-viz" is not present' in reason(view(api_services=(tap("False"),)), "L5D130")
    assert found(view(api_services=(tap("True"),))) == []


def test_what_nobody_owns_is_left_over_unless_a_control_plane_is_there() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "linkerd-linkerd-identity"}}
    remains = view(webhooks=(webhook(),), roles=(role,), services=(SERVICE,))
    assert found(remains) == [("L5D131", "linkerd-proxy-injector-webhook-config"), ("L5D131", "linkerd-linkerd-identity")]
    assert [entry["kind"] for entry in judge(remains)["linkerd"]["leftovers"]] == ["MutatingWebhookConfiguration", "ClusterRole"]
    assert "L5D131" not in str(found(view(webhooks=(webhook(),), linkerd_config=config(HELM), services=(SERVICE,))))
    assert found(view(webhooks=(webhook(annotations=HELM),), services=(SERVICE,))) == []
    ours = webhook(labels={"app.kubernetes.io/managed-by": "pimesh.linkerd"})
    assert found(view(webhooks=(ours,), services=(SERVICE,))) == []


def test_webhooks_of_others_are_nobodys_business() -> None:
    assert calls_linkerd(webhook(), ["linkerd"])
    assert not calls_linkerd(webhook(), ["mesh"])
    assert not calls_linkerd({**webhook(), "webhooks": [{"clientConfig": {"url": "https://127.0.0.1"}}]}, ["linkerd"])
    assert not calls_linkerd({**webhook(), "metadata": {"name": "cert-manager-webhook"}}, ["linkerd", "cert-manager"])
