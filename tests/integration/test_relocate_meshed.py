# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bundled Traefik that is meshed where it is moves later: no route is unsafe meanwhile, and what was for the old place goes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.cluster import Sandbox
from tests.integration import few_routes
from tests.integration.conftest import CERTIFICATES
from tests.integration.ingress_lab import Lab, Ref
from tests.integration.site_runs import play

WEBHOOK = Ref("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "l5d-injector-kube-system-traefik")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Lab]:
    with Sandbox("relocate-meshed", empty=True, without=CERTIFICATES, root=tmp_path_factory.mktemp("sandboxes")) as sandbox:
        lab = Lab(sandbox)
        lab.install_linkerd()
        few_routes.make(lab)
        yield lab


def test_from_the_narrow_webhook_with_the_header_to_a_place_of_its_own(lab: Lab, tmp_path: Path) -> None:
    lab.done(strategy="header")
    assert lab.admin.get(WEBHOOK)
    roles = [{"role": "pimesh.linkerd.linkerd_ingress", "linkerd_ingress_strategy": "header"}]
    variables = {"linkerd_ingress_kube_system": "relocate", "linkerd_ingress_k3s_servers": "k3s_servers"}
    defaults = {"group/pimesh.linkerd.k8s": {"kubeconfig": "{{ linkerd_kubeconfig }}"}}
    playbook = tmp_path / "move.yml"
    task = {"hosts": "linkerd_clusters", "gather_facts": False, "module_defaults": defaults, "vars": variables, "roles": roles}
    playbook.write_text(yaml.safe_dump([task]), encoding="utf-8")
    run = play(tmp_path, str(playbook), "-i", str(lab.sandbox.directory / "inventory.yml"))
    assert not run.code, run.messages
    (switched,) = [result for _name, result in run.tasks() if "unserved_seconds" in result]
    print(f"\n  neither Traefik had an address for {switched['unserved_seconds']} s")
    assert 0 <= switched["unserved_seconds"] < 30
    assert lab.admin.get(WEBHOOK) is None
    audited = lab.done(state="audit")
    assert audited["controller"]["workload"] == "Deployment traefik/traefik"
    assert audited["controller"]["mode"] == "ingress"
    assert all(verdict["safe"] for verdict in audited["verdicts"])
    arguments = lab.get("apps/v1", "Deployment", "traefik", "traefik")["spec"]["template"]["spec"]["containers"][0]["args"]
    strips = {argument.partition("=")[2] for argument in arguments if "l5d-strip" in argument}
    assert len(strips) == 1, "one strip, and the Middleware it names is there"
    (strip,) = [item for item in lab.all("traefik.io/v1alpha1", "Middleware") if item["metadata"]["name"] == "l5d-strip"]
    assert strips == {f"{strip['metadata']['namespace']}-l5d-strip@kubernetescrd"}
    again = play(tmp_path, str(playbook), "-i", str(lab.sandbox.directory / "inventory.yml"))
    assert not again.code, again.messages
    assert again.changed == 0
