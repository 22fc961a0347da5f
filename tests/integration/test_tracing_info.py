# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A collector of somebody's on a real API, looked at with the documented rights; and k3s' Traefik that starts traces."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration import contents
from tests.integration.accounts import Account, documented
from tests.integration.ingress_lab import MESH, POLICY, Lab, Object, Ref

INFO = "l5d_tracing_info"
TEMPO = {"endpoint": "tempo.tracing:4317", "service_account": "tempo", "namespace": "tracing"}
LABELS = {"app": "tempo"}


@pytest.fixture
def account(few: Lab, tmp_path: Path) -> t.Iterator[Account]:
    account = Account(few, tmp_path)
    account.may(documented("pimesh-linkerd-tracing-info"))
    yield account
    account.gone()


@pytest.fixture
def tempo(few: Lab) -> t.Iterator[None]:
    meta = {"name": "tempo", "namespace": "tracing"}
    few.admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tracing"}})
    few.admin.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    ports = [{"name": "otlp", "port": 4317, "targetPort": "otlp"}]
    few.admin.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": LABELS, "ports": ports}})
    yield
    few.admin.delete(Ref("v1", "Namespace", "tracing"))
    few.until(lambda: not [obj for obj in few.all("v1", "Namespace") if obj["metadata"]["name"] == "tracing"], "the namespace is gone")


def run_tempo(few: Lab, **annotations: str) -> None:
    container = {"name": "tempo", "image": "registry.example/tempo:2", "ports": [{"name": "otlp", "containerPort": 4317}]}
    template = {
        "metadata": {"labels": LABELS, "annotations": annotations},
        "spec": {"serviceAccountName": "tempo", "containers": [container]},
    }
    meta = {"name": "tempo", "namespace": "tracing"}
    spec = {"strategy": {"type": "Recreate"}, "selector": {"matchLabels": LABELS}, "template": template}
    few.admin.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}, manager="owner")
    few.until(lambda: is_running(few, annotations), "Tempo's pod is the wanted one")


def is_running(few: Lab, annotations: Object) -> bool:
    pods = [pod for pod in few.all("v1", "Pod", "tracing") if not pod["metadata"].get("deletionTimestamp")]
    return len(pods) == 1 and annotations.items() <= (pods[0]["metadata"].get("annotations") or {}).items()


def codes(result: Object) -> set[str]:
    return {finding["code"] for finding in result["findings"]}


@pytest.mark.usefixtures("tempo")
def test_a_collector_is_judged_with_the_documented_rights(few: Lab, account: Account) -> None:
    options = {"collector": TEMPO, "verify": False, **account.options}
    assert codes(few.done(INFO, **options)) == {"L5D194"}
    run_tempo(few)
    assert codes(few.done(INFO, **options)) == {"L5D187"}
    run_tempo(few, **{"linkerd.io/inject": "enabled"})
    assert codes(few.done(INFO, **options)) == set()
    found = few.done(INFO, detect=True, verify=False, **account.options)
    assert (found["source"], found["collector"]) == ("detected", TEMPO)
    run_tempo(few, **{"linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "4317"})
    assert codes(few.done(INFO, **options)) == {"L5D189"}


def test_k3s_traefik_starts_traces_and_gives_that_back(few: Lab) -> None:
    before = contents.of(few)
    assert few.done(MESH, tracing={"endpoint": TEMPO["endpoint"], "sample_rate": 0.05})["changed"]
    arguments = few.get("apps/v1", "Deployment", "kube-system", "traefik")["spec"]["template"]["spec"]["containers"][0]["args"]
    assert {"--tracing.otlp.grpc.endpoint=tempo.tracing:4317", "--tracing.sampleRate=0.05"} <= set(arguments)
    assert not few.done(MESH)["changed"], "who does not speak of tracing leaves it"
    assert not few.done(POLICY)["changed"]
    assert few.done(MESH, state="absent")["changed"]
    assert contents.differing(before, contents.of(few)) == []
