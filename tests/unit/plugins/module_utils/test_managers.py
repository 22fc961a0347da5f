# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps an object as it is: the marks that Argo CD, Flux, k3s, operators and Helm really leave."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.managers import Manager, manager_of

TRACKING = "argocd.argoproj.io/tracking-id"
OBJECT_SET = "objectset.rio.cattle.io"
RELEASE = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "app"}
ADDON = {f"{OBJECT_SET}/id": "", f"{OBJECT_SET}/owner-gvk": "k3s.cattle.io/v1, Kind=Addon", f"{OBJECT_SET}/owner-name": "mine"}
CHART = {
    f"{OBJECT_SET}/id": "helm-chart-registration",
    f"{OBJECT_SET}/owner-gvk": "helm.cattle.io/v1, Kind=HelmChart",
    f"{OBJECT_SET}/owner-name": "traefik",
    f"{OBJECT_SET}/owner-namespace": "kube-system",
}


def managed(labels: t.Any = None, annotations: t.Any = None, **meta: t.Any) -> Manager | None:
    metadata = {"name": "web", "namespace": "app", "labels": labels or {}, "annotations": annotations or {}, **meta}
    return manager_of({"apiVersion": "v1", "kind": "Service", "metadata": metadata})


@pytest.mark.parametrize(
    ("labels", "annotations", "words"),
    [
        ({}, {TRACKING: "shop:/Service:app/web"}, "Argo CD application shop"),
        ({"app.kubernetes.io/instance": "shop"}, {TRACKING: "shop:/Service:app/web"}, "Argo CD application shop"),
        ({"argocd.argoproj.io/instance": "shop"}, {}, "Argo CD application shop"),
        ({"kustomize.toolkit.fluxcd.io/name": "apps"}, {}, "Flux Kustomization apps"),
        (
            {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"},
            {},
            "Flux Kustomization flux-system/apps",
        ),
        ({"helm.toolkit.fluxcd.io/name": "shop", "app.kubernetes.io/managed-by": "Helm"}, RELEASE, "Flux HelmRelease shop"),
        ({f"{OBJECT_SET}/hash": "f5c4"}, ADDON, "k3s add-on mine"),
        ({f"{OBJECT_SET}/hash": "f5c4"}, CHART, "HelmChart kube-system/traefik"),
        ({"app.kubernetes.io/managed-by": "Helm"}, RELEASE, "Helm release app/shop"),
    ],
)
def test_the_owner_is_told_by_its_marks(labels: dict[str, str], annotations: dict[str, str], words: str) -> None:
    found = managed(labels, annotations)
    assert str(found) == words
    assert found is not None
    assert found.fights_back is not words.startswith("Helm release")


def test_an_operator_is_told_by_the_owner_reference_of_its_controller() -> None:
    owner = {"apiVersion": "acme.cert-manager.io/v1", "kind": "Challenge", "name": "shop-1"}
    assert managed(ownerReferences=[owner]) is None
    assert str(managed(ownerReferences=[owner, {**owner, "controller": True}])) == "Challenge shop-1"


@pytest.mark.parametrize(
    ("labels", "annotations"),
    [
        ({}, {}),
        ({"app.kubernetes.io/instance": "shop"}, {}),
        ({"app.kubernetes.io/managed-by": "Helm"}, {}),
        ({}, {TRACKING: "shop:/Service:app/other"}),
        ({}, {TRACKING: "shop:networking.k8s.io/Ingress:app/web"}),
        ({}, {TRACKING: "shop"}),
        ({f"{OBJECT_SET}/hash": "f5c4"}, {}),
        ("text", ["list"]),
    ],
)
def test_marks_that_were_copied_or_say_too_little_mean_nothing(labels: t.Any, annotations: t.Any) -> None:
    assert managed(labels, annotations) is None


def test_a_place_is_where_a_person_changes_it() -> None:
    assert "/var/lib/rancher/k3s/server/manifests" in Manager("k3s", "mine").place
    assert Manager("helm", "app/shop").place == "the values of Helm release app/shop"
    assert Manager("flux", "HelmRelease shop").place == "Flux HelmRelease shop"
