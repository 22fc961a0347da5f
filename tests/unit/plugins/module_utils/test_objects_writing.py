# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import types
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.apply_plan import IncompleteError
from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import InputError, L5dError
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import OWNER_LABEL, OWNER_VALUE, Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.objects.states import apply
from tests.unit import pki
from tests.unit.connect import Pauses, connect
from tests.unit.fake_api import FakeApi, Fault

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}
GROUP = "things.example"
CRD: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"things.{GROUP}"},
    "spec": {"group": GROUP, "names": {"kind": "Thing", "plural": "things"}, "scope": "Namespaced", "versions": [{"name": "v1"}]},
}
THING: Object = {"apiVersion": f"{GROUP}/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "app"}, "spec": {"size": 1}}


def config_map(name: str = "settings", **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "app"}, "data": data}


class Warnings(list[str]):
    """What a module warned about."""


def run(api: FakeApi, *resources: t.Any, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
    """Call the module proper the way ansible does."""
    defaults = {
        "state": "present",
        "obsolete": [],
        "expected": [],
        "wait": True,
        "wait_timeout": 3,
        "wait_for": [],
        "force": False,
        "release": None,
        "releases": [],
        "stale_after": 120,
    }
    module = types.SimpleNamespace(params={**defaults, **options, "resources": list(resources)}, check_mode=check, warnings=Warnings())
    module.warn = module.warnings.append
    result = apply(t.cast("AnsibleModule", module), connect(api.url, pauses=Pauses()))
    return {**result, "warnings": module.warnings, "params": module.params}


def did(result: dict[str, t.Any]) -> list[str]:
    return [f"{step['verb']} {step['kind']} {step['name']}" for step in result["steps"]]


def labels(api: FakeApi, kind: str, name: str, namespace: str = "") -> dict[str, str]:
    live = api.live(kind, name, namespace)
    assert live is not None
    return t.cast(dict[str, str], live["metadata"].get("labels", {}))


@pytest.fixture
def api() -> t.Iterator[FakeApi]:
    with FakeApi() as fake:
        yield fake


# -------------------------------------------------------------------- present


def test_everything_is_written_in_the_order_it_is_needed(api: FakeApi) -> None:
    result = run(api, THING, config_map(a="1"), CRD, NAMESPACE)
    assert did(result) == [
        "create Namespace app",
        f"create CustomResourceDefinition things.{GROUP}",
        "create ConfigMap settings",
        "create Thing a",
    ]
    assert [write.rsplit("/", 1)[1] for write in api.writes()] == ["app", f"things.{GROUP}", "settings", "a"]
    assert result["changed"]


def test_check_mode_lists_what_the_real_run_does(api: FakeApi) -> None:
    objects = [THING, config_map(a="1"), CRD, NAMESPACE]
    checked = run(api, *objects, check=True)
    assert api.writes() == []
    assert [(entry["kind"], entry["reason"]) for entry in checked["pending"]] == [
        ("ConfigMap", "the same call brings namespace app"),
        ("Thing", "the same call brings its CRD"),
    ]
    real = run(api, *objects)
    assert did(checked) == did(real)
    assert checked["diff"] == real["diff"]


def test_a_second_run_changes_nothing(api: FakeApi) -> None:
    objects = [THING, config_map(a="1"), CRD, NAMESPACE]
    run(api, *objects)
    writes = api.writes()
    for check in (True, False):
        again = run(api, *objects, check=check)
        assert (again["changed"], again["steps"], again["pending"], again["diff"]) == (False, [], [], {"before": "", "after": ""})
    assert api.writes() == writes


def test_a_change_is_applied_and_a_field_that_is_no_longer_given_goes(api: FakeApi) -> None:
    run(api, NAMESPACE, config_map(a="1", b="2"))
    checked = run(api, NAMESPACE, config_map(a="3"), check=True)
    result = run(api, NAMESPACE, config_map(a="3"))
    assert did(checked) == did(result) == ["apply ConfigMap settings"]
    assert "a: '1'" in result["diff"]["before"]
    assert "a: '3'" in result["diff"]["after"]
    live = api.live("ConfigMap", "settings", "app")
    assert live is not None
    assert live["data"] == {"a": "3"}


def test_our_label_is_on_what_we_made_and_only_there(api: FakeApi) -> None:
    api.put(NAMESPACE)
    other = {**config_map("other"), "metadata": {"name": "other", "namespace": "app", "labels": {OWNER_LABEL: "me"}}}
    run(api, {**NAMESPACE, "metadata": {"name": "app", "labels": {"linkerd.io/inject": "disabled"}}}, config_map(), other)
    assert labels(api, "Namespace", "app") == {"linkerd.io/inject": "disabled"}
    assert labels(api, "ConfigMap", "settings", "app") == {OWNER_LABEL: OWNER_VALUE}
    assert labels(api, "ConfigMap", "other", "app") == {OWNER_LABEL: "me"}


def test_an_object_of_another_manager_is_refused_and_nothing_is_written(api: FakeApi) -> None:
    api.put(NAMESPACE)
    api.put({**config_map("zebra"), "metadata": {"name": "zebra", "namespace": "app", "annotations": {"meta.helm.sh/release-name": "web"}}})
    with pytest.raises(L5dError, match="ConfigMap app/zebra: is managed by Helm release web") as caught:
        run(api, config_map("aardvark"), config_map("zebra", mine="1"))
    assert caught.value.code == "managed"
    assert api.writes() == []


@pytest.mark.parametrize(
    ("meta", "manager"),
    [
        ({"labels": {OWNER_LABEL: "Helm"}}, "Helm"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux Kustomization apps"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "web:/ConfigMap:app/settings"}}, "Argo CD application web"),
        ({"annotations": {"objectset.rio.cattle.io/owner-name": "traefik"}}, "k3s add-on traefik"),
    ],
)
def test_managers_are_recognised(api: FakeApi, meta: dict[str, t.Any], manager: str) -> None:
    api.put(NAMESPACE)
    api.put({**config_map(), "metadata": {"name": "settings", "namespace": "app", **meta}})
    with pytest.raises(L5dError, match=f"is managed by {manager}"):
        run(api, config_map(), check=True)


def test_one_refused_object_stops_everything_before_the_first_write(api: FakeApi) -> None:
    api.put(NAMESPACE)
    bad = {**config_map("bad"), "spec": {"invalid": True}}
    for check in (True, False):
        with pytest.raises(L5dError, match=r"patch ConfigMap app/bad: HTTP 422 Invalid: .*spec\.invalid"):
            run(api, config_map("good"), bad, check=check)
    assert api.writes() == []


def test_a_failure_after_the_first_writes_says_what_was_done(api: FakeApi) -> None:
    api.put(NAMESPACE)
    bad = {**THING, "spec": {"invalid": True}}
    with pytest.raises(L5dError, match="invalid") as caught:
        run(api, CRD, bad)
    assert [step.object.kind for step in getattr(caught.value, "done", [])] == ["CustomResourceDefinition"]


# -------------------------------------------------------------------- what earlier steps bring


def test_expected_kinds_and_namespaces_are_pending_in_check_mode(api: FakeApi) -> None:
    result = run(api, THING, config_map(), check=True, expected=[GROUP, "Namespace/app"])
    assert [entry["reason"] for entry in result["pending"]] == [
        "an earlier step brings namespace app",
        f"an earlier step brings API group {GROUP}",
    ]
    assert {step["verb"] for step in result["steps"]} == {"create"}
    assert "size: 1" in result["diff"]["after"]


def test_what_nothing_brings_fails_in_check_mode_as_it_really_would(api: FakeApi) -> None:
    with pytest.raises(L5dError, match=r"ConfigMap app/settings: namespace app does not exist.*Namespace/app"):
        run(api, config_map(), check=True)
    api.put(NAMESPACE)
    with pytest.raises(L5dError, match="does not serve this kind"):
        run(api, THING, check=True, expected=["other.example"])


def test_expectations_do_not_count_when_it_is_real(api: FakeApi) -> None:
    with pytest.raises(L5dError, match="does not serve this kind"):
        run(api, THING, expected=[GROUP, "Namespace/app"])
    with pytest.raises(L5dError, match="namespace app does not exist"):
        run(api, config_map(), expected=[GROUP, "Namespace/app"])


def test_a_namespace_on_a_kind_without_one_is_dropped(api: FakeApi) -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r", "namespace": "nowhere"},
        "rules": [],
    }
    result = run(api, role)
    assert result["steps"][0]["namespace"] == ""
    assert api.live("ClusterRole", "r")


# -------------------------------------------------------------------- secrets


def test_secrets_are_shown_nowhere(api: FakeApi) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "k", "namespace": "app"}, "stringData": {"key": "hunter2"}}
    for check in (True, False):
        assert "hunter2" not in repr(run(api, NAMESPACE, secret, check=check))


# -------------------------------------------------------------------- waiting


def test_waiting_in_vain_names_object_condition_and_command(api: FakeApi) -> None:
    api.kinds["cert-manager.io/v1"] = {"Certificate": ("certificates", True)}
    certificate = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "web", "namespace": "app"}, "spec": {}}
    api.put(NAMESPACE)
    api.put({**certificate, "status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Pending", "message": "no issuer"}]}})
    expected = r"Certificate app/web: not there after .*last seen: Ready=False \(Pending: no issuer\).*kubectl -n app describe certificate"
    with pytest.raises(L5dError, match=expected):
        run(api, certificate)
    assert not run(api, certificate, wait=False)["changed"]
    assert not run(api, certificate, check=True)["changed"]


def wait_for(**entry: t.Any) -> dict[str, t.Any]:
    return {"api_version": "v1", "namespace": "app", "condition": None, "chains_to": None, **entry}


CHAINS = {"kind": "ConfigMap", "namespace": None, "name": "roots", "key": "ca-bundle.crt"}


def test_an_issuer_has_to_chain_to_the_bundle(api: FakeApi) -> None:
    root, other = pki.authority("root"), pki.authority("other")
    issuer = pki.issued("issuer", root)
    api.put(NAMESPACE)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "issuer", "namespace": "app"}}
    api.put({**secret, "data": {"tls.crt": base64.b64encode(issuer.pem).decode()}})
    target = wait_for(kind="Secret", name="issuer", chains_to=CHAINS)
    with pytest.raises(L5dError, match=r"Secret app/issuer: .*ConfigMap app/roots has no ca-bundle\.crt yet"):
        run(api, wait_for=[target])
    api.put(config_map("roots", **{"ca-bundle.crt": other.pem.decode()}))
    with pytest.raises(L5dError, match="CN=issuer was issued by CN=root, which is none of the 1 certificates in the bundle"):
        run(api, wait_for=[target])
    api.put(config_map("roots", **{"ca-bundle.crt": (other.pem + root.pem).decode()}))
    assert not run(api, wait_for=[target])["changed"]


def test_only_a_secret_can_chain(api: FakeApi) -> None:
    with pytest.raises(InputError, match="chains_to is for the certificate in a Secret"):
        run(api, wait_for=[wait_for(kind="ConfigMap", name="x", chains_to=CHAINS)])


def test_an_object_of_a_kind_to_come_is_waited_for(api: FakeApi) -> None:
    with pytest.raises(L5dError, match=r"Thing app/a: .*does not serve this kind"):
        run(api, wait_for=[wait_for(api_version=f"{GROUP}/v1", kind="Thing", name="a")])


@pytest.mark.parametrize("resource", [NAMESPACE, config_map()])
def test_nothing_is_written_into_a_namespace_that_is_being_deleted(api: FakeApi, resource: Object) -> None:
    going = {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "Some content in the namespace has finalizers remaining"}
    meta = {"name": "app", "deletionTimestamp": "2026-11-21T12:00:00Z", "finalizers": ["example.com/hold"]}
    api.put({**NAMESPACE, "metadata": meta, "status": {"conditions": [going]}})
    for check in (True, False):
        with pytest.raises(
            L5dError, match=r"^Namespace app: is being deleted and does not .* remaining; finalizer example.com/hold"
        ) as caught:
            run(api, resource, check=check)
        assert caught.value.code == "terminating"
        assert "kubectl get namespace app -o yaml" in caught.value.remedy
    assert api.writes() == []


# -------------------------------------------------------------------- absent


def test_what_is_obsolete_goes_once_the_rest_is_there(api: FakeApi) -> None:
    run(api, NAMESPACE, config_map("old"))
    theirs = config_map("theirs")
    api.put(theirs)
    options: dict[str, t.Any] = {"obsolete": [config_map("old"), theirs, config_map("never"), {**THING, "kind": "Unknown"}]}
    checked = run(api, config_map("new"), check=True, **options)
    assert api.live("ConfigMap", "old", "app")
    result = run(api, config_map("new"), **options)
    assert did(checked) == did(result) == ["create ConfigMap new", "delete ConfigMap old"]
    assert [entry["name"] for entry in result["kept"]] == ["theirs"]
    assert "ConfigMap app/theirs stays" in result["warnings"][0]
    assert result["params"]["obsolete"][0] == "ConfigMap app/old"
    assert run(api, config_map("new"), **options)["steps"] == []


def test_what_is_wanted_is_not_obsolete(api: FakeApi) -> None:
    with pytest.raises(InputError, match="ConfigMap app/settings: is given twice"):
        run(api, NAMESPACE, config_map(), obsolete=[config_map()])
    assert api.writes() == []


def test_what_was_written_is_told_when_the_obsolete_does_not_go(api: FakeApi) -> None:
    run(api, NAMESPACE, config_map("old"))
    api.faults.append(Fault(status=403, method="DELETE"))
    with pytest.raises(IncompleteError) as caught:
        run(api, config_map("new"), obsolete=[config_map("old")])
    assert [step.object.name for step in caught.value.done] == ["new"]


def test_what_we_made_goes_in_the_opposite_order(api: FakeApi) -> None:
    objects = [CRD, NAMESPACE, THING, config_map()]
    run(api, *objects)
    checked = run(api, *objects, state="absent", check=True)
    assert api.live("Namespace", "app")
    result = run(api, *objects, state="absent")
    assert did(checked) == did(result)
    assert did(result) == [
        "delete Thing a",
        "delete ConfigMap settings",
        f"delete CustomResourceDefinition things.{GROUP}",
        "delete Namespace app",
    ]
    assert api.objects == {}
    assert run(api, *objects, state="absent")["steps"] == []


def test_what_was_there_before_stays_unless_forced(api: FakeApi) -> None:
    api.put(NAMESPACE)
    run(api, NAMESPACE, config_map())
    kept = run(api, NAMESPACE, config_map(), state="absent")
    assert did(kept) == ["delete ConfigMap settings"]
    assert [entry["name"] for entry in kept["kept"]] == ["app"]
    assert "Namespace app stays" in kept["warnings"][0]
    assert did(run(api, NAMESPACE, state="absent", force=True)) == ["delete Namespace app"]


def test_absent_of_unknown_kinds_and_namespaces_is_nothing_to_do(api: FakeApi) -> None:
    assert run(api, THING, config_map(), state="absent")["steps"] == []


def test_what_cannot_go_names_its_finalizers(api: FakeApi) -> None:
    api.put(NAMESPACE)
    run(api, config_map())
    live = api.live("ConfigMap", "settings", "app")
    assert live is not None
    live["metadata"]["finalizers"] = ["example.com/hold"]
    api.put(live)
    api.faults.append(Fault(status=200, method="DELETE"))
    with pytest.raises(L5dError, match=r"ConfigMap app/settings \(removal\): .*held by the finalizers \['example.com/hold'\]"):
        run(api, config_map(), state="absent")
