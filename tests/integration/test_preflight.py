# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_preflight on a real API: a cluster that is fit, one that is not, and with no more than the documented rights."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration.accounts import USER, Account, documented
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.site_runs import Run, host_variables, play

STUCK = Ref("v1", "Namespace", "linkerd-viz")
HELD = Ref("v1", "ConfigMap", "held", STUCK.name)
GUARD = "example.com/guard"


@pytest.fixture
def stuck(few: Lab) -> t.Iterator[Lab]:
    """A namespace of Linkerd's that is being deleted, with an object whose finalizer nobody takes off."""
    few.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": STUCK.name}})
    meta = {"name": HELD.name, "namespace": HELD.namespace, "finalizers": [GUARD]}
    few.admin.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    few.admin.delete(STUCK)
    few.until(lambda: "has 1 resource" in str(few.get(*STUCK[:2], "", STUCK.name).get("status")), "the namespace says what holds it")
    yield few
    few.change(HELD, {"metadata": {"finalizers": None}})
    few.until(lambda: few.admin.get(STUCK) is None, "the namespace is gone")


def look(lab: Lab, **options: t.Any) -> Object:
    return lab.done("l5d_preflight", **options)


def test_a_fit_cluster_is_described_and_nothing_is_critical(few: Lab) -> None:
    since = len(few.sandbox.audit())
    facts = look(few, check=True, proxy_cpu_request="10m", proxy_memory_request="20Mi")
    assert facts["critical"] == []
    assert {entry["code"] for entry in facts["findings"]} <= {"L5D121"}
    assert (facts["bundled_traefik"], facts["kubernetes"]["distribution"]) == (True, "k3s")
    assert facts["gateway_api"]["owner"] == "k3s' chart traefik-crd"
    assert "v1" in facts["gateway_api"]["versions"]
    assert facts["linkerd"]["installed_by"] == "Helm release linkerd/linkerd-control-plane"
    assert [node["architecture"] for node in facts["nodes"]] == ["arm64"] * 4
    assert facts["room"]["proxies"] >= 1
    assert facts["room"]["nodes"][0]["memory"].endswith("Mi")
    assert few.writes(since) == []


def test_a_namespace_that_does_not_get_away_is_critical_and_says_what_holds_it(stuck: Lab) -> None:
    (sentence,) = look(stuck)["critical"]
    assert sentence.startswith("L5D132 Namespace linkerd-viz: ")
    assert "configmaps. has 1 resource instances" in sentence
    assert GUARD in sentence
    assert look(stuck, ignore=["L5D132"])["critical"] == []
    assert look(stuck, namespaces=["cert-manager"])["critical"] == []


def test_impossible_wishes_are_critical(few: Lab) -> None:
    (sentence,) = look(few, jaeger_chart=True)["critical"]
    assert "no chart linkerd-jaeger" in sentence


def test_a_webhook_whose_service_is_gone_is_critical(few: Lab) -> None:
    name = "linkerd-left-behind"
    service = {"name": "gone", "namespace": "linkerd", "path": "/"}
    hook = {
        "name": "gone.linkerd.io",
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "rules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nothings"]}],
    }
    kind, version = "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"
    few.admin.apply({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "webhooks": [hook]})
    (sentence,) = look(few)["critical"]
    few.admin.delete(Ref(version, kind, name))
    assert sentence.startswith(f"L5D130 {kind} {name}: ")
    assert "Service linkerd/gone, which does not exist" in sentence


def test_the_documented_rules_are_enough_and_without_them_it_says_what_it_did_not_see(few: Lab, tmp_path: Path) -> None:
    rules = documented("pimesh-linkerd-preflight")
    account = Account(few, tmp_path)
    account.may(rules)
    since = len(few.sandbox.audit())
    assert look(few, **account.options)["findings"] == look(few)["findings"]
    account.may({"rules": [rule for rule in rules["rules"] if "namespaces" in rule["resources"]]})
    unseen = [entry["reason"].split(": ")[1] for entry in look(few, **account.options)["findings"] if entry["code"] == "L5D113"]
    assert "Leases may not be listed" in unseen
    assert "ConfigMaps may not be listed" in unseen
    assert few.writes(since, USER) == []
    account.gone()


def role(lab: Lab, home: Path, **options: t.Any) -> Run:
    """The role by itself, with a machine of the cluster that answers and one that does not."""
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    away = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_ssh_common_args": "-o ConnectTimeout=2"}
    variables = host_variables(lab.sandbox)
    hosts = {"linkerd_clusters": {"hosts": {"pi": variables}}, "machines": {"hosts": {"pi-1": here, "pi-2": away}}}
    (home / "inventory.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    given = {f"linkerd_preflight_{name}": value for name, value in {"helm_binary": variables["linkerd_helm_binary"], **options}.items()}
    plays = [
        {
            "hosts": "linkerd_clusters",
            "gather_facts": False,
            "module_defaults": {"group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"}},
            "roles": [{"role": "pimesh.linkerd.linkerd_preflight", **given}],
        }
    ]
    (home / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    return play(home, str(home / "play.yml"), "-i", str(home / "inventory.yml"), "--check")


def test_the_role_refuses_what_is_critical_unless_told_to_go_on(few: Lab, tmp_path: Path) -> None:
    since = len(few.sandbox.audit())
    refused = role(few, tmp_path, jaeger_chart=True)
    assert refused.code != 0
    assert "no chart linkerd-jaeger" in refused.messages
    assert "put the code into linkerd_preflight_ignore" in refused.messages
    without = role(few, tmp_path, helm_binary="helm-that-is-not-here")
    assert without.code != 0
    assert "L5D140 Program helm-that-is-not-here" in without.messages

    hosts = role(few, tmp_path, jaeger_chart=True, ignore=["L5D138"], hosts="machines")
    assert (hosts.code, hosts.changed) == (0, 0), hosts.messages
    (said,) = [result["msg"] for name, result in hosts.tasks() if "Say what was found" in name]
    assert "L5D113, warning, pi-2" in str(said)
    (facts,) = [result for name, result in hosts.tasks() if "Look at the cluster" in name]
    assert {host["name"]: host["answered"] for host in facts["hosts"]} == {"pi-1": True, "pi-2": False}
    assert few.writes(since) == []
