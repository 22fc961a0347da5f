# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Will a pod get a proxy: the answers that a real injector gave (37 dry-run creates, edge-26.8.3) as far as ingress needs them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd import narrow_webhook, selectors
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.injection import injector_webhooks, predict, proxy_mode
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.installation import read
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from tests.unit.plugins.module_utils import builders as b

INJECT = "linkerd.io/inject"
HOOKS = injector_webhooks([b.injector_webhook()], "linkerd")


def namespace(name: str = "app", annotation: str = "", **labels: str) -> Object:
    return {"metadata": {"name": name, "labels": labels, "annotations": {INJECT: annotation} if annotation else {}}}


def pod(annotation: str | None = None, **spec: t.Any) -> Object:
    made = b.pod_template(annotations=None if annotation is None else {INJECT: annotation})
    made["spec"].update(spec)
    return made


@pytest.mark.parametrize(
    ("template", "where", "mode", "words"),
    [
        (pod("enabled"), namespace(), "enabled", ""),
        (pod("ingress"), namespace(), "ingress", ""),
        (pod(), namespace(annotation="enabled"), "enabled", ""),
        (pod("ingress"), namespace(annotation="enabled"), "ingress", ""),
        (pod("disabled"), namespace(annotation="enabled"), "", "disabled"),
        (pod(), namespace(), "", "neither the pod nor its namespace is annotated"),
        (pod("Ingress"), namespace(), "", "'Ingress' is none of"),
        (pod("true"), namespace(), "", "ignores it silently"),
        (pod("yes"), namespace(annotation="enabled"), "", "'yes'"),
        (pod("enabled", automountServiceAccountToken=False), namespace(), "enabled", ""),
        (pod("enabled", hostNetwork=True), namespace(), "", "hostNetwork"),
        (pod("enabled", containers=[{"name": "linkerd-proxy"}]), namespace(), "", "a proxy container of its own"),
        (pod("enabled"), namespace("kube-system"), "", "leaves namespace kube-system out"),
        (pod("enabled"), namespace("cert-manager"), "", "leaves namespace cert-manager out"),
        (pod("enabled"), namespace(**{"config.linkerd.io/admission-webhooks": "disabled"}), "", "is labelled"),
    ],
)
def test_what_the_injector_does(template: Object, where: Object, mode: str, words: str) -> None:
    injection = predict(template, where, HOOKS)
    assert injection.mode == mode
    assert words in injection.reason
    assert bool(injection.reason) is not bool(mode)


def test_without_a_webhook_nothing_is_injected() -> None:
    assert predict(pod("enabled"), namespace(), []).reason == "no webhook of Linkerd's injector selects pods of namespace app"


def test_the_narrow_webhook_sees_the_controller_and_nothing_else_there() -> None:
    workload = Ref("apps/v1", "Deployment", "traefik", "kube-system")
    hooks = injector_webhooks([narrow_webhook.build(workload, b.LABELS, "linkerd", None)], "linkerd")
    assert predict(pod("enabled"), namespace("kube-system"), hooks).mode == "enabled"
    other = pod("enabled")
    other["metadata"]["labels"] = {"app.kubernetes.io/name": "coredns"}
    assert predict(other, namespace("kube-system"), hooks).mode == ""
    assert predict(pod("enabled"), namespace("app"), hooks).mode == ""


@pytest.mark.parametrize("where", ["initContainers", "containers"])
@pytest.mark.parametrize(("value", "mode"), [("true", "ingress"), ("false", "enabled"), (None, "enabled")])
def test_the_mode_of_a_running_pod_is_read_from_its_proxy(where: str, value: str | None, mode: str) -> None:
    env = [{"name": "LINKERD2_PROXY_INGRESS_MODE", "value": value}] if value else []
    assert proxy_mode({"spec": {where: [{"name": "linkerd-proxy", "env": env}]}}) == mode
    assert proxy_mode(b.pod_template()) == ""


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        (None, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "In", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
    ],
)
def test_selectors_are_those_of_the_api(selector: Object | None, matches: bool) -> None:
    assert selectors.matches(selector, {"a": "1"}) is matches


def test_the_installation_is_read_from_its_config_map() -> None:
    values = "linkerdVersion: edge-26.6.3\nclusterDomain: home.arpa\nproxyInit:\n  ignoreOutboundPorts: '25,4567'\n"
    found = read({"data": {"values": values}}, "linkerd")
    assert found is not None
    assert (found.chart_version, found.cluster_domain, found.skip_outbound) == ("2026.6.3", "home.arpa", "25,4567")
    assert read(None, "linkerd") is None
