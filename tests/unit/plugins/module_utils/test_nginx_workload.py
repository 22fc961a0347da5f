# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ingress-nginx' pods, its admission webhook and Jobs, and what is said beside the routes."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.controllers.ingress_nginx import INGRESS_NGINX
from ansible_collections.pimesh.linkerd.plugins.module_utils.linkerd.installation import Installation
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.context import Intent
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.ingress import Joint, audit
from ansible_collections.pimesh.linkerd.plugins.module_utils.planning.rendered import rendering
from tests.unit.plugins.module_utils import builders as b
from tests.unit.plugins.module_utils import nginx_builders as n
from tests.unit.plugins.module_utils.nginx_builders import codes, present
from tests.unit.plugins.module_utils.world import World


def annotations_of(joint: Joint) -> Object:
    found: Object = joint.expected_template["metadata"]["annotations"]
    return found


def test_clients_ports_are_skipped_and_the_webhooks_only_where_proxies_want_a_name() -> None:
    objects = (n.ingress("web", ("web", 80)), b.service("web"))
    assert annotations_of(present(n.snapshot(*objects)))["config.linkerd.io/skip-inbound-ports"] == "80,443,4567,4568"
    strict = Installation("linkerd", "2026.6.3", "cluster.local", inbound_policy="all-authenticated")
    joint = present(n.snapshot(*objects, linkerd=strict))
    assert annotations_of(joint)["config.linkerd.io/skip-inbound-ports"] == "80,443,4567,4568,8443"
    assert "L5D238" not in codes(joint.plan)


@pytest.mark.parametrize(
    ("pod", "namespace", "installed", "shut"),
    [
        ("", "", "all-unauthenticated", False),
        ("", "", "cluster-authenticated", True),
        ("", "deny", "all-unauthenticated", True),
        ("all-unauthenticated", "deny", "deny", False),
        ("", "", "audit", False),
    ],
)
def test_a_webhook_port_that_the_proxy_shuts_is_found(pod: str, namespace: str, installed: str, shut: bool) -> None:
    key = "config.linkerd.io/default-inbound-policy"
    annotations = {"linkerd.io/inject": "enabled", **({key: pod} if pod else {})}
    where: Object = {"metadata": {"name": n.NS, "annotations": {key: namespace} if namespace else {}}}
    linkerd = Installation("linkerd", "2026.6.3", "cluster.local", inbound_policy=installed)
    snapshot = n.snapshot(workload=n.deployment(annotations=annotations), linkerd=linkerd, namespace=where)
    assert ("L5D238" in codes(audit(snapshot, Intent(), INGRESS_NGINX))) is shut
    assert ("L5D238" in codes(present(snapshot, skip_inbound=[80, 443]).plan)) is shut


@pytest.mark.parametrize(
    ("native", "value", "hangs"), [(False, "enabled", True), (True, "enabled", False), (False, "disabled", False), (False, None, False)]
)
def test_admission_jobs_that_a_namespace_annotation_would_hang(native: bool, value: str | None, hangs: bool) -> None:
    where: Object = {"metadata": {"name": n.NS, "annotations": {"linkerd.io/inject": value} if value else {}}}
    linkerd = Installation("linkerd", "2025.10.7", "cluster.local", native_sidecar=native)
    found = codes(audit(n.snapshot(namespace=where, linkerd=linkerd), Intent(), INGRESS_NGINX))
    assert ("L5D237" in found) is hangs


@pytest.mark.parametrize(
    ("workload", "obj", "code"),
    [
        (n.deployment(), None, "L5D308"),
        (n.deployment("v1.15.1", "--tcp-services-configmap=ingress-nginx/tcp"), None, "L5D209"),
        (n.deployment("v1.15.1", "--default-backend-service=ingress-nginx/pages"), None, "L5D239"),
        (n.deployment("v1.15.1", "--watch-namespace-selector=a=b"), None, "L5D214"),
        (n.deployment(), n.ingress("web", ("web", 80), upstream_vhost="web.app.svc"), "L5D235"),
        (n.deployment(), n.ingress("web", ("web", 80), default_backend="pages"), "L5D239"),
        (n.deployment(), n.ingress("web", ("web", 80), backend_protocol="HTTPS"), "L5D209"),
        (n.deployment(), n.ingress("web", ("web", 80), affinity="cookie", service_upstream="true"), "L5D236"),
    ],
)
def test_audit_says_what_is_odd(workload: Object, obj: Object | None, code: str) -> None:
    objects = [obj] if obj else []
    assert code in codes(audit(n.snapshot(*objects, b.service("web"), workload=workload), Intent(), INGRESS_NGINX))


def test_the_same_as_values_of_the_chart() -> None:
    workload = n.deployment()
    workload["metadata"]["annotations"] = {"meta.helm.sh/release-name": "ingress-nginx", "meta.helm.sh/release-namespace": n.NS}
    joint = present(n.snapshot(n.ingress("web", ("web", 80)), b.service("web"), workload=workload))
    annotations = {"linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "80,443,4567,4568"}
    assert joint.helm is not None
    assert joint.helm.values == {"controller": {"podAnnotations": annotations, "config": {"service-upstream": "true"}}}


@pytest.mark.parametrize(("data", "undone"), [(None, True), ({"use-gzip": "true"}, False)])
def test_a_config_map_that_helm_empties_at_its_next_upgrade(data: Object | None, undone: bool) -> None:
    config = n.config_map(data)
    config["metadata"]["annotations"] = {"meta.helm.sh/release-name": "ingress-nginx", "meta.helm.sh/release-namespace": n.NS}
    world = World(n.snapshot(n.ingress("web", ("web", 80)), b.service("web"), config=config), controller=INGRESS_NGINX)
    for _run in range(2):
        joint = world.plan(Intent())
        assert ("L5D248" in codes(joint.plan)) is undone
        world.apply(joint)


def test_settings_of_a_chart_that_k3s_installs_go_into_its_helm_chart_config() -> None:
    workload = n.deployment()
    workload["metadata"]["annotations"] = {"meta.helm.sh/release-name": "ingress-nginx", "meta.helm.sh/release-namespace": n.NS}
    chart = b.an_object("helm.cattle.io/v1/HelmChart", "ingress-nginx", "kube-system", None, {"targetNamespace": n.NS})
    joint = present(n.snapshot(n.ingress("web", ("web", 80)), b.service("web"), workload=workload, charts=(chart,)))
    written = {step.object.kind: step.after or {} for step in joint.plan.steps}
    assert set(written) == {"ConfigMap", "HelmChartConfig"}
    values = yaml.safe_load(written["HelmChartConfig"]["spec"]["valuesContent"])
    annotations = {"linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "80,443,4567,4568"}
    assert values == {"controller": {"podAnnotations": annotations}}


def test_what_the_charts_values_say_is_not_rendered_as_a_manifest_too() -> None:
    objects = (n.ingress("web", ("web", 80), affinity="cookie"), b.service("web"))
    by_helm = n.deployment()
    by_helm["metadata"]["annotations"] = {"meta.helm.sh/release-name": "ingress-nginx"}
    assert [obj["kind"] for obj in rendering(present(n.snapshot(*objects, workload=by_helm))).manifests] == ["Ingress"]
    assert [obj["kind"] for obj in rendering(present(n.snapshot(*objects))).manifests] == ["Ingress", "ConfigMap", "Deployment"]


def test_another_prefix_of_annotations() -> None:
    made = n.ingress("web", ("web", 80), affinity="cookie")
    made["metadata"]["annotations"] = {"inner.example/affinity": "cookie"}
    joint = present(n.snapshot(made, b.service("web"), workload=n.deployment("v1.15.1", "--annotations-prefix=inner.example")))
    step = next(step for step in joint.plan.steps if step.object.kind == "Ingress")
    assert (step.after or {})["metadata"]["annotations"]["inner.example/service-upstream"] == "false"
