# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What depends on the release of Traefik, and which objects it serves."""

from __future__ import annotations

from dataclasses import fields

import pytest

from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.releases import version
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.selectors import matches
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.label_selector import parse_selector
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.releases import GROUP, OLD_GROUP, RELEASES, release_for
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.served import home_group, ingresses, own_kinds
from ansible_collections.pimesh.linkerd.plugins.module_utils.traefik.static_config import parse
from tests.unit.plugins.module_utils import builders as b

SINCE = {
    "ingress_annotations": ("v2.2.0",),
    "entry_point_middlewares": ("v2.2.0",),
    "ingress_classes": ("v2.3.0",),
    "ingress_v1": ("v2.5.0",),
    "native_lb": ("v2.10.0",),
    "native_lb_default": ("v3.0.0",),
    "default_entry_points": ("v3.0.0",),
    "gateway_filters": ("v3.0.0",),
    "gateway_grants": ("v3.1.0",),
    "gateway_always": ("v3.1.0",),
    "gateway_native_lb_default": ("v3.2.0",),
    "cross_provider_namespaces": ("v2.11.46", "v3.6.17", "v3.7.1"),
    "service_middlewares": ("v3.7.0",),
    "safe_naming": ("v3.7.11",),
}
"""The tags in whose source each first appears."""
BEFORE = {
    "v2.2.0": "v2.1.9",
    "v2.3.0": "v2.2.11",
    "v2.5.0": "v2.4.14",
    "v2.10.0": "v2.9.10",
    "v2.11.46": "v2.11.45",
    "v3.0.0": "v2.11.53",
    "v3.1.0": "v3.0.4",
    "v3.2.0": "v3.1.7",
    "v3.6.17": "v3.6.16",
    "v3.7.0": "v3.6.24",
    "v3.7.1": "v3.7.0",
    "v3.7.11": "v3.7.9",
}


@pytest.mark.parametrize("fact", SINCE)
def test_each_fact_holds_from_its_release_on(fact: str) -> None:
    for tag in SINCE[fact]:
        assert getattr(release_for(version(tag)), fact), tag
        assert not getattr(release_for(version(BEFORE[tag])), fact), BEFORE[tag]


def test_every_fact_is_told_when_it_begins() -> None:
    assert {field.name for field in fields(RELEASES[0])} == {"since", "crd_groups", "end_of_life", *SINCE}
    assert [version(row.since) for row in RELEASES] == sorted(version(row.since) for row in RELEASES)


@pytest.mark.parametrize(
    ("tag", "groups", "over"),
    [
        ("v2.0.7", (OLD_GROUP,), True),
        ("v2.9.10", (OLD_GROUP,), True),
        ("v2.10.0", (GROUP, OLD_GROUP), True),
        ("v2.11.53", (GROUP, OLD_GROUP), True),
        ("v3.0.0", (GROUP,), False),
        ("v3.7", (GROUP,), False),
    ],
)
def test_api_groups_and_end_of_life(tag: str, groups: tuple[str, ...], over: bool) -> None:
    release = release_for(version(tag))
    assert release is not None
    assert (release.crd_groups, release.end_of_life) == (groups, over)


@pytest.mark.parametrize("tag", ["latest", "", "v1.7.34"])
def test_what_is_not_in_the_table(tag: str) -> None:
    assert release_for(version(tag)) is None


def test_ours_go_where_both_traefik_and_the_api_look() -> None:
    both, third = release_for((2, 10)), release_for((3, 0))
    assert both is not None
    assert third is not None
    assert home_group(b.snapshot(), "Middleware", both) == GROUP
    older_crds = b.snapshot(unserved=frozenset({(GROUP, "Middleware")}))
    assert home_group(older_crds, "Middleware", both) == OLD_GROUP
    assert home_group(older_crds, "Middleware", third) == GROUP


def an_ingress_class(name: str, controller: str = "traefik.io/ingress-controller", *, default: bool = False) -> Object:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else None
    return b.an_object("networking.k8s.io/v1/IngressClass", name, "", annotations, {"controller": controller})


def classed(name: str, *, field: str | None = None, annotation: str | None = None, namespace: str = "app") -> Object:
    annotations = {} if annotation is None else {"kubernetes.io/ingress.class": annotation}
    made = b.ingress(name, ("web", 80), namespace=namespace, annotations=annotations)
    made["metadata"]["labels"] = {"part": name}
    if field is not None:
        made["spec"]["ingressClassName"] = field
    return made


OBJECTS = (
    an_ingress_class("traefik"),
    an_ingress_class("inner", default=True),
    an_ingress_class("nginx", "k8s.io/ingress-nginx"),
    classed("bare"),
    classed("field", field="traefik"),
    classed("second", field="inner"),
    classed("nginx", field="nginx"),
    classed("gone", field="gone"),
    classed("annotated", annotation="traefik"),
    classed("other", annotation="other", namespace="home"),
    b.service("web"),
)


@pytest.mark.parametrize(
    ("tag", "options", "served"),
    [
        ("3.7.15", [], {"bare", "field", "second", "annotated"}),
        ("2.3.0", [], {"bare", "field", "second", "annotated"}),
        ("2.2.0", [], {"bare", "field", "second", "nginx", "gone", "annotated"}),
        ("3.7.15", ["ingressclass=traefik"], {"field", "annotated"}),
        ("3.7.15", ["ingressclass=other"], {"other"}),
        ("3.7.15", ["disableingressclasslookup"], {"bare", "annotated"}),
        ("3.7.15", ["disableclusterscoperesources=true"], {"bare", "annotated"}),
        ("3.7.15", ["namespaces=home"], set()),
        ("3.7.15", ["namespaces=app,home", "ingressclass=other"], {"other"}),
        ("3.7.15", ["labelselector=part in (bare, field),part!=field"], {"bare"}),
    ],
)
def test_which_ingresses_a_traefik_serves(tag: str, options: list[str], served: set[str]) -> None:
    """A default class is written into an Ingress when it is created; one without any class is still Traefik's."""
    release = release_for(version(tag))
    assert release is not None
    config = parse(["--providers.kubernetesingress", *(f"--providers.kubernetesingress.{option}" for option in options)])
    assert {obj["metadata"]["name"] for obj in ingresses(b.snapshot(*OBJECTS), config, release)} == served


@pytest.mark.parametrize(
    ("tag", "names"), [("2.9.10", {"old"}), ("2.10.0", {"old", "new"}), ("2.11.53", {"old", "new"}), ("3.0.0", {"new"})]
)
def test_which_groups_routes_are_read_from(tag: str, names: set[str]) -> None:
    release = release_for(version(tag))
    assert release is not None
    new, old = (b.ingress_route(name, b.route("Host(`a`)", {"name": "web", "port": 80})) for name in ("new", "old"))
    old["apiVersion"] = OLD_GROUP
    found = list(own_kinds(b.snapshot(new, old), parse(["--providers.kubernetescrd"]), release, "IngressRoute"))
    assert {obj["metadata"]["name"] for obj in found} == names
    assert {obj["apiVersion"] for obj in found} == set(release.crd_groups)


@pytest.mark.parametrize(
    ("written", "labels", "fits"),
    [
        ("", {}, True),
        ("app=web", {"app": "web"}, True),
        ("app==web,tier", {"app": "web"}, False),
        ("app=web,tier", {"app": "web", "tier": ""}, True),
        ("!tier", {"tier": "x"}, False),
        ("env in (a, b),app!=db", {"env": "b"}, True),
        ("env notin (a,b)", {"env": "a"}, False),
    ],
)
def test_label_selectors_as_they_are_written_on_a_command_line(written: str, labels: dict[str, str], fits: bool) -> None:
    assert matches(parse_selector(written), labels) is fits
