# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every generation of Traefik has in common as a workload: its image, its container, and where its settings last.

Note that this module util is private to the collection.
"""

from __future__ import annotations

from ..controllers.base import Controller, image_parts
from ..linkerd.releases import Version
from ..linkerd.releases import version as parse_version
from ..model import Object
from ..persistence.base import Store
from ..persistence.helm_chart_config import HelmChartConfigStore, find_chart, find_config
from ..persistence.pod_template import PodTemplateStore
from ..planning.snapshot import Snapshot

IMAGES = ("traefik", "mirrored-library-traefik")


class TraefikWorkload(Controller):
    container = "traefik"
    chart_annotations = ("deployment", "podAnnotations")

    def runs_traefik(self, workload: Object) -> bool:
        containers = workload["spec"]["template"]["spec"].get("containers") or []
        return any(image_parts(str(c.get("image", "")))[0].rsplit("/", 1)[-1] in IMAGES for c in containers)

    def version(self, workload: Object) -> Version:
        image = str(self.find_container(workload["spec"]["template"]["spec"]).get("image", ""))
        return parse_version(image_parts(image)[1])

    def store(self, snapshot: Snapshot) -> Store:
        chart = find_chart(snapshot.charts, snapshot.workload)
        container = self.find_container(snapshot.workload["spec"]["template"]["spec"])
        if chart is None:
            return PodTemplateStore(snapshot.workload, container["name"], self.chart_annotations)
        return HelmChartConfigStore(chart, find_config(snapshot.configs, chart), container.get("args") or ())
