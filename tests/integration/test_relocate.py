# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""k3s' bundled Traefik moves into a namespace of its own, in somebody's homelab, and no route is lost on the way.

The tests of this file are one story, told in order.
"""

from __future__ import annotations

import json
import os
import signal
import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from sandbox.k3s import server
from tests.integration import module_runs
from tests.integration.conftest import CERTIFICATES
from tests.integration.faults import Killer, Proxy
from tests.integration.ingress_lab import Lab, Object, Ref
from tests.integration.site_runs import Run, play, start

MODULE = "l5d_traefik_relocation"
TRAEFIK = "traefik.io/v1alpha1"
KINDS = ("IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "Middleware", "MiddlewareTCP", "TLSOption", "TraefikService")
CONFIG = Ref("helm.cattle.io/v1", "HelmChartConfig", "traefik", "kube-system")
TOKEN: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "dns-token", "namespace": "kube-system"},
    "stringData": {"token": "not to be seen"},
}
VOLUME: Object = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "pvc-acme"},
    "spec": {
        "capacity": {"storage": "128Mi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "storageClassName": "local-path",
        "hostPath": {"path": "/var/lib/rancher/k3s/storage/pvc-acme_kube-system_traefik", "type": "DirectoryOrCreate"},
        "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": "traefik", "namespace": "kube-system"},
    },
}
MOST_KILLS = 20


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    """A homelab whose Traefik keeps certificates on a volume and has a token from a Secret."""
    with Sandbox("relocate", without=CERTIFICATES, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        add_server(lab, "pi-2")
        for obj in (TOKEN, VOLUME):
            lab.admin.create(obj)
        values = yaml.safe_load(lab.get(CONFIG.api_version, CONFIG.kind, CONFIG.namespace, CONFIG.name)["spec"]["valuesContent"])
        values["persistence"] = {"enabled": True}
        values["env"] = [{"name": "DNS_TOKEN", "valueFrom": {"secretKeyRef": {"name": "dns-token", "key": "token"}}}]
        lab.change(CONFIG, {"spec": {"valuesContent": "# Anna's\n" + yaml.safe_dump(values)}})
        lab.until(lambda: bool(claims(lab, "kube-system")), "Traefik has its volume")
        lab.until(lambda: settled(lab, "kube-system"), "Traefik runs")
        yield lab


def add_server(lab: Lab, name: str) -> None:
    """A second server of k3s, which the sandbox's inventory does not know."""
    server.make(lab.sandbox.directory, name)
    lab.change(Ref("v1", "Node", name), {"metadata": {"labels": {"node-role.kubernetes.io/control-plane": "true"}}})


def files(lab: Lab, name: str) -> Path:
    return lab.sandbox.directory / "servers" / name


def inventory(lab: Lab, home: Path, *servers: str) -> str:
    """The sandbox's own, with these servers."""
    written = yaml.safe_load((lab.sandbox.directory / "inventory.yml").read_text(encoding="utf-8"))
    text = json.dumps(written["k3s_servers"]["hosts"]["pi-1"])
    written["k3s_servers"]["hosts"] = {name: json.loads(text.replace("/pi-1/", f"/{name}/")) for name in servers}
    path = home / "inventory.yml"
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    return str(path)


def claims(lab: Lab, namespace: str) -> list[Object]:
    return [claim for claim in lab.all("v1", "PersistentVolumeClaim", namespace) if claim["status"].get("phase") == "Bound"]


def settled(lab: Lab, namespace: str) -> bool:
    found = lab.admin.get(Ref("apps/v1", "Deployment", "traefik", namespace))
    status = (found or {}).get("status") or {}
    current = found is not None and status.get("observedGeneration") == found["metadata"]["generation"]
    return current and status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas")


def frozen(lab: Lab, name: str) -> bool:
    chart = lab.admin.get(Ref("helm.cattle.io/v1", "HelmChart", name, "kube-system"))
    return "helmcharts.helm.cattle.io/unmanaged" in ((chart or {"metadata": {}})["metadata"].get("annotations") or {})


def resources(lab: Lab) -> dict[str, Object]:
    """Everybody's routes, middlewares and the like by name, with what they say; Helm makes Traefik's own anew."""
    found = [obj for kind in KINDS for obj in lab.all(TRAEFIK, kind)]
    mine = [obj for obj in found if (obj["metadata"].get("annotations") or {}).get("meta.helm.sh/release-name") != "traefik"]
    return {f"{obj['kind']} {obj['metadata']['namespace']}/{obj['metadata']['name']}": obj["spec"] for obj in mine}


def addressed(lab: Lab, namespace: str) -> bool:
    service = lab.admin.get(Ref("v1", "Service", "traefik", namespace))
    return bool(service and service["status"]["loadBalancer"].get("ingress"))


def command(lab: Lab, home: Path, *servers: str, **variables: t.Any) -> list[str]:
    """The role on the sandbox's cluster, in a playbook of somebody else's."""
    task = {"hosts": "linkerd_clusters", "gather_facts": False, "roles": [{"role": "pimesh.linkerd.linkerd_ingress", **variables}]}
    task["module_defaults"] = {"group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"}}
    playbook = home / "relocate.yml"
    playbook.write_text(yaml.safe_dump([{**task, "vars": {"linkerd_ingress_kube_system": "relocate"}}]), encoding="utf-8")
    return [str(playbook), "-i", inventory(lab, home, *(servers or ("pi-1", "pi-2")))]


def role(lab: Lab, home: Path, *arguments: str, **variables: t.Any) -> Run:
    return play(home, *command(lab, home, **variables), *arguments)


SERVERS: Object = {"linkerd_ingress_k3s_servers": "k3s_servers"}


def test_helm_keeps_by_what_it_stored_and_not_by_the_live_object(lab: Lab, tmp_path: Path) -> None:
    """Why annotating the live CRDs protects nothing."""
    files = {
        "Chart.yaml": {"apiVersion": "v2", "name": "pair", "version": "1.0.0"},
        "templates/pair.yaml": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pair"}},
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    ref = Ref("v1", "ConfigMap", "pair", "default")
    lab.helm("install", "--namespace", "default", "pair", str(tmp_path))
    lab.change(ref, {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}})
    lab.helm("uninstall", "--namespace", "default", "pair")
    assert lab.admin.get(ref) is None


def test_without_servers_it_is_refused_and_says_what_a_person_would_do(lab: Lab, tmp_path: Path) -> None:
    since = len(lab.sandbox.audit())
    run = role(lab, tmp_path)
    assert run.code
    for words in ("config.yaml.d/90-pimesh-linkerd.yaml", "disable+:", "systemctl restart k3s", "narrow_webhook", "pi-1"):
        assert words in run.messages
    assert lab.writes(since) == []


def test_a_group_that_lacks_a_server_is_refused(lab: Lab, tmp_path: Path) -> None:
    run = play(tmp_path, *command(lab, tmp_path, "pi-1", **SERVERS))
    assert run.code
    assert "lacks these servers of k3s: pi-2" in run.messages


def test_a_setting_that_cannot_move_is_refused_before_anything_is_written(lab: Lab) -> None:
    before = lab.get(CONFIG.api_version, CONFIG.kind, CONFIG.namespace, CONFIG.name)["spec"]["valuesContent"]
    lab.change(CONFIG, {"spec": {"valuesContent": before + "extraObjects: [{kind: ConfigMap, apiVersion: v1, metadata: {name: x}}]\n"}})
    result = lab.run(MODULE, state="prepared")
    lab.change(CONFIG, {"spec": {"valuesContent": before}})
    assert result["failure"]["code"] == "L5D506"
    assert "extraObjects" in result["msg"]
    lab.until(lambda: settled(lab, "kube-system"), "Traefik runs as before")


def test_check_mode_foretells_it_and_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    since = len(lab.sandbox.audit())
    run = role(lab, tmp_path, "--check", "--diff", **SERVERS)
    assert not run.code, run.messages
    assert run.changed
    foretold = run.steps()
    for step in (
        ("create", "Namespace", "", "traefik"),
        ("patch", "HelmChart", "kube-system", "traefik-crd"),
        ("patch", "CustomResourceDefinition", "", "ingressroutes.traefik.io"),
        ("create", "PersistentVolumeClaim", "traefik", "traefik"),
        ("create", "Secret", "traefik", "dns-token"),
        ("create", "HelmChart", "traefik", "traefik"),
        ("create", "HelmChartConfig", "traefik", "traefik"),
    ):
        assert step in foretold
    assert "not to be seen" not in run.text
    assert lab.writes(since) == []


@pytest.mark.slow
def test_it_may_be_killed_at_every_border_of_the_preparation(lab: Lab) -> None:
    """Once frozen, twice in the middle of protecting, then after every single write."""
    before = resources(lab)
    with Proxy(lab.kubeconfig) as proxy:
        for after in (2, 9, 9, *[1] * MOST_KILLS):
            killer = Killer(after)
            with proxy.ruled(killer):
                killer.process = module_runs.start(MODULE, **proxy.options(), state="prepared")
                result = module_runs.finish(killer.process)
            assert addressed(lab, "kube-system")
            assert resources(lab) == before
            if not killer.killed:
                break
    assert result
    assert not result.get("failed"), result["msg"]


def test_prepared_both_run_and_the_bundled_one_serves(lab: Lab) -> None:
    lab.done(MODULE, state="prepared")
    done = lab.done(MODULE, state="prepared")
    assert not done["changed"], done["steps"]
    assert done["unprotected"] == []
    assert settled(lab, "traefik")
    assert not addressed(lab, "traefik"), "the bundled one still has the ports"


def test_prepared_it_survives_a_server_that_starts_without_traefik_all_by_itself(lab: Lab) -> None:
    """The dangerous moment: k3s deletes both HelmCharts, and waits."""
    before = resources(lab)
    first = files(lab, "pi-1")
    (first / "etc/rancher/k3s/config.yaml").write_text("disable: [metrics-server]\n", encoding="utf-8")
    (first / "etc/rancher/k3s/config.yaml.d/90-pimesh-linkerd.yaml").write_text("disable+:\n  - traefik\n", encoding="utf-8")
    (first / "restart").touch()
    lab.until(lambda: lab.done(MODULE, state="examined")["phase"] == "disabled", "k3s has deleted its HelmCharts")
    assert lab.get("v1", "Node", "", "pi-1")["metadata"]["annotations"]["k3s.io/node-args"].count("--disable") == 2
    assert addressed(lab, "kube-system")
    assert resources(lab) == before


def test_it_waits_for_every_server(lab: Lab) -> None:
    result = lab.run(MODULE, state="switched", wait_timeout=1)
    assert "server pi-2 still runs with Traefik enabled" in result["msg"]
    assert addressed(lab, "kube-system")


def test_killed_in_the_middle_of_the_switch_the_next_run_finishes(lab: Lab, tmp_path: Path) -> None:
    before = resources(lab)
    process = start(tmp_path, *command(lab, tmp_path, **SERVERS))
    lab.until(lambda: not frozen(lab, "traefik"), "the switch has begun", seconds=300)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert frozen(lab, "traefik-crd")
    lab.until(lambda: addressed(lab, "traefik"), "the new Traefik serves, although nobody goes on")
    run = role(lab, tmp_path, **SERVERS)
    assert not run.code, run.messages
    drop_ins = [files(lab, name) / "etc/rancher/k3s/config.yaml.d/90-pimesh-linkerd.yaml" for name in ("pi-1", "pi-2")]
    assert [path.read_text(encoding="utf-8").count("disable+") for path in drop_ins] == [1, 1]
    assert set(resources(lab)) >= set(before), "meshed, some say more than before"
    assert not lab.all("helm.cattle.io/v1", "HelmChart", "kube-system")
    assert not lab.all("v1", "Secret", "kube-system", "owner=helm"), "k3s itself cleaned up"
    assert addressed(lab, "traefik")


def test_the_moved_traefik_has_its_settings_its_certificates_and_a_proxy(lab: Lab) -> None:
    config = lab.get("helm.cattle.io/v1", "HelmChartConfig", "traefik", "traefik")
    assert config["metadata"]["annotations"]["house/edited-by"] == "anna"
    template = lab.get("apps/v1", "Deployment", "traefik", "traefik")["spec"]["template"]
    assert "--serversTransport.insecureSkipVerify=true" in template["spec"]["containers"][0]["args"]
    assert template["spec"]["containers"][0]["image"] == "docker.io/rancher/mirrored-library-traefik:3.7.15"
    (claim,) = claims(lab, "traefik")
    volume = lab.get("v1", "PersistentVolume", "", claim["spec"]["volumeName"])
    assert volume["spec"]["hostPath"] == VOLUME["spec"]["hostPath"]
    old = lab.get("v1", "PersistentVolume", "", "pvc-acme")
    assert {item["spec"]["persistentVolumeReclaimPolicy"] for item in (volume, old)} == {"Retain"}
    assert "linkerd.io/inject" not in (lab.get("v1", "Namespace", "", "traefik")["metadata"].get("annotations") or {})
    pods = lab.all("v1", "Pod", "traefik", "app.kubernetes.io/name=traefik")
    assert all(any(c["name"] == "linkerd-proxy" for c in pod["spec"].get("initContainers", [])) for pod in pods)
    assert (
        lab.get("networking.k8s.io/v1", "IngressClass", "", "traefik")["metadata"]["annotations"]["meta.helm.sh/release-namespace"]
        == "traefik"
    )
    assert all(verdict["safe"] for verdict in lab.done(state="audit")["verdicts"])


def test_again_nothing_changes(lab: Lab, tmp_path: Path) -> None:
    run = role(lab, tmp_path, **SERVERS)
    assert not run.code, run.messages
    assert run.changed == 0
    assert lab.done(MODULE, state="examined")["phase"] == "moved"
