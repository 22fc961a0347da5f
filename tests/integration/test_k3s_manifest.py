# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A HelmChartConfig that lives in a file of k3s' manifests folder: the role writes the settings into that file."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from tests.integration import few_routes
from tests.integration.conftest import CERTIFICATES
from tests.integration.ingress_lab import Lab, Ref
from tests.integration.site_runs import Run, play

CONFIG = Ref("helm.cattle.io/v1", "HelmChartConfig", "traefik", "kube-system")
TEXT = """# Anna's Traefik
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: traefik, namespace: kube-system}
spec:
  valuesContent: |-
    logs: {access: {enabled: true}}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    with Sandbox("manifest", empty=True, without=CERTIFICATES, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        few_routes.make(lab)
        file_of(lab).write_text(TEXT, encoding="utf-8")
        lab.until(lambda: lab.admin.get(CONFIG) is not None, "k3s has applied the file")
        yield lab


def file_of(lab: Lab) -> Path:
    return lab.sandbox.directory / "servers/pi-1/manifests/my-traefik.yaml"


def role(lab: Lab, home: Path, *arguments: str, **variables: str) -> Run:
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"}}
    roles = [{"role": "pimesh.linkerd.linkerd_ingress", **variables}]
    playbook = home / "mesh.yml"
    task = {"hosts": "linkerd_clusters", "gather_facts": False, "module_defaults": defaults, "roles": roles}
    playbook.write_text(yaml.safe_dump([task]), encoding="utf-8")
    return play(home, str(playbook), "-i", str(lab.sandbox.directory / "inventory.yml"), *arguments)


def test_the_file_gets_the_settings_and_the_next_start_of_k3s_keeps_them(lab: Lab, tmp_path: Path) -> None:
    refused = role(lab, tmp_path)
    assert refused.code, "nobody said where the servers are"
    servers = {"linkerd_ingress_k3s_servers": "k3s_servers"}
    foretold = role(lab, tmp_path, "--check", **servers)
    assert not foretold.code, foretold.messages
    assert foretold.changed
    assert file_of(lab).read_text(encoding="utf-8") == TEXT
    run = role(lab, tmp_path, **servers)
    assert not run.code, run.messages
    text = file_of(lab).read_text(encoding="utf-8")
    assert text.startswith("# Anna's Traefik\n")
    said = yaml.safe_load(yaml.safe_load(text)["spec"]["valuesContent"])
    assert said["deployment"]["podAnnotations"]["linkerd.io/inject"] == "enabled"
    assert said["logs"] == {"access": {"enabled": True}}
    backups = [path for path in file_of(lab).parent.iterdir() if path != file_of(lab)]
    assert [path.read_text(encoding="utf-8") for path in backups] == [TEXT]
    audited = lab.done(state="audit")
    assert audited["controller"]["mode"] == "enabled"
    assert all(verdict["safe"] for verdict in audited["verdicts"])
    again = role(lab, tmp_path, **servers)
    assert not again.code, again.messages
    assert again.changed == 0
