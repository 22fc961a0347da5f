# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""l5d_apply and real Helm: what a chart renders against what is live, and releases that a killed helm left."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.cluster import Query
from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Object, Ref
from sandbox.cluster import Sandbox
from tests.integration import module_runs, site_runs
from tests.integration.ingress_lab import connect

WEB = Ref("apps/v1", "Deployment", "web", "default")
SETTINGS = Ref("v1", "ConfigMap", "settings", "default")
EXTRA = Ref("v1", "ConfigMap", "extra", "default")
GADGET = Ref("things.example/v1", "Gadget", "web", "default")
HOOK = Ref("v1", "ConfigMap", "hook", "default")
WEBHOOK = Ref("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "web")

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.things.example}
spec:
  group: things.example
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
"""
TEMPLATES = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {note: {{ .Values.note | quote }}, empty: null}}
data: {made: 2026-11-21, text: {{ .Values.text }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: post-install, when: {{ now | unixEpoch | quote }}}}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {key: {{ .Values.secret }}}
---
{{- if .Values.extra }}
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
---
{{- end }}
apiVersion: things.example/v1
kind: Gadget
metadata: {name: web}
spec: {size: 1, text: {{ .Values.text }}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: {{ .Values.port }}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, creationTimestamp: null}
    spec:
      nodeSelector: {kubernetes.io/os: {{ .Values.node }}}
      containers:
        - name: web
          image: registry.example/web:1
          env: [{name: A, value: "1"}, {name: A, value: "2"}]
          resources: {limits: {cpu: 1000m, memory: 1024Mi}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: web, annotations: {cert-manager.io/inject-ca-from: default/web}}
webhooks:
  - name: web.things.example
    clientConfig: {service: {name: web, namespace: default, path: /}, caBundle: ""}
    failurePolicy: Ignore
    sideEffects: None
    admissionReviewVersions: [v1]
    rules: [{apiGroups: [things.example], apiVersions: [v1], operations: [CREATE], resources: [gadgets]}]
"""
CA = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
VALUES: Object = {"text": "hello", "note": "first", "secret": "hunter2", "extra": True, "port": 80, "node": "linux"}


class Chart:
    """A release of one chart with a bit of everything that is hard to compare."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        variables = site_runs.host_variables(sandbox)
        self.cluster = connect(sandbox.kubeconfig)
        self._sandbox, self.directory, self._helm = sandbox, directory, variables["linkerd_helm_binary"]
        for name, content in {
            "Chart.yaml": yaml.safe_dump({"apiVersion": "v2", "name": "web", "version": "1.0.0"}),
            "values.yaml": yaml.safe_dump(VALUES),
            "crds/gadgets.yaml": CRD,
            "templates/all.yaml": TEMPLATES,
        }.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(content, encoding="utf-8")

    def start(self, *arguments: str, **values: t.Any) -> subprocess.Popen[str]:
        sets = [f"--set={name}={value}" for name, value in values.items()]
        environment = {**os.environ, "KUBECONFIG": str(self._sandbox.kubeconfig), "HELM_CACHE_HOME": str(self.directory / "cache")}
        return subprocess.Popen([self._helm, *arguments, *sets], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def helm(self, *arguments: str, **values: t.Any) -> str:
        process = self.start(*arguments, **values)
        output, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
        return output

    def install(self, **values: t.Any) -> None:
        self.helm("upgrade", "--install", "web", str(self.directory), "--namespace=default", "--wait", **values)

    def compared(self, *, check: bool = False, **values: t.Any) -> module_runs.Result:
        chart = {"ref": str(self.directory)}
        return self.apply("compared", check=check, chart=chart, values=values, binary_path=self._helm)

    def apply(self, state: str, *, check: bool = False, **options: t.Any) -> module_runs.Result:
        release = {"name": "web", "namespace": "default"}
        arguments = {"kubeconfig": str(self._sandbox.kubeconfig), "release": release, "state": state, **options}
        result = module_runs.run("l5d_apply", check=check, **arguments)
        assert not result.get("failed"), result["msg"]
        assert "hunter" not in repr(result)
        return result

    def uninstall(self) -> None:
        self.helm("uninstall", "web", "--namespace=default", "--wait", "--ignore-not-found")
        self.cluster.delete(HOOK)
        for secret in self.revisions():
            self.cluster.delete(Ref.of(secret))

    def revisions(self) -> list[Object]:
        secrets = self.cluster.list(Query("v1", "Secret", "default", label_selector="owner=helm,name=web"))
        return sorted(secrets, key=lambda secret: int(secret["metadata"]["labels"]["version"]))

    def statuses(self) -> list[str]:
        return [secret["metadata"]["labels"]["status"] for secret in self.revisions()]

    def change(self, ref: Ref, patch: Object) -> None:
        live = self.cluster.get(ref)
        assert live is not None
        self.cluster.patch(ref, patch, resource_version=live["metadata"]["resourceVersion"])

    def kill_while(self, status: str) -> None:
        """Begin something that cannot become ready, and kill helm while it waits."""
        process = self.start("upgrade", "--install", "web", str(self.directory), "--namespace=default", "--wait", node="none")
        end = time.monotonic() + 60
        while status not in self.statuses() or not self._waits():
            assert time.monotonic() < end, self.statuses()
            time.sleep(0.1)
        process.kill()
        process.communicate(timeout=60)
        assert self.statuses()[-1] == status

    def _waits(self) -> bool:
        live = self.cluster.get(WEB)
        return live is not None and live["spec"]["template"]["spec"]["nodeSelector"] == {"kubernetes.io/os": "none"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Sandbox]:
    with Sandbox("release", empty=True, without=["homelab", "k3s", "injector"], root=tmp_path_factory.mktemp("sandboxes")) as running:
        yield running


@pytest.fixture
def chart(sandbox: Sandbox, tmp_path: Path) -> t.Iterator[Chart]:
    chart = Chart(sandbox, tmp_path)
    yield chart
    chart.uninstall()


def listed(result: module_runs.Result) -> list[str]:
    return [f"{step['verb']} {step['kind']} {step['name']}" for step in result["steps"]]


def webhook(chart: Chart) -> Object:
    live = chart.cluster.get(WEBHOOK)
    assert live is not None
    return t.cast(Object, live["webhooks"][0])


def inject_ca(chart: Chart) -> None:
    """What cert-manager's cainjector does."""
    hook = webhook(chart)
    chart.change(WEBHOOK, {"webhooks": [{**hook, "clientConfig": {**hook["clientConfig"], "caBundle": CA}}]})


def test_an_install_is_listed_as_it_happens_and_nothing_differs_after_it(sandbox: Sandbox, chart: Chart) -> None:
    since = len(sandbox.audit())
    checked = chart.compared(check=True)
    assert (checked["changed"], checked["differs"], checked["release_status"], checked["release_revision"]) == (True, True, "absent", 0)
    assert site_runs.writes(sandbox, since) == []
    chart.install()
    written = {write for write in site_runs.writes(sandbox, since) if write[0] == "create" and not write[3].startswith("sh.helm.")}
    steps = {(step["verb"], step["kind"], step["namespace"], step["name"]) for step in checked["steps"]}
    assert written == steps | {("create", "ConfigMap", "default", "hook")}

    inject_ca(chart)
    # What somebody adds is theirs.
    chart.change(SETTINGS, {"metadata": {"labels": {"team": "home"}}, "data": {"more": "theirs"}})
    chart.change(WEB, {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}})
    since = len(sandbox.audit())
    for check in (False, True):
        result = chart.compared(check=check)
        assert (result["changed"], result["differs"], result["steps"]) == (False, False, []), result["diff"]
        assert result["release_status"] == "deployed"
    assert site_runs.writes(sandbox, since) == []


def test_what_the_chart_renders_differently_is_listed(chart: Chart) -> None:
    chart.install()
    result = chart.compared(text="bye", extra=False, port=81, secret="hunter3")
    assert sorted(listed(result)) == [
        "delete ConfigMap extra",
        "patch ConfigMap settings",
        "patch Gadget web",
        "patch Secret key",
        "patch Service web",
    ]
    assert (result["changed"], result["differs"]) == (False, True)
    assert "text: hello" in result["diff"]["before"]
    assert "text: bye" in result["diff"]["after"]
    assert listed(chart.compared(note="second")) == ["patch ConfigMap settings"]

    chart.change(EXTRA, {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}})
    assert not chart.compared(extra=False)["differs"]
    chart.cluster.delete(EXTRA)


def test_what_somebody_changed_or_deleted_is_noticed(chart: Chart) -> None:
    chart.install()
    chart.change(SETTINGS, {"data": {"text": "meddled"}})
    chart.change(Ref("v1", "Secret", "key", "default"), {"data": {"key": "bWVkZGxlZA=="}})
    chart.change(WEB, {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "windows"}}}}})
    chart.change(WEBHOOK, {"metadata": {"annotations": {"cert-manager.io/inject-ca-from": "default/other"}}})
    chart.change(Ref("v1", "Service", "web", "default"), {"spec": {"ports": [{"name": "http", "port": 8080}]}})
    chart.cluster.delete(EXTRA)
    result = chart.compared()
    assert sorted(listed(result)) == [
        "create ConfigMap extra",
        "patch ConfigMap settings",
        "patch Deployment web",
        "patch Secret key",
        "patch Service web",
        "patch ValidatingWebhookConfiguration web",
    ]
    for text in ("text: meddled", "kubernetes.io/os: windows", "default/other", "port: 8080"):
        assert text in result["diff"]["before"]
        assert text not in result["diff"]["after"]
    assert "bWVkZGxlZA" not in repr(result)


def test_what_helm_does_not_put_back_is_said_and_no_reason_to_run_it(chart: Chart) -> None:
    chart.install()
    chart.change(GADGET, {"spec": {"size": 2}})
    chart.install()
    live = chart.cluster.get(GADGET)
    assert live is not None
    assert live["spec"]["size"] == 2
    result = chart.compared()
    assert (result["differs"], [entry["kind"] for entry in result["drifted"]]) == (False, ["Gadget"])
    chart.cluster.delete(GADGET)
    assert listed(chart.compared()) == ["create Gadget web"]


def test_a_failed_release_differs(chart: Chart) -> None:
    chart.install()
    process = chart.start("upgrade", "web", str(chart.directory), "--namespace=default", "--wait", "--timeout=1s", node="none")
    process.communicate(timeout=60)
    result = chart.compared()
    assert (result["differs"], result["release_status"], result["release_revision"]) == (True, "failed", 2)
    chart.install()
    assert not chart.compared()["differs"]


def test_a_release_of_a_killed_helm_is_mended(chart: Chart) -> None:
    for number, status in ((1, "pending-install"), (2, "pending-upgrade")):
        chart.kill_while(status)
        result = chart.compared()
        assert (result["differs"], result["release_status"], result["release_revision"]) == (True, status, number)
        blocked = chart.start("upgrade", "--install", "web", str(chart.directory), "--namespace=default")
        assert "another operation" in blocked.communicate(timeout=60)[1]

        checked = chart.apply("repaired", check=True, stale_after=3)
        assert chart.statuses()[-1] == status
        repaired = chart.apply("repaired", stale_after=3)
        assert listed(checked) == listed(repaired) == [f"delete Secret sh.helm.release.v1.web.v{number}"]
        assert (repaired["changed"], repaired["release_status"]) == (True, "absent" if number == 1 else "deployed")
        assert chart.compared()["differs"]

        chart.install()
        assert not chart.compared()["differs"]
        assert not chart.apply("repaired", stale_after=3)["changed"]


def test_a_helm_that_is_alive_is_let_finish(chart: Chart) -> None:
    install = ("upgrade", "--install", "web", str(chart.directory), "--namespace=default", "--wait", "--timeout=6s")
    process = chart.start(*install, node="none")
    end = time.monotonic() + 30
    while chart.statuses() != ["pending-install"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    result = chart.apply("repaired", stale_after=60)
    process.communicate(timeout=60)
    assert (result["changed"], result["release_status"]) == (False, "failed")


def test_a_release_is_taken_away_by_what_helm_remembers(sandbox: Sandbox, chart: Chart) -> None:
    chart.install()
    chart.kill_while("pending-upgrade")
    checked = chart.apply("uninstalled", check=True, stale_after=3)
    since = len(sandbox.audit())
    removed = chart.apply("uninstalled", stale_after=3)
    assert listed(checked) == listed(removed)
    assert listed(removed)[0] == "delete ValidatingWebhookConfiguration web"
    assert listed(removed)[-2:] == ["delete Secret sh.helm.release.v1.web.v1", "delete Secret sh.helm.release.v1.web.v2"]
    writes = {(verb, kind, name) for verb, kind, _namespace, name in site_runs.writes(sandbox, since)}
    assert writes == {("delete", step["kind"], step["name"]) for step in removed["steps"]}
    left = [chart.cluster.get(ref) is not None for ref in (WEB, SETTINGS, EXTRA, GADGET, WEBHOOK, HOOK)]
    assert left == [False, False, False, False, False, True]  # Helm does not remember hooks as its own either
    assert chart.helm("list", "--all", "--namespace=default", "--short").strip() == ""
    again = chart.apply("uninstalled")
    assert (again["changed"], again["release_status"]) == (False, "absent")
