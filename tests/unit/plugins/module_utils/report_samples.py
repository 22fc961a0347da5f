# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of an audit's modules, in the form in which a play registers them."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.pimesh.linkerd.plugins.module_utils.findings import RULES
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.judge import VERDICTS

Object = dict[str, t.Any]

AT = dt.datetime(2026, 11, 21, 18, 20, 5, tzinfo=dt.UTC)

HOSTILE = """<script>document.title='broken'</script><img src=x onerror="document.title='broken'">'"&amp;"""


def stamp(days: float) -> str:
    """So many days after the audit."""
    return (AT + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def certificate(subject: str, since: float, until: float, renewal: float | None = None, **more: t.Any) -> Object:
    renewed = {"renewal": {"time": stamp(renewal), "certificate": {}, "new_key": True} if renewal is not None else None}
    return {
        "subject": subject,
        "issuer": "CN=root.linkerd.cluster.local",
        "not_before": stamp(since),
        "not_after": stamp(until),
        "remaining": 0.5,
        "expired": until < 0,
        "key_type": "ECDSA P-256",
        "fingerprint_sha256": f"{subject}{since}",
        **renewed,
        **more,
    }


def mesh_info(**more: t.Any) -> Object:
    nodes = [{"name": f"pi-{n}", "architecture": "arm64", "os": "linux", "kubelet": "v1.36.3+k3s1", "ready": n != 3} for n in range(1, 5)]
    return {
        "changed": False,
        "kubernetes": {"version": "v1.36.3+k3s1", "distribution": "k3s"},
        "nodes": nodes,
        "linkerd": {
            "installed": True,
            "namespace": "linkerd",
            "version": "edge-26.6.3",
            "chart_version": "2026.6.3",
            "release": {"name": "linkerd-control-plane", "namespace": "linkerd", "status": "deployed", "revision": 2},
            "cluster_domain": "cluster.local",
            "native_sidecar": True,
            "ready": True,
            "components": [{"name": "linkerd-identity", "ready": True, "status": ""}],
        },
        "certificates": {
            "trust_anchors": [certificate("CN=root.linkerd.cluster.local", -200, 3450)],
            "issuer": certificate("CN=identity.linkerd.cluster.local", -20, 40, 10),
        },
        **more,
    }


def verdict(name: str, verdict_: str = "safe_full", namespace: str = "media", kind: str = "Ingress", **more: t.Any) -> Object:
    safe, reason = VERDICTS[verdict_]
    return {
        "object": {"apiVersion": "networking.k8s.io/v1", "kind": kind, "namespace": namespace, "name": name},
        "rule": f"{name}.home.example/",
        "backend": f"{namespace}/{name}:80",
        "verdict": verdict_,
        "reason": reason,
        "safe": safe,
        **more,
    }


def finding(code: str, name: str, detail: str = "", kind: str = "Ingress", namespace: str = "media") -> Object:
    rule = RULES[code]
    return {
        "code": code,
        "severity": rule.severity.name.lower(),
        "object": {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": name},
        "reason": f"{rule.title}: {detail}" if detail else rule.title,
        "remedy": rule.remedy,
    }


def policy(verdicts: list[Object], findings: t.Sequence[Object] = (), mode: str = "enabled") -> Object:
    return {
        "changed": False,
        "controller": {"name": "traefik", "version": "3.7.15", "workload": "Deployment kube-system/traefik", "mode": mode, "pods": 1},
        "verdicts": verdicts,
        "findings": list(findings),
        "ingress_mode_pods": [],
        "summary": {},
    }


def rollout(lagging: t.Sequence[Object] = (), **more: t.Any) -> Object:
    return {"changed": False, "lagging": list(lagging), "restarted": [], "skipped": [], "findings": [], **more}


def healthy() -> Object:
    names = ["jellyfin", "photos", "music", "books"]
    return {
        "mesh_info": mesh_info(),
        "header_policy": policy([verdict(name) for name in names], [finding("L5D317", "traefik", "443", "Deployment", "kube-system")]),
        "rollout": rollout(),
    }


def troubled() -> Object:
    """Something of everything."""
    verdicts = [
        verdict("jellyfin"),
        verdict("photos", "relayable"),
        verdict("login", "auth_bypassed", "auth", "IngressRoute"),
        verdict("grafana", "safe_endpoint_routed", "monitoring"),
        verdict("mqtt", "not_http", "home", "IngressRouteTCP"),
        verdict("old", "broken", "home", reason="Service home/old has no port named http"),
        verdict(
            "a-very-long-name-of-a-route-that-somebody-once-thought-was-a-good-idea-for-a-homelab", "safe_by_header", "long-namespace-name"
        ),
    ]
    found = [
        finding("L5D201", "photos", "photos.home.example/ to media/photos:80"),
        finding("L5D202", "login", "login.home.example/ to auth/login:80", "IngressRoute", "auth"),
        finding("L5D112", "linkerd-proxy-injector", "", "MutatingWebhookConfiguration", ""),
        finding("L5D304", "traefik", "1 of 1 pods", "Deployment", "kube-system"),
        *(finding("L5D205", f"tuner-{number}", f"media/tuner-{number}:80") for number in range(4)),
        finding("L5D317", "traefik", "443", "Service", "kube-system"),
    ]
    certificates = {
        "trust_anchors": [
            certificate("CN=root.linkerd.cluster.local", -3000, 20, issuer="CN=old"),
            certificate("CN=root.linkerd.cluster.local", -2, 3650),
        ],
        "previous_anchors": [certificate("CN=root.linkerd.cluster.local", -3000, 20, issuer="CN=old")],
        "anchor": certificate(
            "CN=root.linkerd.cluster.local", -2, 3650, 3600, secret={"namespace": "cert-manager", "name": "linkerd-trust-anchor"}
        ),
        "issuer": certificate("CN=identity.linkerd.cluster.local", -1.5, 0.5, -0.45),
        "webhooks": [
            certificate(
                "CN=linkerd-proxy-injector.linkerd.svc",
                -0.3,
                0.7,
                0.65,
                secret={"namespace": "linkerd", "name": "linkerd-proxy-injector-k8s-tls"},
            ),
            certificate(
                "CN=linkerd-policy-validator.linkerd.svc",
                -400,
                -35,
                secret={"namespace": "linkerd", "name": "linkerd-policy-validator-k8s-tls"},
            ),
        ],
    }
    manager = {"apiVersion": "apps/v1", "kind": "DaemonSet", "namespace": "longhorn-system", "name": "longhorn-manager"}
    apps = [{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "home", "name": f"app-{number}"} for number in range(12)]
    unmeshed = [
        {"object": manager, "pods": 4, "reason": "linkerd.io/inject: disabled"},
        *({"object": app, "pods": 1, "reason": "neither the namespace nor the pod asks for it"} for app in apps),
    ]
    extensions = [
        {
            "name": "jaeger",
            "namespace": "linkerd-jaeger",
            "version": "",
            "ready": False,
            "components": [{"name": "collector", "status": "0 of 1"}],
        },
        {"name": "viz", "namespace": "linkerd-viz", "version": "edge-26.6.3", "ready": True, "components": []},
    ]
    lagging = [
        {
            "object": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "media", "name": "photos"},
            "pods": 2,
            "reasons": ["version", "trust_bundle"],
            "detail": "edge-25.9.4, the control plane is edge-26.6.3",
        }
    ]
    audited = policy(verdicts, found, "ingress")
    audited["ingress_mode_pods"] = [
        {
            "namespace": "kube-system",
            "workload": "Deployment kube-system/traefik",
            "pods": 1,
            "source": "pod annotation",
            "controller": "traefik",
            "policy": "open",
        }
    ]
    failure = {
        "subject": "ClusterRole",
        "reason": "may not list Nodes",
        "remedy": "Grant the rules of the page about RBAC.",
        "code": "forbidden",
    }
    return {
        "mesh_info": mesh_info(
            certificates=certificates,
            unmeshed=unmeshed,
            unmeshed_left_out=3,
            pods={"total": 57, "meshed": 41, "unmeshed": 16},
            lagging=[{**lagging[0], "detail": "what the rollout says better"}],
            extensions=extensions,
        ),
        "header_policy": audited,
        "rollout": rollout(lagging),
        "trust_anchor": {
            "under_way": True,
            "next": "retire",
            "why": "every proxy shows a certificate of the new issuer",
            "waiting_for": "trust-manager to write the bundle",
            "findings": [],
        },
        "preflight": {"failed": False, "msg": "ClusterRole: may not list Nodes", "failure": failure},
    }


def hostile() -> Object:
    """Text from the cluster that would like to be more than text."""
    spoilt = verdict(HOSTILE, "relayable", HOSTILE, HOSTILE, reason=HOSTILE, rule=HOSTILE, backend=HOSTILE)
    odd = {"code": HOSTILE, "severity": HOSTILE, "object": {"kind": HOSTILE, "name": HOSTILE}, "reason": HOSTILE, "remedy": HOSTILE}
    certificates = {
        HOSTILE: [certificate(HOSTILE, -10, 10, 5, secret={"namespace": HOSTILE, "name": HOSTILE}, key_type=HOSTILE)],
        "issuer": certificate(HOSTILE, -1, 1),
    }
    return {
        "mesh_info": mesh_info(
            certificates=certificates, kubernetes={"version": HOSTILE}, unmeshed=[{"workload": HOSTILE, "reason": HOSTILE}]
        ),
        "header_policy": policy([spoilt], [odd], HOSTILE),
        "rollout": rollout([{"object": HOSTILE, "pods": 1, "reasons": [HOSTILE], "detail": HOSTILE}]),
        "tracing": {"source": HOSTILE, "collector": {"endpoint": HOSTILE}},
        "trust_anchor": {"under_way": True, "next": HOSTILE, "why": HOSTILE, "waiting_for": HOSTILE},
        HOSTILE: {"failed": True, "msg": HOSTILE},
    }


def crowded(routes: int) -> Object:
    """A cluster with many routes, a hundred of them unsafe."""
    verdicts = [
        verdict(f"app-{number:04}", "relayable" if number % 10 == 0 else "safe_full", f"team-{number % 37:02}") for number in range(routes)
    ]
    found = [finding("L5D201", f"app-{number:04}", "media/app:80", namespace=f"team-{number % 37:02}") for number in range(0, routes, 10)]
    return {"mesh_info": mesh_info(), "header_policy": policy(verdicts, found), "rollout": rollout()}
