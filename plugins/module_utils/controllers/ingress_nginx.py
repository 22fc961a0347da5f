# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The community's ingress-nginx, of any version that serves networking.k8s.io/v1.

Proven by its source (controller-v0.34.0 to v1.15.1, chart 4.15.1), by plans and by the API's dry runs; no nginx was run.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import typing as t

from ..errors import InputError
from ..findings import finding
from ..linkerd.releases import Version
from ..linkerd.releases import version as parse_version
from ..model import Object, Ref
from ..nginx import cluster_ip, tracing
from ..nginx.flags import Flags
from ..nginx.headers import data_of
from ..nginx.reading import NginxReading, config_ref, headers_ref
from ..nginx.releases import release_for
from ..nginx.sites import SERVICE_UPSTREAM
from ..ownership import Edit, SetLeaf, rewrite
from ..persistence.base import Setting, Store
from ..persistence.helm_chart_config import HelmChartConfigStore, find_chart, find_config
from ..persistence.pod_template import PodTemplateStore
from ..planning.snapshot import Snapshot
from ..routes import ingress
from ..tracing.collector import Tracing
from .base import ChartTarget, Controller, Kind, Part, Reading, image_parts

IMAGES = ("ingress-nginx/controller", "ingress-nginx/controller-chroot")
IMAGE_NAMES = ("ingress-nginx-controller", "nginx-ingress-controller")
LABELS = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}


class IngressNginx(Controller):
    name = "ingress_nginx"
    supported = "every version that serves networking.k8s.io/v1"
    container = "controller"
    private_ports = ("metrics", "webhook", "profiling")
    api_server_ports = ("webhook",)
    chart_annotations = ("controller", "podAnnotations")
    route_kinds = (Kind(ingress.API_VERSION, ingress.KIND),)
    other_kinds = (Kind("v1", "Service"), Kind("networking.k8s.io/v1", "IngressClass"))
    single_kinds = ("ConfigMap",)

    def detects(self, workload: Object) -> bool:
        labels = (workload.get("metadata") or {}).get("labels") or {}
        return LABELS.items() <= labels.items() or any(map(_is_image, workload["spec"]["template"]["spec"].get("containers") or []))

    def find_container(self, pod_spec: Object) -> Object:
        containers: list[Object] = pod_spec.get("containers") or []
        return next((container for container in containers if _is_image(container)), super().find_container(pod_spec))

    def version(self, workload: Object) -> Version:
        image = str(self.find_container(workload["spec"]["template"]["spec"]).get("image", ""))
        labels = (workload.get("metadata") or {}).get("labels") or {}
        return parse_version(image_parts(image)[1]) or parse_version(str(labels.get("app.kubernetes.io/version", "")))

    def strategies(self, version: Version) -> tuple[str, ...]:
        return ("cluster_ip",)

    def why_not(self, strategy: str) -> str:
        return (
            "its template passes the client's l5d-dst-override on with auth requests, mirrored requests and error pages, whatever is "
            "set for the backends, so that a route with one of these would be an open relay"
        )

    def refs(self, workload: Object, known: t.Mapping[Ref, Object | None]) -> list[Ref]:
        own = config_ref(self._flags(workload))
        added = headers_ref(data_of(known.get(own))) if own else None
        return [ref for ref in (own, added) if ref is not None]

    def read(self, snapshot: Snapshot) -> NginxReading:
        container = self.find_container(snapshot.workload["spec"]["template"]["spec"])
        return NginxReading(snapshot, container, self.version(snapshot.workload))

    def part(self, strategy: str, reading: Reading, snapshot: Snapshot, version: Version) -> Part:
        if not isinstance(reading, NginxReading):
            raise TypeError("the reading is another controller's")
        return cluster_ip.part(reading.sites, reading.config_map if reading.release.global_service_upstream else None)

    def traced(self, wanted: Tracing | None, snapshot: Snapshot, _owns: t.Callable[[Setting], bool]) -> Part:
        named = config_ref(self._flags(snapshot.workload))
        config_map = next((obj for obj in snapshot.of("ConfigMap") if Ref.of(obj) == named), None)
        if wanted is None:
            return tracing.kept(config_map) if config_map else Part()
        if not wanted.endpoint:
            return Part()
        if config_map is None or self.version(snapshot.workload) < tracing.SINCE:
            raise InputError(
                "tracing", "this ingress-nginx has no OpenTelemetry, or no ConfigMap", "Upgrade it to 1.10 or newer, or leave it out."
            )
        if tracing.SWITCH in data_of(rewrite(config_map, [])):
            return Part(findings=[finding("L5D197", Ref.of(config_map))])
        return tracing.part(config_map, wanted)

    def all_settings(self, snapshot: Snapshot) -> list[Setting]:
        return []

    def chart_edits(self, strategy: str, target: ChartTarget) -> list[Edit]:
        said_once = release_for(target.version).global_service_upstream  # before that, Ingresses say it themselves
        return [SetLeaf(("controller", "config", SERVICE_UPSTREAM), "true")] if said_once else []

    def store(self, snapshot: Snapshot) -> Store:
        chart = find_chart(snapshot.charts, snapshot.workload)
        container = self.find_container(snapshot.workload["spec"]["template"]["spec"])
        if chart is None:
            return PodTemplateStore(snapshot.workload, container["name"], self.chart_annotations)
        return HelmChartConfigStore(chart, find_config(snapshot.configs, chart), container.get("args") or (), self.chart_annotations)

    def _flags(self, workload: Object) -> Flags:
        return Flags(self.find_container(workload["spec"]["template"]["spec"]), Ref.of(workload).namespace)


def _is_image(container: Object) -> bool:
    path = image_parts(str(container.get("image", "")))[0].split("/")
    return path[-1] in IMAGE_NAMES or "/".join(path[-2:]) in IMAGES


INGRESS_NGINX = IngressNginx()
