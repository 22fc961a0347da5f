# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Others change the same objects: before us, in the middle of our run, and between two runs."""

from __future__ import annotations

import threading
import typing as t

import pytest
import yaml

from tests.integration import contents
from tests.integration.contents import CONFIG, NATIVE_LB, ROUTER_CHAIN, SERVICE_CHAIN
from tests.integration.faults import FirstPatch, Proxy
from tests.integration.ingress_lab import Lab, Object, Ref

THEIRS = "home-security-headers@kubernetescrd"
RATELIMIT = "media-ratelimit@kubernetescrd"
ARR = Ref("networking.k8s.io/v1", "Ingress", "arr", "media")
NODE_RED = Ref("v1", "Service", "node-red", "home")
SEERR = Ref("v1", "Service", "jellyseerr", "media")


@pytest.fixture
def lab(homelab: Lab) -> t.Iterator[Lab]:
    """As it was afterwards, whatever a test's people did."""
    homelab.done(state="absent")
    before, pods = [obj for kind in contents.KINDS for obj in homelab.all(*kind)], pod_annotations(homelab)
    yield homelab
    homelab.done(state="absent")
    for obj in before:
        put_back(homelab, obj)
    homelab.done(state="absent")
    homelab.until(lambda: pod_annotations(homelab) == pods, "k3s has followed what was put back")


def pod_annotations(lab: Lab) -> Object:
    template: Object = lab.get("apps/v1", "Deployment", "kube-system", "traefik")["spec"]["template"]
    return template["metadata"].get("annotations") or {}


def put_back(lab: Lab, obj: Object) -> None:
    live = lab.admin.get(Ref.of(obj))
    assert live is not None, Ref.of(obj)
    if contents.meaning(live) != contents.meaning(obj):
        for part in ("metadata", "spec"):
            for key in set(live[part]) - set(obj[part]):
                obj[part][key] = None
        annotations = dict.fromkeys(live["metadata"].get("annotations") or {}, None)
        metadata = {"annotations": {**annotations, **(obj["metadata"].get("annotations") or {})}}
        lab.change(Ref.of(obj), {"metadata": metadata, "spec": obj["spec"]})


def annotations_of(lab: Lab, ref: Ref) -> dict[str, str]:
    live = lab.admin.get(ref)
    assert live is not None
    return live["metadata"].get("annotations") or {}


def values(lab: Lab) -> t.Any:
    return yaml.safe_load(lab.get("helm.cattle.io/v1", "HelmChartConfig", "kube-system", "traefik")["spec"]["valuesContent"])


def change_values(lab: Lab, change: t.Callable[[t.Any], object]) -> None:
    wanted = values(lab)
    change(wanted)
    lab.change(CONFIG, {"spec": {"valuesContent": yaml.safe_dump(wanted, sort_keys=False)}})


def lost(result: Object) -> dict[str, str]:
    """What the module left as it was because it is somebody else's by now."""
    return {finding["object"]["name"]: finding["reason"] for finding in result["findings"] if finding["code"] == "L5D503"}


def test_a_value_that_somebody_changed_since_survives_and_is_reported(lab: Lab) -> None:
    lab.done(strategy="cluster_ip")
    lab.change(NODE_RED, {"metadata": {"annotations": {NATIVE_LB: "somebody's"}}})
    change_values(lab, lambda all_values: all_values["deployment"]["podAnnotations"].update({"config.linkerd.io/skip-inbound-ports": "7"}))
    removed = lab.done(state="absent")
    assert lost(removed).keys() == {"node-red", "traefik"}
    assert "somebody's" in lost(removed)["node-red"]
    assert annotations_of(lab, NODE_RED) == {NATIVE_LB: "somebody's"}
    assert NATIVE_LB not in annotations_of(lab, SEERR)
    kept = values(lab)["deployment"]["podAnnotations"]
    assert kept == {"backup.house/ignore": "true", "config.linkerd.io/skip-inbound-ports": "7"}
    assert lab.done(state="absent")["steps"] == []


def test_what_somebody_added_around_ours_stays(lab: Lab) -> None:
    lab.done(strategy="header")
    ours = annotations_of(lab, NODE_RED)[SERVICE_CHAIN]
    lab.change(NODE_RED, {"metadata": {"annotations": {SERVICE_CHAIN: f"{THEIRS},{ours}"}}})
    change_values(lab, lambda all_values: all_values["additionalArguments"].insert(0, "--accesslog.format=json"))
    edited = values(lab)
    lab.done(strategy="header")
    assert (values(lab), annotations_of(lab, NODE_RED)[SERVICE_CHAIN]) == (edited, f"{THEIRS},{ours}")
    assert lab.done(strategy="header")["steps"] == []
    lab.done(state="absent")
    assert annotations_of(lab, NODE_RED) == {SERVICE_CHAIN: THEIRS}
    assert values(lab)["additionalArguments"][0] == "--accesslog.format=json"
    assert "l5d-" not in str(values(lab))


def test_a_middleware_that_somebody_appended_is_put_before_ours(lab: Lab) -> None:
    lab.done(strategy="header")
    ours = annotations_of(lab, NODE_RED)[SERVICE_CHAIN]
    lab.change(NODE_RED, {"metadata": {"annotations": {SERVICE_CHAIN: f"{ours},{THEIRS}"}}})
    lab.done(strategy="header")
    assert lab.done(strategy="header")["steps"] == []
    assert annotations_of(lab, NODE_RED)[SERVICE_CHAIN] == f"{THEIRS},{ours}"


class Meddler:
    """Adds something of theirs to each object a moment before the module patches it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.touched: set[Ref] = set()
        self._lock = threading.Lock()

    def __call__(self, path: str) -> None:
        ref = self._ref(path)
        with self._lock:
            self.touched.add(ref)
        if ref == CONFIG:
            change_values(self.lab, lambda all_values: all_values.update({"podDisruptionBudget": {"enabled": True}}))
        else:
            chain = SERVICE_CHAIN if ref.kind == "Service" else ROUTER_CHAIN
            mark: Object = {"example.net/meddled": "true"}
            self.lab.change(ref, {"metadata": {"annotations": {**mark, chain: THEIRS} if ref.kind == "Service" else mark}})

    @staticmethod
    def _ref(path: str) -> Ref:
        kinds = {"services": ("v1", "Service"), "ingressroutes": ("traefik.io/v1alpha1", "IngressRoute")}
        *_front, namespace, plural, name = path.split("/")
        if plural == "helmchartconfigs":
            return CONFIG
        return Ref(*kinds[plural], name, namespace)


def test_an_object_changed_between_our_reading_and_our_writing_is_read_and_planned_again(lab: Lab) -> None:
    meddler = Meddler(lab)
    with Proxy(lab.kubeconfig) as proxy, proxy.ruled(FirstPatch(meddler)):
        result = lab.run(strategy="header", **proxy.options())
    assert not result.get("failed"), result["msg"]
    kinds = {ref.kind for ref in meddler.touched}
    assert kinds == {"Service", "IngressRoute", "HelmChartConfig"}
    for ref in meddler.touched - {CONFIG}:
        found = annotations_of(lab, ref)
        assert found["example.net/meddled"] == "true"
        if ref.kind == "Service":
            first, *rest = found[SERVICE_CHAIN].split(",")
            assert first == THEIRS
            assert len(rest) == 1
    assert values(lab)["podDisruptionBudget"] == {"enabled": True}
    assert "l5d-strip" in str(values(lab))
    assert lab.done(strategy="header")["steps"] == []
    lab.done(state="absent")
    assert annotations_of(lab, NODE_RED) == {SERVICE_CHAIN: THEIRS, "example.net/meddled": "true"}
    assert values(lab)["podDisruptionBudget"] == {"enabled": True}


def test_somebodys_middleware_on_a_route_stays_where_it_was(lab: Lab) -> None:
    before = annotations_of(lab, ARR)[ROUTER_CHAIN]
    lab.done(strategy="header")
    lab.change(ARR, {"metadata": {"annotations": {ROUTER_CHAIN: f"{before},{RATELIMIT}"}}})
    assert lab.done(strategy="header")["steps"] == []
    lab.done(state="absent")
    assert annotations_of(lab, ARR)[ROUTER_CHAIN] == f"{before},{RATELIMIT}"
