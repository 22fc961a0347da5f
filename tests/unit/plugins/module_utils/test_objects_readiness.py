# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.readiness import ready, remedy


def certificate(generation: int = 1, **condition: t.Any) -> dict[str, t.Any]:
    conditions = [{"type": "Issuing", "status": "True"}, {"type": "Ready", **condition}] if condition else []
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "a", "generation": generation},
        "status": {"conditions": conditions},
    }


def deployment(wanted: int = 2, **status: t.Any) -> dict[str, t.Any]:
    meta = {"name": "a", "generation": 3}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"replicas": wanted}, "status": status}


STUCK = [{"type": "Progressing", "status": "False", "message": 'ReplicaSet "a-1" has timed out progressing.'}]


@pytest.mark.parametrize(
    ("live", "done", "words"),
    [
        (None, False, "it does not exist"),
        (certificate(), False, "no condition Ready yet"),
        (certificate(status="True", observedGeneration=1), True, "Ready=True"),
        (certificate(2, status="True", observedGeneration=1), False, "Ready still speaks of an older generation"),
        (certificate(status="False", reason="DoesNotExist", message="no Secret"), False, "Ready=False (DoesNotExist: no Secret)"),
        (deployment(observedGeneration=2), False, "its controller has not seen the change yet"),
        (deployment(observedGeneration=3, replicas=2, updatedReplicas=2, availableReplicas=2), True, "rolled out"),
        (
            deployment(observedGeneration=3, replicas=3, updatedReplicas=2, availableReplicas=3),
            False,
            "2 of 2 updated, 3 available, 1 old ones left",
        ),
        (
            deployment(observedGeneration=3, replicas=2, updatedReplicas=2, availableReplicas=1, conditions=STUCK),
            False,
            '2 of 2 updated, 1 available (ReplicaSet "a-1" has timed out progressing.)',
        ),
        (deployment(0, observedGeneration=3), True, "rolled out"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, True, "it exists"),
    ],
)
def test_when_an_object_is_ready(live: dict[str, t.Any] | None, *, done: bool, words: str) -> None:
    assert ready(live) == (done, words)


def test_a_daemonset_counts_nodes() -> None:
    live = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "a", "generation": 1}, "spec": {}}
    status = {"observedGeneration": 1, "desiredNumberScheduled": 4, "updatedNumberScheduled": 4, "numberAvailable": 3}
    assert ready({**live, "status": status}) == (False, "4 of 4 updated, 3 available")
    assert ready({**live, "status": {**status, "numberAvailable": 4}}).done


def test_a_condition_can_be_named() -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "pi-1"},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    }
    assert ready(node, "Ready") == (False, "Ready=Unknown")


def test_the_remedy_is_a_command() -> None:
    assert remedy(Ref("cert-manager.io/v1", "Certificate", "issuer", "linkerd")) == (
        "See `kubectl -n linkerd describe certificate.cert-manager.io issuer` and `kubectl -n linkerd get certificaterequests`."
    )
    assert remedy(Ref("v1", "Namespace", "app")) == "See `kubectl describe namespace app`."
