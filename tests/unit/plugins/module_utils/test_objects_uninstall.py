# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects import helm
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.uninstall import uninstall
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.writing import Outcome
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import Address, FakeApi
from tests.unit.helm_records import revision

RELEASE = helm.Release("web", "app")
OURS = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "app"}
HOOKS = "admissionregistration.k8s.io/v1"
NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}


def obj(kind: str, name: str, api_version: str = "v1", *, policy: str = "") -> Object:
    annotations = {"annotations": {"helm.sh/resource-policy": policy}} if policy else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **annotations}}


def owned(rendered: Object, owner: dict[str, str] = OURS, **meta: t.Any) -> Object:
    namespaced = rendered["kind"] not in ("MutatingWebhookConfiguration", "ClusterRole")
    where = {"namespace": "app"} if namespaced else {}
    return {**rendered, "metadata": {**rendered["metadata"], **where, "annotations": owner, **meta}}


WEBHOOK = obj("MutatingWebhookConfiguration", "web", HOOKS)
DEPLOYMENT = obj("Deployment", "web", "apps/v1")
ROLE = obj("ClusterRole", "web", "rbac.authorization.k8s.io/v1")
SETTINGS = obj("ConfigMap", "settings")
INGRESS = obj("Ingress", "web", "networking.k8s.io/v1")


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi([NAMESPACE]) as fake:
        fake.kinds[HOOKS] = {"MutatingWebhookConfiguration": ("mutatingwebhookconfigurations", False)}
        yield fake


def removed(api: FakeApi, *, check: bool = False) -> Outcome:
    cluster = connect(api.url, pauses=Pauses())
    return uninstall(cluster, helm.history(cluster, RELEASE), check_mode=check, wait_timeout=3)


def listed(outcome: Outcome) -> list[str]:
    return [str(step.object) for step in outcome.steps]


def test_webhooks_go_first_and_the_record_last(api: FakeApi) -> None:
    for rendered in (WEBHOOK, DEPLOYMENT, ROLE, SETTINGS, INGRESS):
        api.put(owned(rendered))
    api.put(revision(1, "deployed", SETTINGS, DEPLOYMENT, ROLE, WEBHOOK, INGRESS))
    checked = removed(api, check=True)
    assert api.writes() == []
    done = removed(api)
    assert (
        listed(checked)
        == listed(done)
        == [
            "MutatingWebhookConfiguration web",
            "Ingress app/web",
            "Deployment app/web",
            "ClusterRole web",
            "ConfigMap app/settings",
            "Secret app/sh.helm.release.v1.web.v1",
        ]
    )
    assert [address.kind for address in api.objects] == ["Namespace"]
    assert removed(api) == Outcome()


def test_what_is_to_be_kept_or_belongs_to_another_release_stays(api: FakeApi) -> None:
    rendered = [obj("ConfigMap", name) for name in ("kept-live", "foreign", "by-hand", "gone")]
    rendered.append(obj("ConfigMap", "kept", policy="keep"))
    rendered.append(obj("Thing", "one", "gone.example/v1"))
    api.put(owned(rendered[0], {**OURS, "helm.sh/resource-policy": "keep"}))
    api.put(owned(rendered[1], {**OURS, "meta.helm.sh/release-name": "other"}))
    api.put(owned(rendered[2], {}))
    api.put(owned(rendered[4]))
    api.put(revision(1, "deployed", *rendered))
    done = removed(api)
    assert listed(done) == ["Secret app/sh.helm.release.v1.web.v1"]
    assert sorted(ref.name for ref in done.kept) == ["by-hand", "foreign", "kept", "kept-live"]


def test_what_a_killed_upgrade_left_of_both_revisions_goes(api: FakeApi) -> None:
    for name in ("old", "new", "both"):
        api.put(owned(obj("ConfigMap", name)))
    api.put(revision(7, "deployed", obj("ConfigMap", "old"), obj("ConfigMap", "both")))
    api.put(revision(8, "pending-upgrade", obj("ConfigMap", "new"), obj("ConfigMap", "both")))
    removed(api)
    assert [address.kind for address in api.objects] == ["Namespace"]


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "Deployment", "ConfigMap", "Secret"])
def test_a_run_that_was_killed_is_run_again(api: FakeApi, kind: str) -> None:
    class KilledError(Exception):
        pass

    for rendered in (WEBHOOK, DEPLOYMENT, SETTINGS):
        api.put(owned(rendered))
    api.put(revision(1, "superseded", SETTINGS))
    api.put(revision(2, "deployed", WEBHOOK, DEPLOYMENT, SETTINGS))

    def kill(_method: str, address: Address) -> None:
        if address.kind == kind:
            raise KilledError

    api.on_write = kill
    with pytest.raises((L5dError, KilledError)):
        removed(api)
    api.on_write = None
    removed(api)
    assert [address.kind for address in api.objects] == ["Namespace"]


def test_hooks_that_run_on_removal_are_left_to_helm(api: FakeApi) -> None:
    api.put(owned(SETTINGS))
    api.put(
        revision(1, "deployed", SETTINGS, hooks=[{"name": "bye", "events": ["pre-delete"]}, {"name": "hi", "events": ["post-install"]}])
    )
    with pytest.raises(L5dError, match=r"hooks that have to run when it is removed \(bye\).*helm uninstall -n app web") as caught:
        removed(api)
    assert caught.value.code == "delete_hooks"
    assert api.writes() == []


def test_a_namespace_that_does_not_end_says_why(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "Some resources are remaining: gadgets.things.example has 1 resource instances"
    condition = {"type": "NamespaceContentRemaining", "status": "True", "message": message}
    stuck = obj("Namespace", "stuck")
    api.put({**stuck, "metadata": {"name": "stuck", "annotations": OURS}, "status": {"conditions": [condition]}})
    api.put(revision(1, "deployed", stuck))
    monkeypatch.setattr(api, "_delete", lambda _entry, _address: {})
    with pytest.raises(L5dError, match=r"Namespace stuck \(removal\).*things.example has 1 resource.*kubectl describe namespace stuck"):
        removed(api)
