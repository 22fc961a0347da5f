# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What around a controller would stop a proxy, on a real API: it is said before anything is written, and it is true."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.errors import ClusterError
from tests.integration import few_routes
from tests.integration.ingress_lab import Lab, Object, Ref

FENCED, APPS = "fenced", "apps-in-ingress-mode"
ENFORCE = "pod-security.kubernetes.io/enforce"
INJECT = "linkerd.io/inject"
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def namespace(name: str, labels: Object | None = None, annotations: Object | None = None) -> Object:
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def pod_template(image: str, app: str, annotations: Object | None = None, **container: t.Any) -> Object:
    spec = {"containers": [{"name": app, "image": image, "securityContext": RESTRICTED, **container}]}
    return {"metadata": {"labels": {"app": app}, "annotations": annotations or {}}, "spec": spec}


def deployment(name: str, where: str, template: Object, replicas: int = 1) -> Object:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": where}, "spec": spec}


def codes(result: Object) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for finding in result["findings"]:
        found.setdefault(finding["code"], []).append(finding)
    return found


@pytest.fixture
def made(few: Lab) -> t.Iterator[t.Callable[..., None]]:
    """Objects that are gone again afterwards."""
    refs: list[Ref] = []

    def make(*objects: Object) -> None:
        refs.extend(Ref.of(few.admin.create(obj)) for obj in objects)

    yield make
    for ref in reversed(refs):
        few.admin.delete(ref)
    few.until(lambda: all(few.admin.get(ref) is None for ref in refs), "everything is gone")


def running(lab: Lab, where: str, app: str, number: int) -> None:
    def ready() -> bool:
        pods = lab.all("v1", "Pod", where, f"app={app}")
        return len([pod for pod in pods if pod.get("status", {}).get("phase") == "Running"]) == number

    lab.until(ready, f"{number} pods of {app} run")


def a_pod(template: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        **copy.deepcopy(template),
        "metadata": {**template["metadata"], "name": "try", "namespace": FENCED},
    }


def test_what_pod_security_refuses_is_refused_before_anything_is_written(few: Lab, made: t.Callable[..., None]) -> None:
    args = ["--providers.kubernetesingress", "--providers.kubernetescrd", "--entryPoints.web.address=:8000/tcp"]
    template = pod_template("traefik:v3.7.15", "traefik", args=args, ports=[{"name": "web", "containerPort": 8000}])
    made(namespace(FENCED, {ENFORCE: "restricted"}), deployment("traefik", FENCED, template))
    running(few, FENCED, "traefik", 1)
    few.admin.create(a_pod(template), dry_run=True)
    with pytest.raises(ClusterError, match="violates PodSecurity.*NET_ADMIN"):
        few.admin.create(a_pod({**template, "metadata": {**template["metadata"], "annotations": {INJECT: "enabled"}}}), dry_run=True)
    here = {"controller_ref": f"{FENCED}/traefik"}
    assert "L5D314" in codes(few.done(state="audit", **here))
    since = len(few.sandbox.audit())
    refused = few.run(**here)
    assert "enforces the Pod Security Standard restricted" in refused["msg"]
    assert few.writes(since) == []
    few.change(Ref("v1", "Namespace", FENCED), {"metadata": {"labels": {ENFORCE: "privileged"}}})
    few.done(**here)
    assert all(pod["spec"].get("initContainers") for pod in few.all("v1", "Pod", FENCED))
    few.done(state="absent", **here)


def test_restricted_wants_a_proxy_that_drops_all_capabilities_even_without_linkerd_init(few: Lab, made: t.Callable[..., None]) -> None:
    """So what is said where the CNI plugin takes the place of linkerd-init is true as well."""
    made(namespace(FENCED))
    annotated = pod_template("shop:1", "shop", {INJECT: "enabled"})
    injected = few.admin.create(a_pod(annotated), dry_run=True)["spec"]
    proxy = next(c for c in injected["initContainers"] if c["name"] == "linkerd-proxy")
    plain = {"name": "proxy", "image": "proxy:1", "securityContext": proxy["securityContext"]}
    few.change(Ref("v1", "Namespace", FENCED), {"metadata": {"labels": {ENFORCE: "restricted"}}})
    alone = pod_template("shop:1", "shop")
    alone["spec"]["containers"].append(plain)
    with pytest.raises(ClusterError, match='violates PodSecurity.*container "proxy" must set securityContext.capabilities.drop'):
        few.admin.create(a_pod(alone), dry_run=True)
    plain["securityContext"] = {**proxy["securityContext"], "capabilities": {"drop": ["ALL"]}}
    few.admin.create(a_pod(alone), dry_run=True)
    few.change(Ref("v1", "Namespace", FENCED), {"metadata": {"labels": {ENFORCE: "baseline"}}})
    plain["securityContext"] = proxy["securityContext"]
    few.admin.create(a_pod(alone), dry_run=True)


def policy(*ports: int) -> Object:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    rule = {"from": [peer], "ports": [{"port": port} for port in ports]}
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [rule]}
    metadata = {"name": "web-only", "namespace": few_routes.NAMESPACE}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def test_a_policy_that_admits_only_the_app_s_port_is_found_before_the_rollout(few: Lab, made: t.Callable[..., None]) -> None:
    shop = deployment("web", few_routes.NAMESPACE, pod_template("shop:1", "web", {INJECT: "enabled"}))
    made(policy(8080), shop)
    running(few, few_routes.NAMESPACE, "web", 1)
    since = len(few.sandbox.audit())
    (found,) = codes(few.done(check=True))["L5D310"]
    assert found["object"]["name"] == "web-only"
    assert f"{few_routes.NAMESPACE}/web:80 at port 4143" in found["reason"]
    assert few.run(fail_on="error")["failed"]
    assert few.writes(since) == []
    assert "L5D310" in codes(few.done(state="audit"))
    few.admin.apply(policy(8080, 4143))
    assert not {"L5D310", "L5D313"} & codes(few.done(check=True)).keys()


def test_an_audit_lists_every_workload_in_ingress_mode(few: Lab, made: t.Callable[..., None]) -> None:
    assert few.done(state="audit")["ingress_mode_pods"] == []
    made(namespace(APPS, annotations={INJECT: "ingress"}), deployment("gateway", APPS, pod_template("gateway:1", "gateway"), 3))
    running(few, APPS, "gateway", 3)
    few.done(strategy="header")
    result = few.done(state="audit")
    entries = {entry["workload"]: entry for entry in result["ingress_mode_pods"]}
    gateway, traefik = entries.pop(f"Deployment {APPS}/gateway"), entries.pop("Deployment kube-system/traefik")
    assert entries == {}
    assert {key: gateway[key] for key in ("pods", "source", "controller", "policy")} == {
        "pods": 3,
        "source": "namespace annotation",
        "controller": "",
        "policy": "none",
    }
    assert (traefik["source"], traefik["controller"], traefik["policy"]) == ("pod annotation", "traefik", "covered")
    assert [finding["object"]["name"] for finding in codes(result)["L5D320"]] == ["gateway"]
    few.done(state="absent")
