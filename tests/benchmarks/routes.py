# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand Ingresses, each with a Service of its own, as a cluster of somebody with many small apps has them."""

from __future__ import annotations

from tests.integration.ingress_lab import Lab, Object, Ref

NAMESPACE = "apps"


def service(number: int) -> Object:
    name = f"app-{number:04}"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": name}},
        "spec": {"selector": {"app.kubernetes.io/name": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    }


def ingress(number: int) -> Object:
    name = f"app-{number:04}"
    backend = {"service": {"name": name, "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {"example.net/owner": "somebody"}},
        "spec": {"ingressClassName": "traefik", "rules": [{"host": f"{name}.example.net", "http": {"paths": [path]}}]},
    }


def make(lab: Lab, numbers: range) -> None:
    """They belong to somebody, so they are created, not applied by us."""
    if not lab.admin.get(Ref("v1", "Namespace", NAMESPACE)):
        lab.admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    lab.admin.map(lab.admin.create, [make_one(number) for make_one in (service, ingress) for number in numbers])
