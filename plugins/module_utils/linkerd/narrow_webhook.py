# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second webhook of Linkerd's injector that sees the pods of one workload only.

Linkerd's own leaves kube-system out. A copy that selects that namespace and the controller's labels makes the real
injector mesh those pods and nothing else there (run and seen). Its CA comes from cert-manager where Linkerd's own
does, and is copied on each run where it does not; with failurePolicy Ignore a stale one would fail silently.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import copy
import typing as t

from ..model import OWNER_LABEL, OWNER_VALUE, Object, Ref
from .injection import INJECTOR_SERVICE

API_VERSION = "admissionregistration.k8s.io/v1"
KIND = "MutatingWebhookConfiguration"
CA_ANNOTATIONS = ("cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret")


def name_for(workload: Ref) -> str:
    return f"l5d-injector-{workload.namespace}-{workload.name}"


def ref_for(workload: Ref) -> Ref:
    return Ref(API_VERSION, KIND, name_for(workload))


def build(workload: Ref, pod_labels: t.Mapping[str, str], linkerd_namespace: str, original: Object | None) -> Object:
    """From Linkerd's own configuration; from the published chart's shape where that is yet to come."""
    meta = (original or {}).get("metadata") or {}
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key in CA_ANNOTATIONS}
    if original is None:
        annotations = {CA_ANNOTATIONS[0]: f"{linkerd_namespace}/{INJECTOR_SERVICE}"}
    hook = _hook(original, linkerd_namespace)
    if annotations:
        hook["clientConfig"].pop("caBundle", None)
    hook["rules"] = [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "Namespaced"}]
    hook["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": workload.namespace}}
    hook["objectSelector"] = {"matchLabels": dict(pod_labels)}
    hook["failurePolicy"] = "Ignore"
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name_for(workload),
            "labels": {OWNER_LABEL: OWNER_VALUE},
            **({"annotations": annotations} if annotations else {}),
        },
        "webhooks": [hook],
    }


def _hook(original: Object | None, linkerd_namespace: str) -> Object:
    for hook in (original or {}).get("webhooks") or []:
        kept = copy.deepcopy(hook)
        return {
            key: kept[key] for key in ("name", "admissionReviewVersions", "clientConfig", "sideEffects", "timeoutSeconds") if key in kept
        }
    return {
        "name": "linkerd-proxy-injector.linkerd.io",
        "admissionReviewVersions": ["v1", "v1beta1"],
        "clientConfig": {"service": {"name": INJECTOR_SERVICE, "namespace": linkerd_namespace, "path": "/", "port": 443}},
        "sideEffects": "None",
        "timeoutSeconds": 10,
    }


def ca_bundles(configuration: Object | None) -> set[str]:
    hooks = (configuration or {}).get("webhooks") or []
    return {str((hook.get("clientConfig") or {}).get("caBundle") or "") for hook in hooks}
