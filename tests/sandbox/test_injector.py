# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated injector agrees with the real one, case by case."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.charts.versions import older
from sandbox.injector import Config, Owner, inject, opaque_ports
from sandbox.injector.server import json_patch

FACTS = Path(__file__).parent / "facts"
CHART = Path(__file__).parents[2] / "sandbox" / "charts" / "linkerd-control-plane"
TRUTH = json.loads((FACTS / "injector-truth.json").read_text(encoding="utf-8"))
INJECTED = json.loads((FACTS / "injected-pod.json").read_text(encoding="utf-8"))
ENV_WITHOUT_A_SETTING = {
    "LINKERD2_PROXY_CONTROL_STREAM_INITIAL_TIMEOUT",
    "LINKERD2_PROXY_CONTROL_STREAM_IDLE_TIMEOUT",
    "LINKERD2_PROXY_CONTROL_STREAM_LIFETIME",
    "LINKERD2_PROXY_INBOUND_CONNECT_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_CONNECT_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_DISCOVERY_IDLE_TIMEOUT",
    "LINKERD2_PROXY_INBOUND_DISCOVERY_IDLE_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDR",
    "LINKERD2_PROXY_INBOUND_IPS",
    "LINKERD2_PROXY_INBOUND_ACCEPT_KEEPALIVE",
    "LINKERD2_PROXY_OUTBOUND_CONNECT_KEEPALIVE",
    "LINKERD2_PROXY_INBOUND_ACCEPT_USER_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_CONNECT_USER_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_METRICS_HOSTNAME_LABELS",
    "LINKERD2_PROXY_INBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL",
    "LINKERD2_PROXY_INBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT",
    "LINKERD2_PROXY_OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL",
    "LINKERD2_PROXY_OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT",
}
"""Left out on purpose: timeouts that nothing in the collection sets or reads."""


def values(**more: Any) -> dict[str, Any]:
    """The chart's own defaults, as a control plane of the recorded version would have them."""
    defaults: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return {**defaults, "linkerdVersion": TRUTH["version"], **more}


def config(**more: Any) -> Config:
    return Config(values(**more), trust_anchors=env(INJECTED["proxy"])["LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"])


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container["env"]}


def pod(**metadata: Any) -> dict[str, Any]:
    container = {"name": "app", "image": "a", "ports": [{"name": "web", "containerPort": 8000}]}
    return {"kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def namespace(name: str = "probe", annotations: Any = None, labels: Any = None) -> dict[str, Any]:
    own = {"kubernetes.io/metadata.name": name, **(labels or {})}
    return {"metadata": {"name": name, "annotations": annotations or {}, "labels": own}}


def pod_of(row: dict[str, Any]) -> dict[str, Any]:
    made = pod(annotations=row.get("pod_annotations", {}), labels=row.get("pod_labels", {}))
    made["spec"].update(row.get("pod_spec_extra", {}))
    if row["case"] == "existing istio sidecar":
        made["spec"]["containers"].append({"name": "istio-proxy", "image": "i"})
    return made


def selected(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """The API server's evaluation of a label selector."""
    outcome = [labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()]
    for term in selector.get("matchExpressions") or []:
        present, value = term["key"] in labels, labels.get(term["key"])
        outcome.append(
            {
                "In": value in term.get("values", []),
                "NotIn": not present or value not in term.get("values", []),
                "Exists": present,
                "DoesNotExist": not present,
            }[term["operator"]]
        )
    return all(outcome)


def answer(row: dict[str, Any]) -> dict[str, Any] | None:
    """What comes out of the API server: the chart's selectors first, then the injector."""
    settings, asked = values()["proxyInjector"], pod_of(row)
    where = namespace(row["namespace"], row.get("namespace_annotations"), row.get("namespace_labels"))
    seen = selected(settings["namespaceSelector"], where["metadata"]["labels"])
    seen = seen and selected(settings["objectSelector"], asked["metadata"]["labels"])
    return inject(asked, where, config()).pod if seen else None


def argument(container: dict[str, Any], flag: str) -> str | None:
    arguments = container["args"]
    return arguments[arguments.index(flag) + 1] if flag in arguments else None


def seen_in(result: dict[str, Any]) -> dict[str, Any]:
    """The same questions that were asked of the real answers."""
    spec, before = result["spec"], {"app": None}
    init = {c["name"]: c for c in spec["initContainers"]}
    proxy = init.get("linkerd-proxy") or next(c for c in spec["containers"] if c["name"] == "linkerd-proxy")
    variables = env(proxy)
    return {
        "injected": True,
        "proxy_is_init_container": "linkerd-proxy" in init,
        "ingress_mode": variables.get("LINKERD2_PROXY_INGRESS_MODE"),
        "inbound_ports_to_ignore": argument(init["linkerd-init"], "--inbound-ports-to-ignore"),
        "outbound_ports_to_ignore": argument(init["linkerd-init"], "--outbound-ports-to-ignore"),
        "subnets_to_ignore": argument(init["linkerd-init"], "--subnets-to-ignore"),
        "container_order": [c["name"] for c in spec["containers"] if c["name"] in {*before, "linkerd-proxy"}],
        "init_order": [c["name"] for c in spec["initContainers"]],
        "default_inbound_policy": variables["LINKERD2_PROXY_INBOUND_DEFAULT_POLICY"],
        "opaque_ports_env": variables["LINKERD2_PROXY_INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION"],
        "added_labels": result["metadata"]["labels"],
        "annotations_after": result["metadata"]["annotations"],
        "added_volumes": [volume["name"] for volume in spec["volumes"]],
    }


def test_all_recorded_cases_are_here() -> None:
    assert len(TRUTH["rows"]) == 37


@pytest.mark.parametrize("row", TRUTH["rows"], ids=[row["case"] for row in TRUTH["rows"]])
def test_agrees_with_the_real_injector(row: dict[str, Any]) -> None:
    result = answer(row)
    if not row["injected"]:
        assert result is None
        return
    assert result is not None
    about = {"case", "namespace", "namespace_annotations", "namespace_labels", "pod_annotations", "pod_labels", "pod_spec_extra"}
    recorded = {key: value for key, value in row.items() if key not in about}
    assert {key: value for key, value in seen_in(result).items() if value is not None} == recorded


@pytest.fixture(name="traefik")
def injected_traefik() -> dict[str, Any]:
    asked = pod(
        annotations={"linkerd.io/inject": "ingress", "config.linkerd.io/skip-outbound-ports": "443"},
        labels={"app.kubernetes.io/name": "traefik", "pod-template-hash": "556b558598"},
    )
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access-vjp42", "readOnly": True}
    asked["spec"]["containers"][0] |= {"volumeMounts": [mount]}
    result = inject(asked, namespace("traefik"), config(), Owner("Deployment", "traefik")).pod
    assert result is not None
    return result


def with_server_defaults(container: dict[str, Any]) -> dict[str, Any]:
    full = copy.deepcopy(container)
    for port in full.get("ports", []):
        port.setdefault("protocol", "TCP")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        for key, value in {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1}.items():
            if name in full:
                full[name].setdefault(key, value)
                full[name]["httpGet"].setdefault("scheme", "HTTP")
    for item in full.get("env", []):
        if "valueFrom" in item:
            item["valueFrom"]["fieldRef"].setdefault("apiVersion", "v1")
    return full


def test_metadata_of_a_whole_injected_pod(traefik: dict[str, Any]) -> None:
    assert traefik["metadata"]["annotations"] == INJECTED["metadata"]["annotations"]
    assert traefik["metadata"]["labels"] == INJECTED["metadata"]["labels"]


def test_init_container_of_a_whole_injected_pod(traefik: dict[str, Any]) -> None:
    assert with_server_defaults(traefik["spec"]["initContainers"][0]) == INJECTED["init"]


def test_proxy_of_a_whole_injected_pod(traefik: dict[str, Any]) -> None:
    ours, real = with_server_defaults(traefik["spec"]["initContainers"][1]), dict(INJECTED["proxy"])
    expected = {name: value for name, value in env(real).items() if name not in ENV_WITHOUT_A_SETTING}
    assert set(env(real)) >= ENV_WITHOUT_A_SETTING
    assert env(ours) == expected
    assert {k: v for k, v in ours.items() if k != "env"} == {k: v for k, v in real.items() if k != "env"}


def test_volumes_of_a_whole_injected_pod(traefik: dict[str, Any]) -> None:
    recorded = copy.deepcopy(INJECTED["volumes"])
    for volume in recorded:
        volume.get("projected", {}).pop("defaultMode", None)
    assert traefik["spec"]["volumes"] == recorded


def test_an_invalid_value_at_the_namespace_wins_over_a_valid_pod() -> None:
    outcome = inject(pod(annotations={"linkerd.io/inject": "enabled"}), namespace(annotations={"linkerd.io/inject": "yes"}), config())
    assert outcome.pod is None
    assert "namespace" in outcome.reason
    assert "'yes'" in outcome.reason


def test_no_projected_token_and_no_automount_is_refused() -> None:
    asked = pod(annotations={"linkerd.io/inject": "enabled"})
    asked["spec"]["automountServiceAccountToken"] = False
    outcome = inject(asked, namespace(), config(identity={"serviceAccountTokenProjection": False}))
    assert outcome.pod is None
    assert "automountServiceAccountToken" in outcome.reason


def test_declared_default_opaque_ports_are_noted_on_the_pod() -> None:
    asked = pod(annotations={"linkerd.io/inject": "enabled"})
    asked["spec"]["containers"][0]["ports"] = [{"containerPort": 3306}, {"containerPort": 8080}]
    result = inject(asked, namespace(), config()).pod
    assert result is not None
    assert result["metadata"]["annotations"]["config.linkerd.io/opaque-ports"] == "3306"
    assert seen_in(result)["opaque_ports_env"] == "3306"


def test_an_older_control_plane_injects_as_its_own_values_say() -> None:
    difference = yaml.safe_load((CHART / "versions" / "2025.9.4.yaml").read_text(encoding="utf-8"))
    installed = Config(older(values(), difference), trust_anchors="anchors")
    result = inject(pod(annotations={"linkerd.io/inject": "enabled"}), namespace(), installed).pod
    assert result is not None
    (first,), (proxy, _app) = result["spec"]["initContainers"], result["spec"]["containers"]
    assert (first["image"], first.get("command")) == ("cr.l5d.io/linkerd/proxy-init:v2.4.3", None)
    assert (proxy["image"], proxy.get("restartPolicy")) == ("cr.l5d.io/linkerd/proxy:edge-25.9.4", None)
    assert result["metadata"]["annotations"]["linkerd.io/proxy-version"] == "edge-25.9.4"


def test_proxy_resources_follow_the_annotations() -> None:
    asked = pod(annotations={"linkerd.io/inject": "enabled", "config.linkerd.io/proxy-cpu-request": "1500m"})
    result = inject(asked, namespace(annotations={"config.linkerd.io/proxy-memory-limit": "64Mi"}), config()).pod
    assert result is not None
    proxy = result["spec"]["initContainers"][1]
    assert proxy["resources"] == {"requests": {"cpu": "1500m"}, "limits": {"memory": "64Mi"}}
    assert env(proxy)["LINKERD2_PROXY_CORES_MIN"] == "2"


def test_a_service_takes_over_opaque_ports() -> None:
    service = {"kind": "Service", "metadata": {"name": "db"}, "spec": {"ports": [{"port": 3306}]}}
    by_default = opaque_ports(service, namespace(), config())
    by_namespace = opaque_ports(service, namespace(annotations={"config.linkerd.io/opaque-ports": "9"}), config())
    assert by_default is not None
    assert by_default["metadata"]["annotations"] == {"config.linkerd.io/opaque-ports": "3306"}
    assert by_namespace is not None
    assert by_namespace["metadata"]["annotations"] == {"config.linkerd.io/opaque-ports": "9"}
    assert opaque_ports(by_default, namespace(), config()) is None


def test_a_patch_names_only_what_changed() -> None:
    before = {"metadata": {"name": "a"}, "spec": {"x": 1}}
    after = {"metadata": {"name": "a", "labels": {"b": "c"}}, "spec": {"x": 1}}
    assert json_patch(before, after) == [{"op": "add", "path": "/metadata/labels", "value": {"b": "c"}}]
